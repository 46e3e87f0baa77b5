package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.DomainModel;
import io.millrace.testkit.client.TokenSigner;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A source may send 5 events a second of the 5,000 that its publisher may; both on one node of two event loops and the bus. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class SourceRateTest {
    private static final int RATE = 5;
    /** In one request, which is paid for during the next 20 s. */
    private static final int MANY = 20 * RATE;

    private IngestFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new IngestFixture(
                DomainModel.parse(
                        "pack.yaml",
                        """
                        domain: test
                        namespaces: { notes: { stream: notes } }
                        types: { "note:written": { namespace: notes } }
                        roles:
                          admin: { see: ["*"], publish: ["*"], sources: ["shop/*"] }
                        """),
                Map.of("ingest.source.rate", "" + RATE, "ingest.publisher.rate", "5000", "http.loops", "2"));
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    @Test
    void aSourceThatSendsTooMuchIsRefusedAndTheOtherSourcesOfItsPublisherGoOn() throws Exception {
        assertEquals(Collections.nCopies(MANY, "queued"), statuses(post(event("u-1/noisy", MANY))));
        HttpResponse<String> refused = post(event("u-1/noisy"));
        assertEquals(429, refused.statusCode());
        JsonObject problem = new JsonObject(refused.body());
        assertEquals("rate_limited", problem.getString("code"));
        assertTrue(problem.getString("detail").contains("u-1/noisy"), refused.body());
        long after = refused.headers().firstValueAsLong("Retry-After").orElseThrow();
        assertTrue(after > 1 && after <= 20, "until it is paid for: " + after);
        assertEquals(202, post(event("u-1/quiet")).statusCode());
        assertEquals(202, post(event(null)).statusCode(), "the publisher itself is a source, too");
        List<String> statuses = statuses(post("[" + event("u-1/noisy") + "," + event("u-1/other") + "]"));
        assertEquals(List.of("failed", "queued"), statuses);
    }

    @Test
    void aSourceOfTheSameNameOfAnotherPublisherHasItsOwnLimit() throws Exception {
        assertEquals(Collections.nCopies(MANY, "queued"), statuses(post(event("shop/eu", MANY))));
        assertEquals(429, post(event("shop/eu")).statusCode());
        String other = new TokenSigner("a signing key of the tests' own, long enough").token("u-2", "admin");
        HttpResponse<String> theirs = fixture.send(java.net.http.HttpRequest.newBuilder(fixture.uri("/api/events"))
                .header("Authorization", "Bearer " + other)
                .header("Content-Type", "application/json")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(event("shop/eu"))));
        assertEquals(202, theirs.statusCode(), theirs.body());
    }

    @Test
    void aSourceThatMayNotBeNamedUsesUpNothing() throws Exception {
        for (int i = 0; i < 2 * RATE; i++) {
            assertEquals(403, post(event("u-2/stolen")).statusCode());
        }
        assertEquals(0, fixture.refused("rate_limited"));
    }

    private HttpResponse<String> post(String body) throws Exception {
        return fixture.post("application/json", body);
    }

    private static List<String> statuses(HttpResponse<String> answer) {
        assertEquals(207, answer.statusCode(), answer.body());
        return new JsonArray(answer.body())
                .stream().map(one -> ((JsonObject) one).getString("status")).toList();
    }

    private static String event(@Nullable String source) {
        JsonObject event = new JsonObject().put("type", "note:written").put("data", new JsonObject());
        if (source != null) {
            event.put("source", source);
        }
        return event.encode();
    }

    private static String event(String source, int count) {
        return Collections.nCopies(count, event(source)).stream().collect(Collectors.joining(",", "[", "]"));
    }
}
