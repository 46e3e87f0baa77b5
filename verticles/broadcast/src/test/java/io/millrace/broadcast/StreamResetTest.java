package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream is reset while a client that may see only a part of it catches up. */
@Timeout(60)
class StreamResetTest {
    /** More than the time after which a failed read of history is tried again. */
    private static final Duration RETRIED = Duration.ofMillis(700);

    private final BroadcastFixture front = new BroadcastFixture("recent.events", "10", "position.every", "1h");

    StreamResetTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @Test
    void aPageThatIsBeingReadWhenTheStreamIsResetIsVoid() {
        front.store.commit(1_200);
        Promise<Void> second = Promise.promise();
        front.store.answersAfter(second.future());
        try (TransportListener anna = listen(new JsonObject())) {
            // The head, where to start, and the first page are answered; the second page is being read.
            for (int read = 1; read <= 3; read++) {
                second = answered(read, second);
            }
            await().until(() -> front.store.reads() == 4);
            front.store.answersAfter(Future.succeededFuture());
            reset(anna, 20);
            front.store.commit(600);
            front.store.commit("anna", 10);
            await().until(() -> anna.ids().equals(List.of("21", "622")));
            second.complete();
            await().during(RETRIED).atMost(RETRIED.multipliedBy(5)).until(() -> anna.eventCount() == 2);
            front.store.commit("anna", 10);
            await().until(() -> anna.eventCount() > 2);
            assertEquals(List.of("21", "622", "623"), anna.ids());
        }
    }

    @Test
    void eventsThatWaitForStatesWhenTheStreamIsResetAreVoid() {
        front.store.change("o-1", "{\"customerId\":\"anna\"}");
        Promise<Void> state = Promise.promise();
        front.store.sendsEntitiesAfter(state.future());
        try (TransportListener anna = listen(new JsonObject().put("delta", true))) {
            await().until(() -> front.store.entityReads() == 1);
            reset(anna, 20);
            state.complete();
            front.store.commit("anna", 10);
            await().until(() -> anna.ids().contains("22"));
            assertEquals(List.of("21", "22"), anna.ids());
        }
    }

    /** The stream is reset, and the client is live again: it gets an event after so many hidden ones. */
    private void reset(TransportListener client, int hidden) {
        front.store.reset();
        front.store.commit(hidden);
        await().until(() -> client.all("subscribed").size() == 2);
        front.store.commit("anna", 10);
        await().until(() -> client.ids().equals(List.of("" + (hidden + 1))));
    }

    /** Lets the read of that number be answered; the next one waits for what is returned. */
    private Promise<Void> answered(int read, Promise<Void> gate) {
        await().until(() -> front.store.reads() == read);
        Promise<Void> next = Promise.promise();
        front.store.answersAfter(next.future());
        gate.complete();
        return next;
    }

    private TransportListener listen(JsonObject options) {
        return Transport.WEBSOCKET.open(
                front.uri,
                front.token("anna", "customer"),
                options.put("stream", STREAM).put("after", "beginning"));
    }
}
