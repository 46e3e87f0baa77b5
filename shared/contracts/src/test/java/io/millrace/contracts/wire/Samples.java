package io.millrace.contracts.wire;

import io.millrace.contracts.Audience;
import io.millrace.contracts.Committed;
import io.millrace.contracts.CommittedBatch;
import io.millrace.contracts.DeadLetter;
import io.millrace.contracts.DeadLetterAct;
import io.millrace.contracts.DeadLetterCount;
import io.millrace.contracts.DeadLetterFilter;
import io.millrace.contracts.DeadLetterPage;
import io.millrace.contracts.DeadLetterQuery;
import io.millrace.contracts.Deliveries;
import io.millrace.contracts.DeliveryQuery;
import io.millrace.contracts.EntitiesPage;
import io.millrace.contracts.EntitiesQuery;
import io.millrace.contracts.EntityQuery;
import io.millrace.contracts.EntityRef;
import io.millrace.contracts.EntityState;
import io.millrace.contracts.Event;
import io.millrace.contracts.EventBatch;
import io.millrace.contracts.Failure;
import io.millrace.contracts.Heads;
import io.millrace.contracts.HeadsQuery;
import io.millrace.contracts.HistoryPage;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.Journey;
import io.millrace.contracts.JourneyQuery;
import io.millrace.contracts.Journeys;
import io.millrace.contracts.KpiQuery;
import io.millrace.contracts.KpiRows;
import io.millrace.contracts.Moment;
import io.millrace.contracts.MomentQuery;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.Outcomes;
import io.millrace.contracts.Passage;
import io.millrace.contracts.Peer;
import io.millrace.contracts.Position;
import io.millrace.contracts.Priority;
import io.millrace.contracts.Publication;
import io.millrace.contracts.Rollup;
import io.millrace.contracts.StatePage;
import io.millrace.contracts.StateQuery;
import io.millrace.contracts.StreamsQuery;
import io.millrace.contracts.Ticket;
import io.millrace.contracts.TicketHolder;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Records of every kind that crosses the bus: full ones, ones with nothing in them, and odd ones. */
final class Samples {
    static final Event FULL = new Event(
            "0192f0c4-0000-7000-8000-000000000001",
            "order:created",
            "shop/eu",
            1_769_851_800_123_000L,
            Priority.CRITICAL,
            bytes("{\"orderId\":\"o-17\",\"name\":\"Ünïcode 漢字 🙂\"}"),
            bytes("{\"tags\":[\"eu\"]}"),
            1_769_853_600_000_000L,
            3,
            new Audience(Set.of("staff"), Set.of("c-4"), Set.of()),
            new Audience(Set.of(), Set.of(), Set.of("connection-1")),
            "orders",
            "c-4",
            new EntityRef("order", "orders", "o-17"),
            "u-1",
            1_769_851_800_124_000L);

    static final Event BARE = new Event(
            "1",
            "a:b",
            "",
            0,
            Priority.LOW,
            bytes("{}"),
            bytes("{}"),
            0,
            Event.ANY_VERSION,
            null,
            null,
            "s",
            null,
            null,
            "",
            0);

    private static final Position POSITION = new Position("k3", Long.MAX_VALUE);

    private Samples() {}

    /** Every codec's type is here at least once. */
    static List<Record> all() {
        List<Record> all = new ArrayList<>(List.of(
                new EventBatch(List.of(FULL, BARE)),
                new EventBatch(List.of()),
                new EventBatch(List.of(FULL), Passage.DETOUR),
                new EventBatch(List.of(BARE), Passage.queued(5, Long.MAX_VALUE)),
                new JourneyQuery("", null),
                new JourneyQuery("o-17", "shop/eu"),
                new Journeys(List.of(
                        new Journey(
                                FULL,
                                Passage.queued(2, 1),
                                POSITION,
                                3,
                                null,
                                2,
                                List.of(
                                        new Journey.Stop(Journey.Happened.QUEUED, 1, 0, null, null, null),
                                        new Journey.Stop(Journey.Happened.DEAD, 2, 5, "internal", "why", null),
                                        new Journey.Stop(Journey.Happened.REDRIVEN, 3, 5, null, null, "op"))),
                        new Journey(BARE, null, null, 0, "router", 1, List.of()))),
                new Outcomes(List.of(
                        Outcome.committed(FULL, POSITION),
                        Outcome.duplicate(BARE, null),
                        Outcome.of(Outcome.Status.EXPIRED, FULL),
                        Outcome.failed("", Failure.INTERNAL, "why"),
                        Outcome.conflict("e-1", "it moved", 7))),
                new CommittedBatch(List.of(
                        new Committed(FULL, POSITION, 7, bytes("{\"total\":1}"), "{\"total\":2}", "c-3"),
                        Committed.transientEvent(BARE))),
                new HistoryQuery("room:42", 1041, 1_000, false),
                new HistoryQuery("", 0, 1, true),
                new HistoryPage("orders", "k3", 1, 2, List.of(new Committed(FULL, POSITION, 0, null))),
                new HistoryPage("nobody", Position.NO_EPOCH, 1, 0, List.of()),
                new HeadsQuery(0),
                new HeadsQuery(10_000),
                new StreamsQuery(List.of("orders"), List.of("guild:", "room:"), "guild:42", 100),
                new Heads(List.of(new Heads.Head("orders", "k3", 12))),
                new EntityQuery(new EntityRef("order", "orders", "o-17"), true),
                new EntitiesQuery("order", "orders", "c-4", "o-16", 100, 1L << 40),
                new EntitiesQuery("order", "orders", null, "", 1, 1),
                new EntitiesPage(
                        List.of(new StatePage.Entity(new EntityRef("order", "orders", "o-17"), 3, bytes("{}"))), false),
                new EntitiesPage(List.of(), true),
                KpiQuery.totals(List.of("revenue", "orders")),
                new KpiRows(List.of(
                        new KpiRows.Row("revenue", 1_769_817_600_000_000L, 3, "-12345678901234567890.125"),
                        new KpiRows.Row("averageOrder", 0, 0, null)))));
        all.addAll(deadLetters());
        all.addAll(ofConnections());
        for (Rollup rollup : Rollup.values()) {
            all.add(new KpiQuery(List.of("revenue"), rollup, -1, Long.MAX_VALUE, 1_000));
        }
        for (EntityState.Level level : EntityState.Level.values()) {
            all.add(new EntityState(new EntityRef("k", "", ""), 0, null, Position.EMPTY, level));
            all.add(new EntityState(new EntityRef("k", "orders", "i"), 9, bytes("{}"), POSITION, level));
        }
        return all;
    }

