package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Start positions, resume and history of a followed stream, over real WebSockets. */
@Timeout(60)
class StreamFollowingTest {
    private final BroadcastFixture front = new BroadcastFixture("recent.events", "10");

    StreamFollowingTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @Test
    void aSubscriptionMissesNothingThatIsCommittedWhileItsStreamIsOpened() throws Exception {
        front.store.commit(3);
        Promise<Void> answer = Promise.promise();
        front.store.answersAfter(answer.future());
        try (SocketClient client = front.connect("s-1", "staff")) {
            CompletableFuture<StreamLog> subscribing = CompletableFuture.supplyAsync(() -> client.subscribe(STREAM));
            await().until(() -> front.store.reads() > 0);
            front.store.commit(2);
            answer.complete();
            StreamLog log = subscribing.get();
            front.store.commit(2);
            await().until(() -> "k1:7".equals(log.position()));
            assertEquals(List.of(), log.faults());
        }
    }

    @Test
    void aResumeWhileHistoryIsReadGetsEverythingOnce() throws Exception {
        front.store.commit(600);
        try (SocketClient other = front.connect("s-0", "staff");
                SocketClient client = front.connect("s-1", "staff")) {
            StreamLog live = other.subscribe(STREAM);
            Promise<Void> answer = Promise.promise();
            int before = front.store.reads();
            front.store.answersAfter(answer.future());
            CompletableFuture<StreamLog> subscribing =
                    CompletableFuture.supplyAsync(() -> client.subscribe(STREAM, "k1:5"));
            await().until(() -> front.store.reads() > before);
            front.store.commit(20);
            await().until(() -> live.ids().size() == 20);
            answer.complete();
            StreamLog log = subscribing.get();
            front.store.commit(5);
            await().until(() -> log.ids().size() >= 620);
            assertEquals(ids(6, 625), log.ids());
            assertEquals(List.of(), log.faults());
            assertTrue(log.recovered());
        }
    }

    @Test
    void aGapIsSentForEventsThatAreNotKeptAnyMore() throws Exception {
        front.store.commit(1_200);
        try (SocketClient client = front.connect("s-1", "staff")) {
            Promise<Void> answer = Promise.promise();
            front.store.answersAfter(answer.future());
            CompletableFuture<StreamLog> subscribing =
                    CompletableFuture.supplyAsync(() -> client.subscribe(STREAM, "k1:5"));
            // The head, where to begin, and the first page.
            for (int read = 1; read <= 2; read++) {
                answer = answered(read, answer);
            }
            await().until(() -> front.store.reads() == 3);
            front.store.forget(900);
            answer.complete();
            StreamLog log = subscribing.get();
            await().until(() -> log.ids().contains("1200"));
            JsonObject gap = Objects.requireNonNull(client.last("gap"));
            assertEquals("k1:506", gap.getString("from"));
            assertEquals("k1:900", gap.getString("to"));
            assertEquals("history", gap.getString("reason"));
            List<String> kept = new ArrayList<>(ids(6, 505));
            kept.addAll(ids(901, 1_200));
            assertEquals(kept, log.ids());
        }
    }

    /** Lets the read of that number be answered; the next one waits for what is returned. */
    private Promise<Void> answered(int read, Promise<Void> answer) {
        await().until(() -> front.store.reads() == read);
        Promise<Void> next = Promise.promise();
        front.store.answersAfter(next.future());
        answer.complete();
        return next;
    }

    @Test
    void aClientThatSubscribesRepeatedlyGetsEachEventOnce() throws Exception {
        front.store.commit(3);
        try (SocketClient client = front.connect("s-1", "staff")) {
            StreamLog log = client.subscribe(STREAM);
            for (int i = 0; i < 20; i++) {
                client.send("{\"type\":\"subscribe\",\"id\":" + i + ",\"stream\":\"orders\"}");
            }
            await().until(() -> answers(client) == 21);
            front.store.commit(5);
            await().until(() -> log.ids().size() >= 5);
            front.store.commit(1);
            await().until(() -> log.ids().size() >= 6);
            assertEquals(ids(4, 9), log.ids());
            assertEquals(1, front.gauge("millrace.broadcast.streams"));
        }
    }

    private static long answers(SocketClient client) {
        return client.others().stream()
                .filter(message -> List.of("subscribed", "unsubscribed").contains(message.getString("type")))
                .count();
    }

    @Test
    void theLastToLeaveLetsTheStreamGo() throws Exception {
        front.store.commit(3);
        try (SocketClient one = front.connect("s-1", "staff");
                SocketClient other = front.connect("s-2", "staff")) {
            one.subscribe(STREAM);
            other.subscribe(STREAM);
            assertEquals(1, front.gauge("millrace.broadcast.streams"));
            assertTrue(somebodyListens());
            one.drop();
            other.send("{\"type\":\"unsubscribe\",\"stream\":\"orders\"}");
            await().until(() -> front.gauge("millrace.broadcast.streams") == 0);
            await().until(() -> !somebodyListens());

            StreamLog again = other.subscribe(STREAM);
            front.store.commit(2);
            await().until(() -> again.ids().size() == 2);
            assertEquals(List.of(), again.faults());
        }
        await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
        await().until(() -> front.gauge("millrace.broadcast.streams") == 0);
    }

    private boolean somebodyListens() throws Exception {
        var shard = Addresses.shard(Addresses.shardOf(STREAM));
        try {
            BroadcastFixture.done(
                    front.bus.request(shard, new CommittedBatch(List.of())).timeout(200, TimeUnit.MILLISECONDS));
            return true;
        } catch (ExecutionException failed) {
            return !String.valueOf(failed.getMessage()).contains("no consumer is registered");
        }
    }

    @Test
    void aResumeWhileTheStreamLingersIsServedFromMemory() throws Exception {
        try (SocketClient client = front.connect("s-1", "staff")) {
            StreamLog log = client.subscribe(STREAM);
            front.store.commit(5);
            await().until(() -> log.ids().size() == 5);
            int reads = front.store.reads();
            client.drop();
            front.store.commit(5);
            client.resume(front.uri);
            await().until(() -> log.ids().size() == 10);
            assertEquals(List.of(), log.faults());
            assertEquals(reads, front.store.reads());
        }
    }

    @Test
    void aPositionOfAnotherEpochIsNotRecovered() throws Exception {
        front.store.commit(3);
        try (SocketClient client = front.connect("s-1", "staff")) {
            StreamLog log = client.subscribe(STREAM, "k0:2");
            assertFalse(log.recovered());
            assertEquals("k1:3", log.subscribedAt());
        }
    }

    private static List<String> ids(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(id -> "" + id).toList();
    }
}
