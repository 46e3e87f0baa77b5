package io.millrace.contracts.wire;

import io.millrace.contracts.entity.EntityHistory;
import io.millrace.contracts.entity.EntityHistoryQuery;
import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntityPage;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTime;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.contracts.stream.StreamsQuery;

/** Codecs of queries about streams and entities. */
final class StreamCodec {
    private static final EntityState.Level[] LEVELS = EntityState.Level.values();

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
            2,
            (p, w) -> {
                w.text(p.stream());
                w.text(p.epoch());
                w.number(p.oldest());
                w.number(p.head());
                w.list(p.events(), EventCodec::write);
            },
            r -> new HistoryPage(r.text(), r.text(), r.number(), r.number(), r.list(EventCodec::committed)),
            r -> new HistoryPage(r.text(), r.text(), r.number(), r.number(), r.list(EventCodec::committedBefore)));

    static final Codec<HeadsQuery> HEADS_QUERY = new Codec<>(
            HeadsQuery.class, 1, (q, w) -> w.number(q.changedWithinMs()), r -> new HeadsQuery((int) r.number()));

    static final Codec<StreamsQuery> STREAMS_QUERY = new Codec<>(
            StreamsQuery.class,
            1,
            (q, w) -> {
                w.list(q.names(), (name, to) -> to.text(name));
                w.list(q.prefixes(), (prefix, to) -> to.text(prefix));
                w.text(q.after());
                w.number(q.limit());
            },
            r -> new StreamsQuery(r.list(WireReader::text), r.list(WireReader::text), r.text(), (int) r.number()));

    static final Codec<Heads> HEADS = new Codec<>(
            Heads.class,
            1,
            (h, w) -> w.list(h.heads(), (head, to) -> {
                to.text(head.stream());
                to.text(head.epoch());
                to.number(head.offset());
            }),
            r -> new Heads(r.list(from -> new Heads.Head(from.text(), from.text(), from.number()))));

    static final Codec<EntitySnapshotQuery> STATE_QUERY = new Codec<>(
            EntitySnapshotQuery.class,
            2,
            (q, w) -> {
                w.text(q.stream());
                w.number(q.limit());
                EntitySnapshotQuery.View view = q.view();
                w.flag(view != null);
                if (view != null) {
                    w.text(view.user());
                    w.texts(view.all());
                    w.texts(view.own());
                }
            },
            r -> new EntitySnapshotQuery(
                    r.text(),
                    (int) r.number(),
                    r.flag() ? new EntitySnapshotQuery.View(r.text(), r.texts(), r.texts()) : null),
            r -> new EntitySnapshotQuery(r.text(), (int) r.number()));

    static final Codec<EntitySnapshot> STATE_PAGE = new Codec<>(
            EntitySnapshot.class,
            1,
            (p, w) -> {
                w.text(p.stream());
                EventCodec.write(p.position(), w);
                w.list(p.entities(), StreamCodec::write);
                w.flag(p.complete());
            },
            StreamCodec::statePage);

    static final Codec<PositionAtTimeQuery> MOMENT_QUERY = new Codec<>(
            PositionAtTimeQuery.class,
            1,
            (q, w) -> {
                w.text(q.stream());
                w.number(q.micros());
            },
            r -> new PositionAtTimeQuery(r.text(), r.number()));

    static final Codec<PositionAtTime> MOMENT = new Codec<>(
            PositionAtTime.class,
            1,
            (m, w) -> {
                EventCodec.write(m.position(), w);
                w.flag(m.complete());
            },
            r -> new PositionAtTime(EventCodec.position(r), r.flag()));

    /** What the release before asked for can't be told: it named no stream. */
    static final Codec<EntityQuery> ENTITY_QUERY = new Codec<>(
            EntityQuery.class,
            2,
            (q, w) -> {
                w.text(q.entity().stream());
                EventCodec.write(q.entity(), w);
                w.flag(q.fresh());
            },
            r -> new EntityQuery(EventCodec.entity(r.text(), r), r.flag()));

    static final Codec<EntityState> ENTITY_STATE = new Codec<>(
            EntityState.class,
            1,
            (s, w) -> {
                EventCodec.write(s.entity(), w);
                w.number(s.version());
                w.optionalBytes(s.state());
                w.text(s.entity().stream());
                EventCodec.write(s.position(), w);
                w.number(s.level().ordinal());
            },
            StreamCodec::entityState);

    static final Codec<EntityListQuery> ENTITIES_QUERY = new Codec<>(
            EntityListQuery.class,
            1,
            (q, w) -> {
                w.text(q.kind());
                w.text(q.stream());
                w.optionalText(q.owner());
                w.text(q.after());
                w.number(q.limit());
                w.number(q.bytes());
            },
            r -> new EntityListQuery(r.text(), r.text(), r.optionalText(), r.text(), (int) r.number(), r.number()));

    static final Codec<EntityPage> ENTITIES_PAGE = new Codec<>(
            EntityPage.class,
            1,
            (p, w) -> {
                w.list(p.entities(), (entity, to) -> {
                    to.text(entity.ref().stream());
                    write(entity, to);
                });
                w.flag(p.complete());
            },
            r -> new EntityPage(r.list(from -> entity(from.text(), from)), r.flag()));

    static final Codec<EntityHistoryQuery> ENTITY_HISTORY_QUERY = new Codec<>(
            EntityHistoryQuery.class,
            1,
            (q, w) -> {
                w.text(q.entity().stream());
                EventCodec.write(q.entity(), w);
                w.number(q.before());
                w.number(q.limit());
                w.number(q.bytes());
            },
            r -> new EntityHistoryQuery(EventCodec.entity(r.text(), r), r.number(), (int) r.number(), r.number()));

    static final Codec<EntityHistory> ENTITY_HISTORY = new Codec<>(
            EntityHistory.class,
            1,
            (h, w) -> {
                w.list(h.changes(), (change, to) -> {
                    to.number(change.version());
                    EventCodec.write(change.event(), to);
                    EventCodec.write(change.position(), to);
                    to.number(change.atMicros());
                    to.optionalText(change.after());
                    to.optionalText(change.before());
                });
                w.flag(h.complete());
            },
            r -> new EntityHistory(
                    r.list(from -> new EntityHistory.Change(
                            from.number(),
                            EventCodec.event(from),
                            EventCodec.position(from),
                            from.number(),
                            from.optionalText(),
                            from.optionalText())),
                    r.flag()));

    private StreamCodec() {}

    private static void write(EntitySnapshot.Entity entity, WireWriter w) {
        EventCodec.write(entity.ref(), w);
        w.number(entity.version());
        w.bytes(entity.state());
    }

    private static EntitySnapshot.Entity entity(String stream, WireReader r) {
        return new EntitySnapshot.Entity(EventCodec.entity(stream, r), r.number(), r.bytes());
    }

    private static EntitySnapshot statePage(WireReader r) {
        String stream = r.text();
        return new EntitySnapshot(stream, EventCodec.position(r), r.list(from -> entity(stream, from)), r.flag());
    }

    private static EntityState entityState(WireReader r) {
        String kind = r.text();
        String id = r.text();
        long version = r.number();
        byte[] state = r.optionalBytes();
        EntityRef ref = new EntityRef(kind, r.text(), id);
        return new EntityState(ref, version, state, EventCodec.position(r), r.constant(LEVELS));
    }
}
