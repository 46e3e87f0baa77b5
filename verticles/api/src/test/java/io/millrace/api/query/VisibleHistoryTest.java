package io.millrace.api.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long a reader who may see only a part of a stream waits: each page of the stream takes a second of the test's clock. */
class VisibleHistoryTest {
    private static final long EVENTS = 100_000;
    private static final long PAGE_MS = 1_000;

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(5));
    private final AtomicLong nowMs = new AtomicLong();

    @BeforeEach
    void serve() throws Exception {
        done(bus.serve(Addresses.HISTORY, this::page));
    }

    @AfterEach
    void end() throws Exception {
        done(vertx.close());
    }

    @Test
    void whatWasFoundIsAnsweredWhenTheTimeIsUpAndTheReadingGoesOnFromThere() throws Exception {
        VisibleHistory.Found first = done(history(Set.of(10L, 50_000L)).after(0));
        assertEquals(List.of("10"), ids(first));
        assertTrue(first.more());
        assertEquals(VisibleHistory.MAX_MS, nowMs.get());
        assertEquals(2_000, first.start().offset());
    }

    @Test
    void anEmptyAnswerWhoseTimeIsUpSaysWhereToGoOn() throws Exception {
        VisibleHistory.Found none = done(history(Set.of(50_000L)).after(0));
        assertEquals(List.of(), none.events());
        assertTrue(none.more());
        assertEquals(VisibleHistory.MAX_EMPTY_MS, nowMs.get());
        VisibleHistory.Found found =
                done(history(Set.of(20_000L)).after(none.start().offset()));
        assertEquals(List.of("20000"), ids(found));
    }

    @Test
    void theNewestThatWereFoundAreAnsweredWhenTheTimeIsUp() throws Exception {
        VisibleHistory.Found found = done(history(Set.of(10L, EVENTS)).last(Long.MAX_VALUE));
        assertEquals(List.of("" + EVENTS), ids(found));
        assertTrue(found.more());
    }

    @Test
    void theLastBeforeAnOffsetAreReadBackwardsAndTheNextAnswerGoesOnBeforeThem() throws Exception {
        Set<Long> all = LongStream.rangeClosed(99_950, EVENTS).boxed().collect(Collectors.toSet());
        VisibleHistory.Found found = done(history(all).last(99_971));
        assertEquals("99961", ids(found).get(0));
        assertEquals("99970", ids(found).get(9));
        assertEquals(99_961, Objects.requireNonNull(found.earlier()).offset());
        // All in the time of the test's clock: nothing more is found, and where the reading ended is said.
        VisibleHistory.Found none = done(history(Set.of(10L)).last(50_001));
        assertEquals(List.of(), ids(none));
        assertTrue(none.more());
        assertEquals(50_001 - 15_000, Objects.requireNonNull(none.earlier()).offset());
        VisibleHistory.Found first = done(history(Set.of(10L)).last(15));
        assertEquals(List.of("10"), ids(first));
        assertNull(first.earlier(), "there is nothing before it");
    }

    @Test
    void anAnswerThatIsCompleteInTimeHasNoMore() throws Exception {
        VisibleHistory.Found found = done(history(Set.of(EVENTS)).after(EVENTS - 10));
        assertEquals(List.of("" + EVENTS), ids(found));
        assertFalse(found.more());
    }

    private VisibleHistory history(Set<Long> visible) {
        return new VisibleHistory(
                vertx,
                bus,
                "orders",
                event -> {
                    assertFalse(Context.isOnEventLoopThread(), "a filter would hold all connections of the loop");
                    return visible.contains(Long.parseLong(event.event().id()));
                },
                10,
                VisibleHistory.MAX_EMPTY_MS,
                () -> false,
                nowMs::get);
    }

    private Future<HistoryPage> page(HistoryQuery query) {
        if (!query.last()) {
            nowMs.addAndGet(PAGE_MS);
        }
        long from = query.last() ? EVENTS - query.limit() : query.after();
        List<CommittedEvent> events = LongStream.rangeClosed(from + 1, Math.min(EVENTS, from + query.limit()))
                .mapToObj(VisibleHistoryTest::event)
                .toList();
        return Future.succeededFuture(new HistoryPage("orders", "k1", 1, EVENTS, events));
    }

    private static CommittedEvent event(long offset) {
        byte[] empty = "{}".getBytes(StandardCharsets.UTF_8);
        Event event =
                Event.builder("" + offset, "order:created", "test").timeMicros(1).data(empty).metadata(empty).stream(
                                "orders")
                        .publisher("p")
                        .build();
        return new CommittedEvent(event, new Position("k1", offset), 0, null);
    }

    private static List<String> ids(VisibleHistory.Found found) {
        return found.events().stream().map(event -> event.event().id()).toList();
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
