package io.millrace.api.revocation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ApiFixture;
import io.millrace.api.MalformedRequestsTest;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterActPage;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Promise;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer that is on its way when its token is revoked does not arrive. */
@Timeout(60)
class RevokedAnswersTest {
    private static final String HISTORY = "/api/streams/orders/events?limit=100";
    private static final int EVENTS = 40;
    private static final int EVENT_BYTES = 100_000;

    private final AtomicInteger asked = new AtomicInteger();

    @Test
    void whatIsBeingReadIsRefused() throws Exception {
        try (ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK)) {
            Promise<Void> gate = Promise.promise();
            fixture.serve(Addresses.HISTORY, query -> {
                asked.incrementAndGet();
                return gate.future().map(read -> page(1));
            });
            fixture.serve(Addresses.CACHE, query -> {
                asked.incrementAndGet();
                return gate.future()
                        .map(read -> new EntityState(
                                query.entity(), 1, bytes("{}"), new Position("k1", 1), EntityState.Level.DATABASE));
            });
            CompletableFuture<ApiResponse> history = ask(fixture, HISTORY);
            CompletableFuture<ApiResponse> entity = ask(fixture, "/api/entities/order/o-1");
            await().until(() -> asked.get() >= 2);
            revoke(fixture, "boss");
            gate.complete();
            for (CompletableFuture<ApiResponse> answer : List.of(history, entity)) {
                assertEquals(401, answer.get().status());
                assertEquals("token_revoked", answer.get().json().getString("code"));
            }
            revoke(fixture, "nobody");
            assertEquals(200, fixture.api("boss", "admin").get(HISTORY).status());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/api/dead-letters",
        "GET,/api/dead-letters/7",
        "GET,/api/dead-letters/acts",
        "PATCH,/api/dead-letters/7",
        "GET,/api/revocations"
    })
    void whatAnAdministratorReadsIsRefused(String method, String path) throws Exception {
        try (ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK)) {
            Promise<Void> gate = Promise.promise();
            fixture.serve(Addresses.DEAD_LETTERS, query -> {
                asked.incrementAndGet();
                return gate.future().map(read -> new DeadLetterPage(List.of(), List.of(), 0, 0));
            });
            fixture.serve(Addresses.DEAD_LETTER_ACTS, query -> {
                asked.incrementAndGet();
                return gate.future().map(read -> new DeadLetterActPage(List.of()));
            });
            fixture.serve(
                    Addresses.DEAD_LETTER_COMMANDS,
                    act -> io.vertx.core.Future.succeededFuture(new DeadLetterCommandResult(1, 0)));
            fixture.serve(Addresses.REVOCATIONS, query -> {
                asked.incrementAndGet();
                return gate.future().map(read -> new RevocationPage(1, List.of()));
            });
            CompletableFuture<ApiResponse> answer = CompletableFuture.supplyAsync(
                    () -> fixture.api("boss", "admin").ask(method, path, method.equals("PATCH") ? "{}" : ""));
            await().until(() -> asked.get() == 1);
            revoke(fixture, "boss");
            assertEquals(401, answer.get(10, TimeUnit.SECONDS).status(), "though the read isn't over");
            assertEquals("token_revoked", answer.get().json().getString("code"));
            gate.complete();
        }
    }

    @Test
    void whatWaitsForAClientThatDoesNotReadIsNotSent() throws Exception {
        try (ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK);
                Socket slow = new Socket()) {
            fixture.serve(Addresses.HISTORY, query -> {
                asked.incrementAndGet();
                return io.vertx.core.Future.succeededFuture(page(EVENTS));
            });
            slow.setReceiveBufferSize(16_384);
            slow.connect(new InetSocketAddress("127.0.0.1", fixture.port));
            slow.getOutputStream()
                    .write(bytes("GET " + HISTORY + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                            + fixture.token("boss", "admin") + "\r\n\r\n"));
            InputStream in = slow.getInputStream();
            int got = in.readNBytes(16).length;
            revoke(fixture, "boss");
            try {
                for (int read = 0; read >= 0; got += read) {
                    read = in.read(new byte[65_536]);
                }
            } catch (IOException reset) {
                // As it should be.
            }
            assertTrue(got < EVENTS * EVENT_BYTES, got + " bytes came");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/revocations",
                "/api/dead-letters/redrive",
                "/api/dead-letters/discard",
                "/api/dead-letters/restore"
            })
    void aCommandWhoseBodyComesAfterTheRevocationIsNotCarriedOut(String path) throws Exception {
        try (ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK);
                Socket slow = new Socket("127.0.0.1", fixture.port)) {
            fixture.serve(Addresses.REVOCATION_COMMANDS, command -> {
                asked.incrementAndGet();
                return io.vertx.core.Future.failedFuture("carried out");
            });
            fixture.serve(Addresses.DEAD_LETTER_COMMANDS, act -> {
                asked.incrementAndGet();
                return io.vertx.core.Future.failedFuture("carried out");
            });
            String body = "{\"user\":\"bert\",\"ids\":[1]}";
            slow.getOutputStream()
                    .write(bytes("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                            + "Connection: close\r\nExpect: 100-continue\r\nContent-Length: " + body.length()
                            + "\r\nAuthorization: Bearer " + fixture.token("boss", "admin") + "\r\n\r\n"));
            // The token is verified once the body is asked for.
            String expected = "HTTP/1.1 100 Continue\r\n\r\n";
            assertEquals(expected, new String(slow.getInputStream().readNBytes(expected.length()), UTF_8));
            revoke(fixture, "boss");
            slow.getOutputStream().write(bytes(body));
            String answer = new String(slow.getInputStream().readAllBytes(), UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 401") && answer.contains("token_revoked"), answer);
            assertEquals(0, asked.get());
        }
    }

    private static CompletableFuture<ApiResponse> ask(ApiFixture fixture, String path) {
        return CompletableFuture.supplyAsync(() -> fixture.api("boss", "admin").get(path));
    }

    private static void revoke(ApiFixture fixture, String user) {
        Revocation revocation = new Revocation(1, null, user, Revocation.ALWAYS, Revocation.NEVER, "op", 1);
        long version = fixture.tokens.revocations().version();
        fixture.tokens.revocations().replace(new RevocationPage(version + 1, List.of(revocation)));
    }

    private static HistoryPage page(int events) {
        List<CommittedEvent> page = java.util.stream.IntStream.rangeClosed(1, events)
                .mapToObj(offset -> new CommittedEvent(event(offset), new Position("k1", offset), 0, null))
                .toList();
        return new HistoryPage("orders", "k1", 1, events, page);
    }

    private static Event event(int offset) {
        return Event.builder("e-" + offset, "order:created", "shop")
                .timeMicros(1)
                .priority(Priority.NORMAL)
                .data(bytes("{\"x\":\"" + "y".repeat(EVENT_BYTES) + "\"}"))
                .stream("orders")
                .owner("anna")
                .publisher("p")
                .acceptedAtMicros(1)
                .build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
