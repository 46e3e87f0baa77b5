package io.millrace.contracts.wire;

import io.millrace.contracts.Audience;
import io.millrace.contracts.Committed;
import io.millrace.contracts.CommittedBatch;
import io.millrace.contracts.DeadLetterAct;
import io.millrace.contracts.DeadLetterCount;
import io.millrace.contracts.DeadLetterPage;
import io.millrace.contracts.DeadLetterQuery;
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
import io.millrace.contracts.JourneyQuery;
import io.millrace.contracts.Journeys;
import io.millrace.contracts.KpiQuery;
import io.millrace.contracts.KpiRows;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.Outcomes;
import io.millrace.contracts.Passage;
import io.millrace.contracts.Position;
import io.millrace.contracts.Priority;
import io.millrace.contracts.domain.Kpi;
import java.util.List;

/** The codec of each record, in event order. Enums travel by ordinal: append to them, never reorder. */
public final class Codecs {
    private static final Priority[] PRIORITIES = Priority.values();
    private static final Failure[] FAILURES = Failure.values();
    private static final Outcome.Status[] STATUSES = Outcome.Status.values();
    private static final Passage.Path[] PATHS = Passage.Path.values();
    private static final EntityState.Level[] LEVELS = EntityState.Level.values();
    private static final Kpi.Rollup[] ROLLUPS = Kpi.Rollup.values();

    /** Also how an event lies in Kafka. */
    public static final Codec<Event> EVENT = new Codec<>(Event.class, 1, Codecs::write, Codecs::event);

    static final Codec<EventBatch> EVENT_BATCH = new Codec<>(
            EventBatch.class,
            2,
            (b, w) -> {
                w.list(b.events(), Codecs::write);
                write(b.passage(), w);
            },
            r -> new EventBatch(r.list(Codecs::event), passage(r)),
            r -> new EventBatch(r.list(Codecs::event)));

    static final Codec<Outcomes> OUTCOMES = new Codec<>(
            Outcomes.class,
            2,
            (o, w) -> w.list(o.outcomes(), Codecs::write),
            r -> new Outcomes(r.list(from -> outcome(from, true))),
            r -> new Outcomes(r.list(from -> outcome(from, false))));

    static final Codec<CommittedBatch> COMMITTED_BATCH = new Codec<>(
            CommittedBatch.class,
            1,
            (b, w) -> w.list(b.events(), Codecs::write),
            r -> new CommittedBatch(r.list(Codecs::committed)));

    static final Codec<HistoryQuery> HISTORY_QUERY = new Codec<>(
            HistoryQuery.class,
            1,
            (q, w) -> {
                w.text(q.stream());
                w.number(q.after());
                w.number(q.limit());
                w.flag(q.last());
            },
            r -> new HistoryQuery(r.text(), r.number(), (int) r.number(), r.flag()));

    static final Codec<HistoryPage> HISTORY_PAGE = new Codec<>(
            HistoryPage.class,
            1,
            (p, w) -> {
                w.text(p.stream());
                w.text(p.epoch());
                w.number(p.oldest());
                w.number(p.head());
                w.list(p.events(), Codecs::write);
            },
            r -> new HistoryPage(r.text(), r.text(), r.number(), r.number(), r.list(Codecs::committed)));

    static final Codec<HeadsQuery> HEADS_QUERY = new Codec<>(
            HeadsQuery.class, 1, (q, w) -> w.number(q.changedWithinMs()), r -> new HeadsQuery((int) r.number()));

    static final Codec<Heads> HEADS = new Codec<>(
            Heads.class,
            1,
            (h, w) -> w.list(h.heads(), (head, to) -> {
                to.text(head.stream());
                to.text(head.epoch());
                to.number(head.offset());
            }),
            r -> new Heads(r.list(from -> new Heads.Head(from.text(), from.text(), from.number()))));

    static final Codec<EntityQuery> ENTITY_QUERY = new Codec<>(
            EntityQuery.class,
            1,
            (q, w) -> {
                write(q.entity(), w);
                w.flag(q.fresh());
            },
            r -> new EntityQuery(entity(r), r.flag()));

    static final Codec<EntityState> ENTITY_STATE = new Codec<>(
            EntityState.class,
            1,
            (s, w) -> {
                write(s.entity(), w);
                w.number(s.version());
                w.optionalBytes(s.state());
                w.text(s.stream());
                write(s.position(), w);
                w.number(s.level().ordinal());
            },
            r -> new EntityState(entity(r), r.number(), r.optionalBytes(), r.text(), position(r), r.constant(LEVELS)));

    static final Codec<JourneyQuery> JOURNEY_QUERY =
            new Codec<>(JourneyQuery.class, 1, JourneyCodec::write, JourneyCodec::query);

    static final Codec<Journeys> JOURNEYS = new Codec<>(
            Journeys.class,
            2,
            (j, w) -> w.list(j.journeys(), JourneyCodec::write),
            r -> new Journeys(r.list(JourneyCodec::journey)),
            r -> new Journeys(r.list(JourneyCodec::journeyBefore)));

    static final Codec<KpiQuery> KPI_QUERY = new Codec<>(
            KpiQuery.class,
            1,
            (q, w) -> {
                w.list(q.kpis(), (name, to) -> to.text(name));
                w.number(q.by() == null ? 0 : q.by().ordinal() + 1L);
                w.number(q.fromMicros());
                w.number(q.toMicros());
                w.number(q.limit());
            },
            r -> new KpiQuery(
                    r.list(WireReader::text), r.optionalConstant(ROLLUPS), r.number(), r.number(), (int) r.number()));

