package io.millrace.contracts.wire;

import io.millrace.contracts.Journey;
import io.millrace.contracts.Journey.Happened;
import io.millrace.contracts.Journey.Stop;
import io.millrace.contracts.JourneyQuery;
import java.util.List;

/** How journeys travel. */
final class JourneyCodec {
    private static final Happened[] HAPPENED = Happened.values();

    private JourneyCodec() {}

    static void write(JourneyQuery q, WireWriter w) {
        w.text(q.id());
        w.optionalText(q.source());
    }

    static JourneyQuery query(WireReader r) {
        return new JourneyQuery(r.text(), r.optionalText());
    }

    static void write(Journey j, WireWriter w) {
        Codecs.write(j.event(), w);
        w.optional(j.passage(), Codecs::write);
        w.optional(j.position(), Codecs::write);
        w.number(j.entityVersion());
        w.optionalText(j.droppedBy());
        w.number(j.endedMicros());
        w.list(j.stops(), JourneyCodec::write);
    }

    static Journey journey(WireReader r) {
        return journeyBefore(r).with(r.list(JourneyCodec::stop));
    }

    /** Without its stops. */
    static Journey journeyBefore(WireReader r) {
        return new Journey(
                Codecs.event(r),
                r.optional(Codecs::passage),
                r.optional(Codecs::position),
                r.number(),
                r.optionalText(),
                r.number(),
                List.of());
    }

    private static void write(Stop s, WireWriter w) {
        w.number(s.happened().ordinal());
        w.number(s.atMicros());
        w.number(s.attempts());
        w.optionalText(s.code());
        w.optionalText(s.message());
        w.optionalText(s.by());
    }

    private static Stop stop(WireReader r) {
        return new Stop(
                r.constant(HAPPENED),
                r.number(),
                (int) r.number(),
                r.optionalText(),
                r.optionalText(),
                r.optionalText());
    }
}