    private static List<Record> ofConnections() {
        return List.of(
                new Publication(
                        "c-4",
                        Set.of("customer", "staff"),
                        bytes("{\"rooms\":[]}"),
                        bytes("{\"type\":\"a:b\",\"data\":{}}")),
                new Publication(null, Set.of(), bytes(""), bytes("")),
                Outcome.committed(FULL, POSITION),
                Outcome.failed("", Failure.RATE_LIMITED, "why"),
                new Ticket("t-1", true),
                new TicketHolder("e30.e30.e30"),
                new Peer("node-1", 1, true, List.of(), List.of()),
                new Peer(
                        "node-2",
                        Long.MAX_VALUE,
                        false,
                        List.of(new Peer.Count(Peer.Kind.NAMESPACE, "orders", 3)),
                        List.of(new Peer.Person("room:42", "c-4", 2, 1))),
                new StateQuery("orders", 10_000),
                new StateQuery("orders", 7, new StateQuery.View("anna", Set.of("product"), Set.of("order"))),
                new StatePage("nobody", Position.EMPTY, List.of(), true),
                new StatePage(
                        "orders",
                        POSITION,
                        List.of(new StatePage.Entity(
                                new EntityRef("order", "orders", "o-17"), 3, bytes("{\"total\":1}"))),
                        false),
                new MomentQuery("orders", Long.MAX_VALUE),
                new Moment(POSITION, true),
                new Moment(Position.EMPTY, false),
                new DeliveryQuery(FULL.envelope(), POSITION, "c-4", null),
                new DeliveryQuery(BARE, Position.EMPTY, null, "connection-1"),
                new Deliveries(List.of(
                        new Deliveries.Delivery("connection-1", "node-1", Deliveries.Fate.CONFLATED, 1),
                        new Deliveries.Delivery("", "", Deliveries.Fate.NOT_CONNECTED, 0))));
    }

    private static List<Record> deadLetters() {
        DeadLetterFilter full = new DeadLetterFilter(
                List.of(1L, Long.MAX_VALUE), "a:b", "s", "version_conflict", "f", -1, 5, DeadLetter.State.DISCARDED);
        DeadLetter read = new DeadLetter(
                7, "e-1", "shop", "a:b", "s", "c", "m", "f", "queue", 5, "t-0@9", 1, 2, DeadLetter.State.DEAD, 1, null);
        DeadLetter.Content garbage = new DeadLetter.Content(null, bytes("[]"), bytes("no event"));
        DeadLetter unread = new DeadLetter(
                8, null, null, null, null, "c", "m", "f", "", 1, "", 1, 2, DeadLetter.State.REDRIVEN, 0, garbage);
        return List.of(
                new DeadLetterQuery(full, Long.MAX_VALUE, 100, true, false),
                new DeadLetterQuery(DeadLetterFilter.ofIds(List.of()), 12, 1, false, true),
                new DeadLetterPage(List.of(read, unread), List.of(new DeadLetterPage.Group("f", "c", null, "m", 3))),
                new DeadLetterAct(DeadLetterAct.Kind.EDIT, full, "u", false, bytes("{}")),
                new DeadLetterAct(DeadLetterAct.Kind.REDRIVE, full, "", true, null),
                new DeadLetterAct(DeadLetterAct.Kind.DISCARD, full, "u", true, null),
                new DeadLetterCount(5, 3));
    }

    /** A batch of a thousand events with {@code bytes} of data each. */
    static EventBatch large(int bytes) {
        Event event = new Event(
                "id",
                "a:b",
                "s",
                1,
                Priority.NORMAL,
                bytes("{\"x\":\"" + "y".repeat(bytes) + "\"}"),
                bytes("{}"),
                0,
                Event.ANY_VERSION,
                null,
                null,
                "stream",
                null,
                null,
                "p",
                1);
        return new EventBatch(java.util.Collections.nCopies(1_000, event));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Everything in it, arrays by content: equal texts are equal records. */
    static String shown(@Nullable Object value) {
        if (value instanceof byte[] array) {
            return Arrays.toString(array);
        }
        if (value instanceof Set<?> set) {
            return set.stream().map(Samples::shown).sorted().toList().toString();
        }
        if (value instanceof Collection<?> list) {
            return list.stream().map(Samples::shown).toList().toString();
        }
        if (!(value instanceof Record)) {
            return String.valueOf(value);
        }
        StringBuilder text = new StringBuilder(value.getClass().getSimpleName());
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            try {
                text.append(' ').append(component.getName()).append('=');
                text.append(shown(component.getAccessor().invoke(value)));
            } catch (ReflectiveOperationException unreadable) {
                throw new LinkageError(unreadable.getMessage(), unreadable);
            }
        }
        return text.toString();
    }
}
