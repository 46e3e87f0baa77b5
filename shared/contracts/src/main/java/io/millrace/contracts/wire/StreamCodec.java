package io.millrace.contracts.wire;

import io.millrace.contracts.EntitiesPage;
import io.millrace.contracts.EntitiesQuery;
import io.millrace.contracts.EntityQuery;
import io.millrace.contracts.EntityRef;
import io.millrace.contracts.EntityState;
import io.millrace.contracts.Heads;
import io.millrace.contracts.HeadsQuery;
import io.millrace.contracts.HistoryPage;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.Moment;
import io.millrace.contracts.MomentQuery;
import io.millrace.contracts.StatePage;
import io.millrace.contracts.StateQuery;
import io.millrace.contracts.StreamsQuery;

/** How streams and entities are read back. */
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

    static final Codec<StateQuery> STATE_QUERY = new Codec<>(
            StateQuery.class,
            2,
            (q, w) -> {
                w.text(q.stream());
                w.number(q.limit());
                StateQuery.View view = q.view();
                w.flag(view != null);
                if (view != null) {
                    w.text(view.user());
                    w.texts(view.all());
                    w.texts(view.own());
                }
            },
            r -> new StateQuery(
                    r.text(), (int) r.number(), r.flag() ? new StateQuery.View(r.text(), r.texts(), r.texts()) : null),
            r -> new StateQuery(r.text(), (int) r.number()));

    static final Codec<StatePage> STATE_PAGE = new Codec<>(
            StatePage.class,
            1,
            (p, w) -> {
                w.text(p.stream());
                EventCodec.write(p.position(), w);
                w.list(p.entities(), StreamCodec::write);
                w.flag(p.complete());
            },
            StreamCodec::statePage);

    static final Codec<MomentQuery> MOMENT_QUERY = new Codec<>(
            MomentQuery.class,
            1,
            (q, w) -> {
                w.text(q.stream());
                w.number(q.micros());
            },
            r -> new MomentQuery(r.text(), r.number()));

    static final Codec<Moment> MOMENT = new Codec<>(
            Moment.class,
            1,
            (m, w) -> {
                EventCodec.write(m.position(), w);
                w.flag(m.complete());
            },
            r -> new Moment(EventCodec.position(r), r.flag()));

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

    static final Codec<EntitiesQuery> ENTITIES_QUERY = new Codec<>(
            EntitiesQuery.class,
            1,
            (q, w) -> {
                w.text(q.kind());
                w.text(q.stream());
                w.optionalText(q.owner());
                w.text(q.after());
                w.number(q.limit());
                w.number(q.bytes());
            },
            r -> new EntitiesQuery(r.text(), r.text(), r.optionalText(), r.text(), (int) r.number(), r.number()));

    static final Codec<EntitiesPage> ENTITIES_PAGE = new Codec<>(
            EntitiesPage.class,
            1,
            (p, w) -> {
                w.list(p.entities(), (entity, to) -> {
                    to.text(entity.ref().stream());
                    write(entity, to);
                });
                w.flag(p.complete());
            },
            r -> new EntitiesPage(r.list(from -> entity(from.text(), from)), r.flag()));

    private StreamCodec() {}

    private static void write(StatePage.Entity entity, WireWriter w) {
        EventCodec.write(entity.ref(), w);
        w.number(entity.version());
        w.bytes(entity.state());
    }

    private static StatePage.Entity entity(String stream, WireReader r) {
        return new StatePage.Entity(EventCodec.entity(stream, r), r.number(), r.bytes());
    }

    private static StatePage statePage(WireReader r) {
        String stream = r.text();
        return new StatePage(stream, EventCodec.position(r), r.list(from -> entity(stream, from)), r.flag());
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
