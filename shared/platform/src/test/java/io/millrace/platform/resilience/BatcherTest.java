package io.millrace.platform.resilience;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class BatcherTest {
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<List<Integer>> sent = new ArrayList<>();
    private final List<Promise<List<String>>> answers = new ArrayList<>();

    @Test
    void anIdleHopSendsAtOnce() {
        Batcher<Integer, String> batcher = batcher(100, 1_000, 1);
        Future<String> answer = batcher.add(1);
        assertEquals(List.of(List.of(1)), sent);
        answer(0);
        assertEquals("#1", answer.result());
        assertTrue(batcher.idle());
    }

    @Test
    void aBusyHopSendsAsOneBatchWhatGatheredMeanwhile() {
        Batcher<Integer, String> batcher = batcher(100, 1_000, 1);
        List<Future<String>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(batcher.add(i));
        }
        assertEquals(List.of(List.of(0)), sent);
        assertEquals(
                9, metrics.get("millrace.test.batch.waiting.events").gauge().value());
        answer(0);
        assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9), sent.get(1));
        answer(1);
        for (int i = 0; i < 10; i++) {
            assertEquals("#" + i, all.get(i).result());
        }
    }

    @Test
    void ofLargeItemsABatchHoldsAsManyAsItsBytesAllow() {
        int third = Batcher.MAX_BYTES / 3;
        Batcher<Integer, String> batcher =
                new Batcher<>("test-batcher", new Batcher.Limits(100, 1_000, 1), metrics, size -> size, this::sent);
        batcher.add(1);
        for (int size : List.of(third, third, third, third, 2 * Batcher.MAX_BYTES, 5, 6)) {
            batcher.add(size);
        }
        for (int i = 0; i < 4; i++) {
            answer(i);
        }
        assertEquals(
                List.of(
                        List.of(1),
                        List.of(third, third, third),
                        List.of(third),
                        List.of(2 * Batcher.MAX_BYTES),
                        List.of(5, 6)),
                sent);
    }

    @Test
    void aChunkThatHasWaitedTooLongIsRefusedAtItsTurn() {
        Batcher<Integer, String> batcher = batcher(new Batcher.Limits(100, 1_000, 1, Duration.ofMillis(50)));
        Future<String> first = batcher.add(0);
        Future<String> late = batcher.add(1);
        await().pollDelay(Duration.ofMillis(60)).until(() -> true);
        Future<String> inTime = batcher.add(2);
        answer(0);
        answer(1);
        assertEquals("#0", first.result());
        assertEquals(Failure.OVERLOADED, MillraceException.of(late.cause()).failure());
        assertEquals("#2", inTime.result());
        assertEquals(List.of(List.of(0), List.of(2)), sent);
    }

    @Test
    void aBatchHoldsWholeChunksUpToItsLimitInOrder() {
        Batcher<Integer, String> batcher = batcher(3, 1_000, 1);
        batcher.add(0).onFailure(error -> {});
        Future<List<String>> pair = batcher.addAll(List.of(1, 2));
        Future<List<String>> other = batcher.addAll(List.of(3, 4));
        Future<List<String>> large = batcher.addAll(List.of(5, 6, 7, 8));
        answer(0);
        answer(1);
        answer(2);
        answer(3);
        assertEquals(List.of(List.of(0), List.of(1, 2), List.of(3, 4), List.of(5, 6, 7, 8)), sent);
        assertEquals(List.of("#1", "#2"), pair.result());
        assertEquals(List.of("#3", "#4"), other.result());
        assertEquals(List.of("#5", "#6", "#7", "#8"), large.result());
    }

    @Test
    void severalBatchesMayBeUnderWayButNoMoreThanAllowed() {
        Batcher<Integer, String> batcher = batcher(1, 1_000, 2);
        for (int i = 0; i < 5; i++) {
            batcher.add(i).onFailure(error -> {});
        }
        assertEquals(2, sent.size());
        answer(1);
        assertEquals(List.of(List.of(0), List.of(1), List.of(2)), sent);
        assertFalse(batcher.idle());
    }

    @Test
    void whatHasNoRoomIsRefusedAsOverloadedAndTheRestGoesOn() {
        Batcher<Integer, String> batcher = batcher(10, 3, 1);
        batcher.add(0).onFailure(error -> {});
        Future<List<String>> fits = batcher.addAll(List.of(1, 2, 3));
        Future<String> refused = batcher.add(4);
        assertEquals(Failure.OVERLOADED, MillraceException.of(refused.cause()).failure());
        assertEquals(
                1, metrics.get("millrace.test.batch.refused.events").counter().count());
        assertEquals(
                3, metrics.get("millrace.test.batch.waiting.events").gauge().value());
        answer(0);
        answer(1);
        assertEquals(List.of("#1", "#2", "#3"), fits.result());
        assertTrue(batcher.idle());
    }

    @Test
    void aChunkLargerThanTheBoundPassesWhenNothingElseWaits() {
        Batcher<Integer, String> batcher = batcher(2, 2, 1);
        batcher.add(0).onFailure(error -> {});
        Future<List<String>> large = batcher.addAll(List.of(1, 2, 3, 4));
        answer(0);
        answer(1);
        assertEquals(List.of("#1", "#2", "#3", "#4"), large.result());
    }

    @Test
    void limitsMayChangeFromOneBatchToTheNext() {
        AtomicReference<Batcher.Limits> limits = new AtomicReference<>(new Batcher.Limits(2, 100, 1));
        Batcher<Integer, String> batcher = new Batcher<>("test-batcher", limits::get, metrics, item -> 0, this::sent);
        for (int i = 0; i < 6; i++) {
            batcher.add(i).onFailure(error -> {});
        }
        answer(0);
        limits.set(new Batcher.Limits(10, 100, 1));
        answer(1);
        assertEquals(List.of(List.of(0), List.of(1, 2), List.of(3, 4, 5)), sent);
    }

    @Test
    void theFailureOfABatchFailsItsOwnChunksOnly() {
        Batcher<Integer, String> batcher = batcher(2, 100, 1);
        Future<String> before = batcher.add(0);
        Future<String> with = batcher.add(1);
        Future<String> alsoWith = batcher.add(2);
        Future<String> after = batcher.add(3);
        answer(0);
        IllegalStateException cause = new IllegalStateException("no");
        answers.get(1).fail(cause);
        answer(2);
        assertEquals("#0", before.result());
        assertSame(cause, with.cause());
        assertSame(cause, alsoWith.cause());
        assertEquals("#3", after.result());
    }

    @Test
    void aSendThatThrowsFailsItsBatchAndTheNextIsSent() {
        List<Integer> tried = new ArrayList<>();
        Batcher<Integer, String> batcher =
                new Batcher<>("test-batcher", new Batcher.Limits(10, 10, 1), metrics, items -> {
                    tried.addAll(items);
                    if (items.contains(1)) {
                        throw new IllegalStateException("thrown");
                    }
                    return Future.succeededFuture(List.of("done"));
                });
        assertTrue(batcher.add(1).failed());
        assertEquals("done", batcher.add(2).result());
        assertEquals(List.of(1, 2), tried);
    }

    @Test
    void anItemThatIsAddedInsideAnAnswerIsSentToo() {
        Batcher<Integer, String> batcher = batcher(10, 10, 1);
        Future<String> second = batcher.add(1).compose(first -> batcher.add(2));
        answer(0);
        answer(1);
        assertEquals("#2", second.result());
    }

    private Batcher<Integer, String> batcher(int batch, int waiting, int underWay) {
        return batcher(new Batcher.Limits(batch, waiting, underWay));
    }

    private Batcher<Integer, String> batcher(Batcher.Limits limits) {
        return new Batcher<>("test-batcher", limits, metrics, this::sent);
    }

    private Future<List<String>> sent(List<Integer> items) {
        sent.add(List.copyOf(items));
        Promise<List<String>> answer = Promise.promise();
        answers.add(answer);
        return answer.future();
    }

    private void answer(int batch) {
        answers.get(batch)
                .complete(sent.get(batch).stream().map(item -> "#" + item).toList());
    }
}
