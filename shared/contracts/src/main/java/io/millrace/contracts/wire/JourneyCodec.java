package io.millrace.contracts.wire;

import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.contracts.journey.DeliverySummary;
import io.millrace.contracts.journey.DeliverySummaryQuery;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.journey.Journeys;
import java.util.List;

/** Codecs of journeys and deliveries. */
final class JourneyCodec {
    private static final Happened[] HAPPENED = Happened.values();
    private static final Deliveries.DeliveryStatus[] STATUSES = Deliveries.DeliveryStatus.values();

    static final Codec<JourneyQuery> QUERY =
            new Codec<>(JourneyQuery.class, 1, JourneyCodec::write, JourneyCodec::query);

    static final Codec<Journeys> JOURNEYS = new Codec<>(
            Journeys.class,
            2,
            (j, w) -> w.list(j.journeys(), JourneyCodec::write),
            r -> new Journeys(r.list(JourneyCodec::journey)),
            r -> new Journeys(r.list(JourneyCodec::journeyBefore)));

    static final Codec<DeliveryQuery> DELIVERY_QUERY = new Codec<>(
            DeliveryQuery.class,
            1,
            (q, w) -> {
                EventCodec.write(q.event(), w);
                EventCodec.write(q.position(), w);
                w.optionalText(q.user());
                w.optionalText(q.connection());
            },
            r -> new DeliveryQuery(EventCodec.event(r), EventCodec.position(r), r.optionalText(), r.optionalText()));

    static final Codec<Deliveries> DELIVERIES = new Codec<>(
            Deliveries.class,
            1,
            (d, w) -> w.list(d.deliveries(), (delivery, to) -> {
                to.text(delivery.connection());
                to.text(delivery.node());
                to.number(delivery.status().ordinal());
                to.number(delivery.atMicros());
            }),
            r -> new Deliveries(r.list(from ->
                    new Deliveries.Delivery(from.text(), from.text(), from.constant(STATUSES), from.number()))));

    private static final DeliverySummary.Trace[] TRACES = DeliverySummary.Trace.values();

    static final Codec<DeliverySummaryQuery> SUMMARY_QUERY = new Codec<>(
            DeliverySummaryQuery.class,
            1,
            (q, w) -> {
                EventCodec.write(q.event(), w);
                EventCodec.write(q.position(), w);
                w.number(q.examples());
            },
            r -> new DeliverySummaryQuery(EventCodec.event(r), EventCodec.position(r), (int) r.number()));

    static final Codec<DeliverySummary> SUMMARY = new Codec<>(
            DeliverySummary.class,
            1,
            (s, w) -> w.list(s.nodes(), (node, to) -> {
                to.text(node.node());
                to.number(node.trace().ordinal());
                to.list(node.outcomes(), JourneyCodec::write);
            }),
            r -> new DeliverySummary(r.list(from ->
                    new DeliverySummary.Node(from.text(), from.constant(TRACES), from.list(JourneyCodec::outcome)))));

    private JourneyCodec() {}

    private static void write(DeliverySummary.Outcome outcome, WireWriter w) {
        w.number(outcome.status().ordinal());
        w.number(outcome.count());
        w.list(outcome.examples(), (example, to) -> {
            to.text(example.connection());
            to.text(example.user());
            to.number(example.atMicros());
        });
    }

    private static DeliverySummary.Outcome outcome(WireReader r) {
        return new DeliverySummary.Outcome(
                r.constant(STATUSES),
                r.number(),
                r.list(from -> new DeliverySummary.Example(from.text(), from.text(), from.number())));
    }

    static void write(JourneyQuery q, WireWriter w) {
        w.text(q.id());
        w.optionalText(q.source());
    }

    static JourneyQuery query(WireReader r) {
        return new JourneyQuery(r.text(), r.optionalText());
    }

    static void write(Journey j, WireWriter w) {
        EventCodec.write(j.event(), w);
        w.optional(j.path(), EventCodec::write);
        w.optional(j.position(), EventCodec::write);
        w.number(j.entityVersion());
        w.optionalText(j.droppedBy());
        w.number(j.endedMicros());
        w.list(j.stops(), JourneyCodec::write);
    }

    static Journey journey(WireReader r) {
        return journeyBefore(r).with(r.list(JourneyCodec::stop));
    }

    /** Writes a journey without its stops. */
    static Journey journeyBefore(WireReader r) {
        return new Journey(
                EventCodec.event(r),
                r.optional(EventCodec::path),
                r.optional(EventCodec::position),
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
