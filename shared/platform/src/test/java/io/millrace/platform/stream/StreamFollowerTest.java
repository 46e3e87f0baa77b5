package io.millrace.platform.stream;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import io.millrace.platform.FakeDatabase;
import io.millrace.platform.Samples;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over a real bus that is made to lose, repeat and reorder. */
@Timeout(30)
class StreamFollowerTest implements StreamFollower.Sink {
    private static final String STREAM = "orders";

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(10));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    /** What the sink was told, in words. */
    private final List<String> seen = new CopyOnWriteArrayList<>();

    private final FakeDatabase database = new FakeDatabase(bus);

    @SuppressWarnings("NullAway.Init")
    private StreamFollower follower;

    StreamFollowerTest() throws Exception {}

    @BeforeEach
    void begin() throws Exception {
        follower = onLoop(() -> Future.succeededFuture(new StreamFollower(vertx, bus, metrics, "test", this)));
    }

    @AfterEach
    void end() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void eventsAreDeliveredInOrderFromWhereTheStreamStood() throws Exception {
        database.holds(STREAM, "k1", 1, 3);
        assertEquals(new Position("k1", 3), follow(STREAM));
        publish(STREAM, "k1", 4, 5);
        publish(STREAM, "k1", 6);
        assertSeen("orders 4 5", "orders 6");
    }

    @Test
    void whatTheBusBringsWhileHistoryIsAskedIsNeitherLostNorTwice() throws Exception {
        database.holds(STREAM, "k1", 1, 3);
        Promise<Void> answer = Promise.promise();
        database.answersAfter(answer.future());
        Future<Position> following = onLoopFuture(() -> follower.follow(STREAM));
        // The follower listens before it asks.
        await().until(() -> database.asked());
        publish(STREAM, "k1", 4);
        Promise<Void> heard = Promise.promise();
        loop.runOnContext(later -> vertx.setTimer(100, timer -> heard.complete()));
        done(heard.future());
        answer.complete();
        assertEquals(new Position("k1", 4), done(following));
        publish(STREAM, "k1", 5);
        awaitOffsets(4, 5);
    }

    @Test
    void aRepeatIsDropped() throws Exception {
        follow(STREAM);
        publish(STREAM, "k1", 1, 2);
        publish(STREAM, "k1", 1, 2, 3);
        publish(STREAM, "k1", 3);
        publish(STREAM, "k1", 4);
        assertSeen("orders 1 2", "orders 3", "orders 4");
        assertEquals(3, metrics.get("millrace.test.repeated.events").counter().count());
    }

    @Test
    void whatComesTooEarlyIsHeldUntilItsTurn() throws Exception {
        follow(STREAM);
        database.holds(STREAM, "k1", 1, 4);
        publish(STREAM, "k1", 3, 4);
        publish(STREAM, "k1", 1, 2);
        awaitOffsets(1, 2, 3, 4);
    }

    @Test
    void aLostBatchIsFetchedFromHistory() throws Exception {
        follow(STREAM);
        publish(STREAM, "k1", 1);
        database.holds(STREAM, "k1", 1, 2_000);
        publish(STREAM, "k1", 2_000);
        await().untilAsserted(() -> assertEquals(2_000, offsets().size()));
        assertEquals(LongStream.rangeClosed(1, 2_000).boxed().toList(), offsets());
    }

    @Test
    void aLostLastBatchIsNoticedByTheHeadsWithinASecond() throws Exception {
        follow(STREAM);
        publish(STREAM, "k1", 1);
        database.holds(STREAM, "k1", 1, 2);
        await().atMost(Duration.ofSeconds(1)).untilAsserted(() -> assertEquals(List.of(1L, 2L), offsets()));
    }

    @Test
    void whatIsMissingComesOnceTheDatabaseAnswersAgain() throws Exception {
        follow(STREAM);
        publish(STREAM, "k1", 1);
        await().untilAsserted(() -> assertEquals(List.of(1L), offsets()));
        database.holds(STREAM, "k1", 1, 4);
        database.down(true);
        publish(STREAM, "k1", 4);
        await().pollDelay(Duration.ofMillis(600)).untilAsserted(() -> assertEquals(List.of(1L), offsets()));
        database.down(false);
        awaitOffsets(1, 2, 3, 4);
    }

    @Test
    void whatHistoryCouldNotTellIsAskedForAgainAlthoughTheStreamRests() throws Exception {
        follow(STREAM);
        publish(STREAM, "k1", 1);
        await().untilAsserted(() -> assertEquals(List.of(1L), offsets()));
        Promise<Void> gate = Promise.promise();
        database.answersAfter(gate.future());
        database.holds(STREAM, "k1", 1, 2);
        await().until(() -> database.reads() == 1);
        database.answersAfter(Future.succeededFuture());
        gate.fail("it died");
        awaitOffsets(1, 2);
    }

    @Test
    void aRequestToADyingNodeIsRepeatedAtAnotherNode() throws Exception {
        follow(STREAM);
        database.holds(STREAM, "k1", 1, 4);
        database.answersAfter(Promise.<Void>promise().future());
        publish(STREAM, "k1", 4);
        await().until(() -> database.reads() == 1);
        database.answersAfter(Future.succeededFuture());
        await().atMost(Duration.ofSeconds(1)).untilAsserted(() -> assertEquals(List.of(1L, 2L, 3L, 4L), offsets()));
    }

    @Test
    void aResetStreamIsReportedAndFollowedFromItsBeginning() throws Exception {
        follow(STREAM);
        publish(STREAM, "k1", 1, 2, 3);
        database.holds(STREAM, "k2", 1, 1);
        publish(STREAM, "k2", 1);
        assertSeen("orders 1 2 3", "orders anew k2:0", "orders 1");
    }

    @Test
    void aLateBatchFromBeforeAResetDoesNotRestoreTheOldStream() throws Exception {
        follow(STREAM);
        publish(STREAM, "k1", 1, 2, 3);
        database.holds(STREAM, "k2", 1, 1);
        publish(STREAM, "k2", 1);
        assertSeen("orders 1 2 3", "orders anew k2:0", "orders 1");
        publish(STREAM, "k1", 4);
        publish(STREAM, "k2", 2);
        assertSeen("orders 1 2 3", "orders anew k2:0", "orders 1", "orders 2");
    }

    @Test
    void theLastStreamOfAShardTakesItsRegistrationAlong() throws Exception {
        String neighbour = "neighbour-"
                + IntStream.iterate(0, n -> n + 1)
                        .filter(n -> Addresses.shardOf("neighbour-" + n) == Addresses.shardOf(STREAM))
                        .findFirst()
                        .orElseThrow();
        follow(STREAM);
        follow(neighbour);
        onLoop(() -> unfollow(STREAM));
        publish(neighbour, "k1", 1);
        assertSeen(neighbour + " 1");
        onLoop(() -> unfollow(neighbour));
        await().untilAsserted(() -> {
            ExecutionException nobody = assertThrows(
                    ExecutionException.class,
                    () -> done(bus.request(Addresses.shard(Addresses.shardOf(STREAM)), new CommittedBatch(List.of()))));
            assertTrue(String.valueOf(nobody.getMessage()).contains("no consumer is registered"), nobody::toString);
        });
        follow(STREAM);
        publish(STREAM, "k1", 1);
        assertSeen(neighbour + " 1", "orders 1");
    }

    private Future<String> unfollow(String stream) {
        follower.unfollow(stream);
        return Future.succeededFuture("");
    }

    @Test
    void aResetStreamIsNoticedByTheHeadsToo() throws Exception {
        database.holds(STREAM, "k1", 1, 3);
        follow(STREAM);
        database.holds(STREAM, "k2", 1, 2);
        assertSeen("orders anew k2:0", "orders 1 2");
        publish(STREAM, "k2", 3);
        assertSeen("orders anew k2:0", "orders 1 2", "orders 3");
    }

    @Test
    void aGapThatHistoryDoesNotKeepIsReportedAsAReset() throws Exception {
        follow(STREAM);
        publish(STREAM, "k1", 1);
        await().untilAsserted(() -> assertEquals(1, offsets().size()));
        database.holds(STREAM, "k1", 8, 9);
        publish(STREAM, "k1", 9);
        assertSeen("orders 1", "orders anew k1:7", "orders 8 9");
    }

    @Test
    void aFollowerOfAllStreamsStartsAnUnknownStreamAtItsFirstEvent() throws Exception {
        database.holds("known", "k1", 1, 7);
        done(onLoopFuture(follower::followAll));
        database.holds("new", "k9", 1, 3);
        publish("new", "k9", 3);
        publish("known", "k1", 8);
        await().untilAsserted(() -> assertEquals(
                List.of("known 8", "new 1 2 3"), seen.stream().sorted().toList()));
    }

    @Test
    void whatHasNoPlaceInAnOrderPassesThrough() throws Exception {
        follow(STREAM);
        CommittedEvent tick = CommittedEvent.transientEvent(Samples.event(STREAM, "t-1"));
        bus.publish(Addresses.shard(Addresses.shardOf(STREAM)), new CommittedBatch(List.of(tick)));
        assertSeen("transient t-1");
    }

    @Test
    void afterAFailureOneMayFollowAgain() throws Exception {
        database.down(true);
        assertThrows(ExecutionException.class, () -> follow(STREAM));
        database.down(false);
        follow(STREAM);
        publish(STREAM, "k1", 1);
        assertSeen("orders 1");
    }

    @Test
    void whatOneNoLongerFollowsIsNotDelivered() throws Exception {
        follow(STREAM);
        follow("payments");
        onLoop(() -> unfollow(STREAM));
        publish(STREAM, "k1", 1);
        publish("payments", "k1", 1);
        assertSeen("payments 1");
    }

    @Override
    public void committed(String stream, List<CommittedEvent> events) {
        StringBuilder words = new StringBuilder(stream);
        events.forEach(event -> words.append(' ').append(event.event().id()));
        seen.add(words.toString());
    }

    @Override
    public void transients(List<CommittedEvent> events) {
        events.forEach(event -> seen.add("transient " + event.event().id()));
    }

    @Override
    public void reset(String stream, Position beginning) {
        seen.add(stream + " anew " + beginning);
    }

    private Position follow(String stream) throws Exception {
        return done(onLoopFuture(() -> follower.follow(stream)));
    }

    private void publish(String stream, String epoch, long... offsets) {
        List<CommittedEvent> events = LongStream.of(offsets)
                .mapToObj(offset -> Samples.committed(stream, epoch, offset))
                .toList();
        bus.publish(Addresses.shard(Addresses.shardOf(stream)), new CommittedBatch(events));
    }

    private void assertSeen(String... expected) {
        await().untilAsserted(() -> assertEquals(List.of(expected), seen));
    }

    private void awaitOffsets(long... expected) {
        List<Long> all = LongStream.of(expected).boxed().toList();
        await().untilAsserted(() -> assertEquals(all, offsets()));
    }

    private List<Long> offsets() {
        return seen.stream()
                .flatMap(words -> List.of(words.split(" ")).stream().skip(1))
                .map(Long::valueOf)
                .toList();
    }

    private <T> T onLoop(Supplier<Future<T>> task) throws Exception {
        return done(onLoopFuture(task));
    }

    private <T> Future<T> onLoopFuture(Supplier<Future<T>> task) {
        Promise<T> done = Promise.promise();
        loop.runOnContext(now -> task.get().onComplete(done));
        return done.future();
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
