package io.millrace.sources.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.sources.SourcesFixture;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Webhooks as GitHub sends them, over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebhookTest {
    private static final String SECRET = "the secret of GitHub";

    private static final String GITHUB =
            """
            source: github
            as: { user: github, roles: [webhook], claims: { team: core } }
            webhook: { scheme: github, secrets: [GITHUB_WEBHOOK_SECRET] }
            values:
              repo: "{repository.full_name}"
            skip:
              - { when: { ref: { prefix: refs/tags/ } }, reason: a tag }
            rows: commits
            events:
              - type: repo:pushed
                when: { "#event": push }
                each: row
                id: "{commits.id}"
                timestamp: "{commits.timestamp}"
                data:
                  repo: "{repo}"
                  index: { column: "#row", as: integer }
                  author: { column: commits.author.username, optional: true }
                  added: { column: commits.added, as: json }
              - type: repo:starred
                when: { "#event": star, action: created }
                id: "{#delivery}"
                data: { repo: "{repo}", stars: { column: repository.stargazers_count, as: integer } }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private SourcesFixture front;

    @BeforeAll
    void start() throws Exception {
        Files.writeString(folder.resolve("github.yaml"), GITHUB);
        Files.writeString(
                folder.resolve("strict.yaml"),
                GITHUB.replace("source: github", "source: strict").replace("user: github", "user: strict")
                        + "unmapped: refuse\n");
        front = new SourcesFixture(folder, Map.of("GITHUB_WEBHOOK_SECRET", SECRET));
    }

    @AfterAll
    void stop() throws Exception {
        front.close();
    }

    @BeforeEach
    void everyEventIsCommitted() {
        front.published.clear();
        front.requests.clear();
        front.ingest = event -> Future.succeededFuture(SourcesFixture.outcome(Outcome.Status.COMMITTED, event));
    }

    private static JsonObject push(String... commits) {
        JsonArray list = new JsonArray();
        for (String id : commits) {
            list.add(new JsonObject()
                    .put("id", id)
                    .put("timestamp", "2026-11-29T10:00:00+01:00")
                    .put("author", new JsonObject().put("username", id.equals("c1") ? "ada" : null))
                    .put("added", new JsonArray().add("a.txt")));
        }
        return new JsonObject()
                .put("ref", "refs/heads/main")
                .put(
                        "repository",
                        new JsonObject().put("full_name", "ada/engine").put("stargazers_count", 7))
                .put("commits", list);
    }

    private HttpResponse<String> send(String source, String event, JsonObject body) throws Exception {
        byte[] bytes = body.toBuffer().getBytes();
        return front.post(source, bytes, headers(event, bytes));
    }

    private static Map<String, String> headers(String event, byte[] body) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        Map<String, String> headers = new HashMap<>();
        headers.put("X-Hub-Signature-256", "sha256=" + HexFormat.of().formatHex(mac.doFinal(body)));
        headers.put("X-GitHub-Delivery", "d-1");
        headers.put("X-GitHub-Event", event);
        return headers;
    }

    @Test
    void eachCommitOfAPushIsAnEventInItsOrderPublishedAsTheFileSays() throws Exception {
        HttpResponse<String> answer = send("github", "push", push("c1", "c2", "c3"));
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals(
                List.of("c1", "c2", "c3"),
                front.published.stream().map(event -> event.getString("id")).toList());
        assertEquals(
                new JsonObject()
                        .put("id", "c1")
                        .put("type", "repo:pushed")
                        .put("source", "github")
                        .put("timestamp", "2026-11-29T09:00:00Z")
                        .put(
                                "data",
                                new JsonObject()
                                        .put("repo", "ada/engine")
                                        .put("index", 1)
                                        .put("author", "ada")
                                        .put("added", new JsonArray().add("a.txt"))),
                front.published.get(0));
        assertFalse(front.published.get(1).getJsonObject("data").containsKey("author"), "a null is left out");
        assertEquals("github", front.requests.get(0).user());
        assertEquals(Set.of("webhook"), front.requests.get(0).roles());
        assertEquals("{\"team\":\"core\"}", new String(front.requests.get(0).claims(), StandardCharsets.UTF_8));
        assertEquals(
                List.of("committed", "committed", "committed"),
                new JsonObject(answer.body())
                        .getJsonArray("events").stream()
                                .map(event -> ((JsonObject) event).getString("status"))
                                .toList());
    }

    @Test
    void theSameDeliveryAgainIsAcknowledgedByTheSameIds() throws Exception {
        send("github", "push", push("c1"));
        front.ingest = event -> Future.succeededFuture(SourcesFixture.outcome(Outcome.Status.DUPLICATE, event));
        HttpResponse<String> again = send("github", "push", push("c1"));
        assertEquals(200, again.statusCode());
        assertEquals(front.published.get(0), front.published.get(1));
    }

    @Test
    void aDeliveryIsNotAcknowledgedBeforeItsEventsAreSoThatItsSenderRepeatsIt() throws Exception {
        for (Failure failure :
                List.of(Failure.UNAVAILABLE, Failure.OVERLOADED, Failure.RATE_LIMITED, Failure.INTERNAL)) {
            front.published.clear();
            front.ingest = event -> event.getString("id").equals("c2")
                    ? Future.failedFuture(new MillraceException(failure, "not now"))
                    : Future.succeededFuture(SourcesFixture.outcome(Outcome.Status.QUEUED, event));
            HttpResponse<String> answer = send("github", "push", push("c1", "c2", "c3"));
            assertEquals(failure.status(), answer.statusCode());
            assertEquals(
                    failure.retryable(),
                    answer.headers().firstValue("Retry-After").isPresent());
        }
    }

    @Test
    void anEventThatIsRefusedForGoodStopsNoOtherAndIsShownToTheSender() throws Exception {
        front.ingest = event -> event.getString("id").equals("c2")
                ? Future.succeededFuture(Outcome.failed("c2", Failure.INVALID_EVENT, "data.repo is too long"))
                : Future.succeededFuture(SourcesFixture.outcome(Outcome.Status.COMMITTED, event));
        HttpResponse<String> answer = send("github", "push", push("c1", "c2", "c3"));
        assertEquals(422, answer.statusCode());
        JsonObject problem = new JsonObject(answer.body());
        assertEquals("invalid_event", problem.getString("code"));
        assertEquals("data.repo is too long", problem.getString("detail"));
        assertEquals(3, front.published.size());
        assertEquals(
                "committed", problem.getJsonArray("events").getJsonObject(2).getString("status"));
    }

    @Test
    void whatNoRuleWantsIsCountedOrRefusedAsTheFileSays() throws Exception {
        double before = front.deliveries("github", "unmapped");
        assertEquals(200, send("github", "fork", push()).statusCode());
        assertEquals(200, send("github", "push", push()).statusCode(), "a push without a commit");
        assertEquals(before + 2, front.deliveries("github", "unmapped"));
        HttpResponse<String> refused = send("strict", "fork", push());
        assertEquals(422, refused.statusCode());
        assertTrue(refused.body().contains("no rule of the source strict"), refused.body());

        HttpResponse<String> skipped = send("github", "push", push("c1").put("ref", "refs/tags/v1"));
        assertEquals("{\"skipped\":\"a tag\"}", skipped.body());
        assertEquals(List.of(), front.published);
    }

    @Test
    void aSignatureThatIsMissingOrWrongIsRefusedBeforeTheBodyIsRead() throws Exception {
        double before = front.deliveries("github", "unauthenticated");
        byte[] body = push("c1").toBuffer().getBytes();
        Map<String, String> good = headers("push", body);
        Map<String, String> none = new HashMap<>(good);
        none.remove("X-Hub-Signature-256");
        Map<String, String> wrong = new HashMap<>(good);
        wrong.put("X-Hub-Signature-256", "sha256=" + "0".repeat(64));
        assertEquals(401, front.post("github", body, none).statusCode());
        assertEquals(401, front.post("github", body, wrong).statusCode());
        assertEquals(
                401,
                front.post("github", "not JSON".getBytes(StandardCharsets.UTF_8), good)
                        .statusCode());
        assertEquals(404, front.post("nobody", body, good).statusCode());
        assertEquals(before + 3, front.deliveries("github", "unauthenticated"));
        assertEquals(List.of(), front.published);
    }

    @Test
    void aSignedBodyThatFitsNoRuleOrIsNoJsonGetsAClearAnswer() throws Exception {
        for (String text :
                List.of("", "null", "[]", "{", "{\"a\":1,\"a\":2}", "[".repeat(5_000), "{\"n\":1e999999999}")) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            HttpResponse<String> answer = front.post("github", body, headers("push", body));
            assertTrue(Set.of(200, 400).contains(answer.statusCode()), () -> text + answer.body());
        }
        JsonObject noRepo = push("c1");
        noRepo.remove("repository");
        HttpResponse<String> answer = send("github", "push", noRepo);
        assertEquals(422, answer.statusCode());
        assertTrue(answer.body().contains("\"repository.full_name is empty\""), answer.body());
        answer = send("github", "push", push("c1").put("commits", "none"));
        assertTrue(answer.body().contains("commits is not a list"), answer.body());
    }

    @Test
    void aBodyNearTheLimitIsTakenAndOneOverItRefused() throws Exception {
        JsonObject large = push("c1").put("padding", "x".repeat(900_000));
        assertEquals(200, send("github", "push", large).statusCode());
        HttpResponse<String> tooLarge = send("github", "push", large.put("padding", "x".repeat(1 << 20)));
        assertEquals(413, tooLarge.statusCode());
    }
}
