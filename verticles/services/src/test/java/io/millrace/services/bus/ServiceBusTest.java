package io.millrace.services.bus;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServiceBusTest {
    private final Vertx vertx = Vertx.vertx();
    private final ServiceBus bus = new ServiceBus(vertx, () -> "t");
    private final List<JsonObject> received = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private static JsonObject event(String id) {
        return new JsonObject().put("id", id).put("type", "a:b").put("data", new JsonObject());
    }

    /** The failure code with which a handler's failure is answered; 0 if it is none. */
    private int answered(Throwable failure) throws Exception {
        String address = "service." + failure.getClass().getSimpleName();
        await(bus.serve(address, event -> Future.failedFuture(failure)));
        ExecutionException failed = assertThrows(
                ExecutionException.class, () -> await(vertx.eventBus().request(address, event("e"))));
        return assertInstanceOf(ReplyException.class, failed.getCause()).failureCode();
    }

    @Test
    void aHandlersSuccessIsAnAnswerWithoutContent() throws Exception {
        await(bus.serve("service.fine", event -> Future.succeededFuture(received.add(event))
                .mapEmpty()));
        assertNull(await(vertx.eventBus().request("service.fine", event("e"))).body());
        assertEquals(List.of(event("e")), received);
    }

    @Test
    void whatNeverWorksIsRefusedAndAnythingElseIsAskedForLater() throws Exception {
        assertEquals(422, answered(new RejectedException("no such guild")));
        assertEquals(422, answered(new NullPointerException()));
        assertEquals(422, answered(new ClassCastException()));
        assertEquals(422, answered(new PgException("duplicate key", "ERROR", "23505", "")));
        assertEquals(503, answered(new IllegalStateException("the connection is closed")));
        assertEquals(503, answered(new java.net.ConnectException("refused")));
    }

    @Test
    void aDatabaseThatShutsDownIsNoDefect() throws Exception {
        assertEquals(503, answered(new PgException("terminating connection", "FATAL", "57P01", "")));
    }

    @Test
    void aHandlerThatThrowsHasFailed() throws Exception {
        await(bus.serve("service.thrower", event -> {
            throw new RejectedException("at once");
        }));
        ExecutionException failed = assertThrows(
                ExecutionException.class, () -> await(vertx.eventBus().request("service.thrower", event("e"))));
        assertEquals(
                422, assertInstanceOf(ReplyException.class, failed.getCause()).failureCode());
    }

    /** Answers publishing with failure codes in turn, 0 is a success. */
    private void ingest(int code, String message, int times) {
        var unused = vertx.eventBus().<JsonObject>consumer("millrace.ingest", asked -> {
            received.add(asked.body());
            assertEquals("Bearer t", asked.headers().get("authorization"));
            if (received.size() <= times) {
                asked.fail(code, message);
            } else {
                asked.reply(new JsonObject().put("status", "committed"));
            }
        });
    }

    @Test
    void anEventIsPublishedAgainUntilItIsTaken() throws Exception {
        ingest(503, "unavailable: no consumer is registered at millrace.route", 3);
        assertEquals("committed", await(bus.publish(event("e"))).getString("status"));
        assertEquals(List.of(event("e"), event("e"), event("e"), event("e")), received);
    }

    @Test
    void anEventThatWasPublishedWithOtherContentStandsAsItIs() throws Exception {
        ingest(409, "id_conflict: another event of source s has the id e; it stands", 1);
        assertEquals("duplicate", await(bus.publish(event("e"))).getString("status"));
    }

    @Test
    void anEventThatIsRefusedForGoodIsTriedOnce() {
        ingest(422, "invalid_event: /data/guildId is missing", 1);
        ExecutionException failed = assertThrows(ExecutionException.class, () -> await(bus.publish(event("e"))));
        assertEquals(
                "the event a:b was refused: invalid_event: /data/guildId is missing",
                assertInstanceOf(RejectedException.class, failed.getCause()).getMessage());
        assertEquals(1, received.size());
    }

    @Test
    void anEventWithoutAnIdIsTheProgramsMistake() {
        JsonObject nameless = new JsonObject().put("type", "a:b");
        assertInstanceOf(IllegalArgumentException.class, bus.publish(nameless).cause());
    }

    @Test
    void aTokenThatCannotBeReadForAWhileIsReadAgain() throws Exception {
        ingest(0, "", 0);
        AtomicInteger reads = new AtomicInteger();
        ServiceBus renewed = new ServiceBus(vertx, () -> {
            if (reads.incrementAndGet() < 3) {
                throw new UncheckedIOException(new IOException("the file is being replaced"));
            }
            return "t";
        });
        assertEquals("committed", await(renewed.publish(event("e"))).getString("status"));
        assertEquals(1, received.size());
    }

    @Test
    void anEventThatComesAgainWhileItIsWorkedOnIsNotBegunASecondTime() throws Exception {
        Promise<Void> work = Promise.promise();
        await(bus.serve("service.slow", event -> {
            received.add(event);
            return work.future();
        }));
        DeliveryOptions impatient = new DeliveryOptions().setSendTimeout(50);
        assertThrows(
                ExecutionException.class, () -> await(vertx.eventBus().request("service.slow", event("e"), impatient)));
        Future<Message<Object>> again = vertx.eventBus().request("service.slow", event("e"));
        Future<Message<Object>> other = vertx.eventBus().request("service.slow", event("f"));
        await().until(() -> received.size() == 2);
        work.complete();
        await(Future.all(again, other));
        assertEquals(List.of(event("e"), event("f")), received);
        await(vertx.eventBus().request("service.slow", event("e")));
        assertEquals(3, received.size());
    }

    @Test
    void anIdIsMadeOfItsCauseAndItsStep() {
        assertEquals(EventId.of("cause", "step"), EventId.of("cause", "step"));
        assertNotEquals(EventId.of("cause", "step"), EventId.of("cause", "other"));
        assertNotEquals(EventId.of("a", "bc"), EventId.of("ab", "c"));
    }
}
