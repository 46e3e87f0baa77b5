package io.millrace.contracts.wire;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.kpi.KpiQuery;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.kpi.KpiValuesQuery;
import io.millrace.contracts.kpi.Rollup;
import java.util.List;

/** The codec of each record, in event order. Enums are encoded by ordinal: append constants, never reorder them. */
public final class Codecs {
    private static final Rollup[] ROLLUPS = Rollup.values();

    /** Also the form of events in Kafka. */
    public static final Codec<Event> EVENT = EventCodec.EVENT;

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

    static final Codec<KpiValuesQuery> KPI_VALUES_QUERY = new Codec<>(
            KpiValuesQuery.class,
            1,
            (q, w) -> w.list(q.kpis(), (name, to) -> to.text(name)),
            r -> new KpiValuesQuery(r.list(WireReader::text)));

    static final Codec<KpiValues> KPI_VALUES = new Codec<>(
            KpiValues.class,
            1,
            (k, w) -> w.list(k.values(), (value, to) -> {
                to.text(value.kpi());
                to.number(value.revision());
                to.bytes(value.data());
            }),
            r -> new KpiValues(r.list(from -> new KpiValues.Value(from.text(), from.number(), from.bytes()))));

    static final List<Codec<?>> ALL = List.of(
            EventCodec.PUBLICATION,
            EventCodec.EVENT_BATCH,
            EventCodec.OUTCOMES,
            EventCodec.COMMITTED_BATCH,
            JourneyCodec.QUERY,
            JourneyCodec.JOURNEYS,
            JourneyCodec.DELIVERY_QUERY,
            JourneyCodec.DELIVERIES,
            JourneyCodec.SUMMARY_QUERY,
            JourneyCodec.SUMMARY,
            StreamCodec.HISTORY_QUERY,
            StreamCodec.HISTORY_PAGE,
            StreamCodec.HEADS_QUERY,
            StreamCodec.STREAMS_QUERY,
            StreamCodec.HEADS,
            StreamCodec.STATE_QUERY,
            StreamCodec.STATE_PAGE,
            StreamCodec.MOMENT_QUERY,
            StreamCodec.MOMENT,
            StreamCodec.ENTITY_QUERY,
            StreamCodec.ENTITY_STATE,
            StreamCodec.ENTITIES_QUERY,
            StreamCodec.ENTITIES_PAGE,
            StreamCodec.ENTITY_HISTORY_QUERY,
            StreamCodec.ENTITY_HISTORY,
            NodeCodec.PEER,
            NodeCodec.STATUS,
            NodeCodec.CONFIGURATION_QUERY,
            NodeCodec.CONFIGURATION,
            NodeCodec.TICKET,
            NodeCodec.TICKET_HOLDER,
            ConnectionCodec.QUERY,
            ConnectionCodec.PAGE,
            ConnectionCodec.COMMAND,
            ConnectionCodec.RESULT,
            KPI_QUERY,
            KPI_ROWS,
            KPI_VALUES_QUERY,
            KPI_VALUES,
            DeadLetterCodec.QUERY,
            DeadLetterCodec.PAGE,
            DeadLetterCodec.COMMAND,
            DeadLetterCodec.RESULT,
            DeadLetterCodec.REPORT,
            DeadLetterCodec.ACT_QUERY,
            DeadLetterCodec.ACT_PAGE,
            RevocationCodec.QUERY,
            RevocationCodec.PAGE,
            RevocationCodec.COMMAND,
            SinkCodec.QUERY,
            SinkCodec.PAGE,
            SinkCodec.COMMAND,
            SinkCodec.RESULT,
            NodeCodec.ALERT_REPORT,
            NodeCodec.ALERT_COMMAND,
            NodeCodec.ALERT_MARKS);

    private Codecs() {}
}
