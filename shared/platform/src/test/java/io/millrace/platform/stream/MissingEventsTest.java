package io.millrace.platform.stream;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.platform.FakeDatabase;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many streams that are behind at once. */
@Timeout(30)
class MissingEventsTest {
    private static final int STREAMS = 10 * MissingEvents.ASKED_AT_ONCE;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(10));
    private final FakeDatabase database = new FakeDatabase(bus);
    private final Map<String, Long> heads = new ConcurrentHashMap<>();
    private final MissingEvents missing =
            new MissingEvents(vertx, bus, stream -> true, (stream, page) -> heads.put(stream.stream, page.head()));

    MissingEventsTest() throws Exception {}

    @AfterEach
    void end() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void historyIsAskedForAFewStreamsAtOnceAndForAllInTheEnd() {
        Promise<Void> answer = Promise.promise();
        database.answersAfter(answer.future());
        addAll();
        await().until(() -> database.mostOpen() >= MissingEvents.ASKED_AT_ONCE);
        database.answersAfter(Future.succeededFuture());
        answer.complete();
        await().until(() -> heads.size() == STREAMS);
        assertEquals(MissingEvents.ASKED_AT_ONCE, database.mostOpen());
    }

    @Test
    void whileHistoryFailsItIsAskedForNoMoreThanThatAtATime() {
        database.down(true);
        addAll();
        await().until(() -> database.asks() >= MissingEvents.ASKED_AT_ONCE);
        await().during(Duration.ofMillis(300)).until(() -> database.asks() == MissingEvents.ASKED_AT_ONCE);
        database.down(false);
        loop.runOnContext(compared -> missing.askAgain());
        await().until(() -> heads.size() == STREAMS);
    }

    private void addAll() {
        IntStream.range(0, STREAMS).forEach(i -> database.holds("room:" + i, "k1", 1, 3));
        loop.runOnContext(behind -> IntStream.range(0, STREAMS).forEach(i -> {
            StreamCursor stream = new StreamCursor("room:" + i);
            stream.begin("k1", 1);
            missing.add(stream);
        }));
    }
}
