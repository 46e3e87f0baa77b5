package io.millrace.platform.resilience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BatchSplitterTest {
    private static final MillraceException DOWN = new MillraceException(Failure.UNAVAILABLE, "down");

    @Test
    void outcomesComeInTheOrderOfTheEventsWhicheverPartIsAnsweredFirst() {
        Map<String, Promise<List<Outcome>>> parts = new LinkedHashMap<>();
        Map<String, List<Event>> sent = new LinkedHashMap<>();
        Future<List<Outcome>> answered =
                BatchSplitter.send(events("a1", "b1", "a2", "c1", "b2"), BatchSplitterTest::key, (key, part) -> {
                    sent.put(key, part);
                    return parts.computeIfAbsent(key, first -> Promise.promise())
                            .future();
                });
        for (String key : List.of("c", "a", "b")) {
            Objects.requireNonNull(parts.get(key)).complete(queued(Objects.requireNonNull(sent.get(key))));
        }
        assertEquals(
                List.of("a1", "b1", "a2", "c1", "b2"),
                answered.result().stream().map(Outcome::id).toList());
    }

    @Test
    void aPartThatFailsFailsItsOwnEventsAlone() {
        Future<List<Outcome>> answered = BatchSplitter.send(
                events("a1", "b1", "a2"),
                BatchSplitterTest::key,
                (key, part) -> key.equals("a") ? Future.failedFuture(DOWN) : Future.succeededFuture(queued(part)));
        List<Outcome> outcomes = answered.result();
        assertEquals(
                List.of(Status.FAILED, Status.QUEUED, Status.FAILED),
                outcomes.stream().map(Outcome::status).toList());
        assertEquals(Failure.UNAVAILABLE, outcomes.get(2).failure());
    }

    @Test
    void aBatchOfOneKeyIsSentAsItIsAndFailsWhole() {
        List<Event> batch = events("a1", "a2");
        List<List<Event>> sent = new ArrayList<>();
        Future<List<Outcome>> answered = BatchSplitter.send(batch, BatchSplitterTest::key, (key, part) -> {
            sent.add(part);
            return Future.failedFuture(DOWN);
        });
        assertSame(batch, sent.get(0));
        assertTrue(answered.failed());
    }

    private static String key(Event event) {
        return event.id().substring(0, 1);
    }

    private static List<Event> events(String... ids) {
        return Stream.of(ids).map(id -> Event.builder(id, "t", "s").build()).toList();
    }

    private static List<Outcome> queued(List<Event> events) {
        return events.stream().map(event -> Outcome.of(Status.QUEUED, event)).toList();
    }
}
