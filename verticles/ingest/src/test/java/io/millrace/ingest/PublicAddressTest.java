package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.testkit.client.InternalDetails;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the public bus address does with what it shouldn't get, as {@link MalformedEventsTest} says. */
@Timeout(60)
class PublicAddressTest {
    @SuppressWarnings("NullAway.Init")
    private static IngestFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = MalformedEventsTest.fixture();
    }

    @AfterAll
    static void end() throws Exception {
        fixture.close();
    }

    @ParameterizedTest(name = "millrace.ingest: {0} is {2} {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "no token         |        | 401 | unauthenticated",
                "bad token        | a.b.c  | 401 | unauthenticated",
                "wrong role       | reader | 403 | permission_denied",
                "no body          | admin  | 400 | bad_message",
                "number           | admin  | 400 | bad_message",
                "bytes            | admin  | 400 | bad_message",
                "nonsense         | admin  | 400 | bad_message",
                "half a text      | admin  | 400 | bad_message",
                "not finite       | admin  | 400 | bad_message",
                "not finite within| admin  | 400 | bad_message",
                "deep             | admin  | 400 | bad_message",
                "half a character | admin  | 422 | invalid_event",
                "NUL              | admin  | 422 | invalid_event",
                "high priority    | writer | 403 | permission_denied",
                "another's source | writer | 403 | permission_denied",
                "huge number      | admin  | 422 | invalid_event",
                "huge event       | admin  | 413 | too_large",
                "too many         | admin  | 413 | too_large",
            })
    void theBusRefuses(String what, String token, int status, String code) {
        DeliveryOptions options = token == null
                ? new DeliveryOptions()
                : new DeliveryOptions().addHeader("authorization", "Bearer " + MalformedEventsTest.token(token));
        double before = fixture.refused(code);
        ExecutionException failed = assertThrows(
                ExecutionException.class,
                () -> IngestFixture.await(fixture.vertx.eventBus().request(Addresses.INGEST, message(what), options)));
        ReplyException refused = assertInstanceOf(ReplyException.class, failed.getCause());
        String message = String.valueOf(refused.getMessage());
        assertEquals(status, refused.failureCode(), message);
        assertTrue(message.startsWith(code + ": "), message);
        assertEquals("", InternalDetails.in(message));
        assertEquals(before + 1, fixture.refused(code), "counted once");
    }

    private static @Nullable Object message(String name) {
        JsonObject event = new JsonObject(MalformedEventsTest.EVENT);
        return switch (name) {
            case "no body" -> null;
            case "number" -> 7;
            case "bytes" -> Buffer.buffer(new byte[] {1, 2, 3});
            case "nonsense" -> "nonsense";
            case "half a text" -> "{\"type\":\"note:written\",\"data\":{\"y\":\"\ud800\"}}";
            case "not finite" -> event.put("data", new JsonObject().put("y", Double.NaN));
            case "not finite within" ->
                event.put("data", new JsonObject().put("y", new JsonArray().add(Map.of("z", Float.POSITIVE_INFINITY))));
            case "deep" -> "{\"type\":\"note:written\",\"data\":{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}}";
            case "NUL" -> event.put("data", new JsonObject().put("y", "\0"));
            case "high priority" -> event.put("metadata", new JsonObject().put("priority", "critical"));
            case "another's source" -> event.put("source", "somebody");
            case "half a character" -> event.put("data", new JsonObject().put("y", "\ud800"));
            case "huge number" -> event.put("data", new JsonObject().put("y", new java.math.BigDecimal("1e999999")));
            case "huge event" -> event.put("data", new JsonObject().put("y", "x".repeat(5_000)));
            case "too many" -> new JsonArray(new ArrayList<>(List.of(event, event, event, event)));
            default -> event;
        };
    }
}