    static final Codec<KpiRows> KPI_ROWS = new Codec<>(
            KpiRows.class,
            1,
            (k, w) -> w.list(k.rows(), (row, to) -> {
                to.text(row.kpi());
                to.number(row.startMicros());
                to.number(row.count());
                to.optionalText(row.value());
            }),
            r -> new KpiRows(
                    r.list(from -> new KpiRows.Row(from.text(), from.number(), from.number(), from.optionalText()))));

    static final Codec<DeadLetterQuery> DEAD_LETTER_QUERY =
            new Codec<>(DeadLetterQuery.class, 1, DeadLetterCodec::write, DeadLetterCodec::query);

    static final Codec<DeadLetterPage> DEAD_LETTER_PAGE =
            new Codec<>(DeadLetterPage.class, 1, DeadLetterCodec::write, DeadLetterCodec::page);

    static final Codec<DeadLetterAct> DEAD_LETTER_ACT =
            new Codec<>(DeadLetterAct.class, 1, DeadLetterCodec::write, DeadLetterCodec::act);

    static final Codec<DeadLetterCount> DEAD_LETTER_COUNT = new Codec<>(
            DeadLetterCount.class,
            1,
            (c, w) -> {
                w.number(c.matched());
                w.number(c.done());
            },
            r -> new DeadLetterCount(r.number(), r.number()));

    static final List<Codec<?>> ALL = List.of(
            EVENT_BATCH,
            OUTCOMES,
            COMMITTED_BATCH,
            JOURNEY_QUERY,
            JOURNEYS,
            HISTORY_QUERY,
            HISTORY_PAGE,
            HEADS_QUERY,
            HEADS,
            ENTITY_QUERY,
            ENTITY_STATE,
            KPI_QUERY,
            KPI_ROWS,
            DEAD_LETTER_QUERY,
            DEAD_LETTER_PAGE,
            DEAD_LETTER_ACT,
            DEAD_LETTER_COUNT);

    private Codecs() {}

    static void write(Event e, WireWriter w) {
        w.text(e.id());
        w.text(e.type());
        w.text(e.source());
        w.number(e.timeMicros());
        w.number(e.priority().ordinal());
        w.bytes(e.data());
        w.bytes(e.metadata());
        w.number(e.expiresAtMicros());
        w.number(e.expectedVersion() + 1);
        w.optional(e.target(), Codecs::write);
        w.optional(e.exclude(), Codecs::write);
        w.text(e.stream());
        w.optionalText(e.owner());
        w.optional(e.entity(), Codecs::write);
        w.text(e.publisher());
        w.number(e.acceptedAtMicros());
    }

    static Event event(WireReader r) {
        return new Event(
                r.text(),
                r.text(),
                r.text(),
                r.number(),
                r.constant(PRIORITIES),
                r.bytes(),
                r.bytes(),
                r.number(),
                r.number() - 1,
                r.optional(Codecs::audience),
                r.optional(Codecs::audience),
                r.text(),
                r.optionalText(),
                r.optional(Codecs::entity),
                r.text(),
                r.number());
    }

    static void write(Passage p, WireWriter w) {
        w.number(p.path().ordinal());
        w.number(p.attempt());
        w.number(p.takenMicros());
    }

    static Passage passage(WireReader r) {
        return new Passage(r.constant(PATHS), (int) r.number(), r.number());
    }

    private static void write(Audience a, WireWriter w) {
        w.texts(a.roles());
        w.texts(a.users());
        w.texts(a.connections());
    }

    private static Audience audience(WireReader r) {
        return new Audience(r.texts(), r.texts(), r.texts());
    }

    private static void write(EntityRef e, WireWriter w) {
        w.text(e.kind());
        w.text(e.id());
    }

    private static EntityRef entity(WireReader r) {
        return new EntityRef(r.text(), r.text());
    }

    static void write(Position p, WireWriter w) {
        w.text(p.epoch());
        w.number(p.offset());
    }

    static Position position(WireReader r) {
        return new Position(r.text(), r.number());
    }

    private static void write(Committed c, WireWriter w) {
        write(c.event(), w);
        w.optional(c.position(), Codecs::write);
        w.number(c.entityVersion());
        w.optionalBytes(c.state());
    }

    private static Committed committed(WireReader r) {
        return new Committed(event(r), r.optional(Codecs::position), r.number(), r.optionalBytes());
    }

    private static void write(Outcome o, WireWriter w) {
        w.number(o.status().ordinal());
        w.text(o.id());
        w.optionalText(o.stream());
        w.optional(o.position(), Codecs::write);
        w.number(o.failure() == null ? 0 : o.failure().ordinal() + 1L);
        w.optionalText(o.message());
        if (o.failure() == Failure.VERSION_CONFLICT) {
            w.number(o.version());
        }
    }

    /**
     * @param versions whether a conflict has one: the release before wrote none
     */
    private static Outcome outcome(WireReader r, boolean versions) {
        Outcome.Status status = r.constant(STATUSES);
        String id = r.text();
        String stream = r.optionalText();
        Position position = r.optional(Codecs::position);
        Failure failure = r.optionalConstant(FAILURES);
        String message = r.optionalText();
        long version = versions && failure == Failure.VERSION_CONFLICT ? r.number() : Event.ANY_VERSION;
        return new Outcome(status, id, stream, position, failure, message, version);
    }
}
