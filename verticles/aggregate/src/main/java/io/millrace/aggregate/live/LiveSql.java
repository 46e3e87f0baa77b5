package io.millrace.aggregate.live;

/** The statements, in the order in which a publication needs them. */
final class LiveSql {
    /**
     * Of the KPIs $1 those that were published $2 ms ago or earlier, or, after the clock was set back, in the future. Their
     * rows are locked until the end of the transaction; KPIs that another node publishes at the moment are skipped.
     *
     * <p>Returns their last values, null if another definition of the KPI was published since; which transaction counted
     * an event last; the time, in seconds; and whether all events are counted that there were when the KPI began.
     */
    static final String DUE =
            """
            select l.kpi,
              case when l.revision >= (select max(o.revision) from kpis k join kpis same on same.name = k.name
                join kpi_live o on o.kpi = same.id where k.id = l.kpi) then l.data end,
              r.xmin::text, floor(extract(epoch from now()))::bigint, l.complete
            from kpi_live l left join rollups r on r.kpi = l.kpi and r.period = 'all' and r.start = timestamptz 'epoch'
            where l.kpi = any($1::int[])
              and (l.published_at <= now() - $2::bigint * interval '1 millisecond' or l.published_at > clock_timestamp())
            order by l.kpi for update of l skip locked""";

    /**
     * The values of the KPIs $1 to $4 at the time $5 (now, if it is null), over all time and over their windows, and over
     * the window before. A sliding window ends with the step that is under way; a period of the calendar begins as the
     * KPI's time zone says, and the one before it is the whole one: that of twelve hours earlier, since a period whose
     * first midnight comes twice begins with the second.
     */
    static final String VALUES =
            """
            with given as materialized
              (select *, coalesce($5::timestamptz, now()) as at
               from unnest($1::int[], $2::text[], $3::text[], $4::text[]) as given (kpi, function, zone, windows)),
            spans as materialized
              (select kpi, function, zone, name,
                 case name when '5m' then '10s' when '1h' then 'minute' when 'today' then 'day' else name end as period,
                 case name when 'all' then timestamptz 'epoch'
                   when '5m' then date_bin(interval '10 seconds', at, timestamptz 'epoch') - interval '290 seconds'
                   when '1h' then date_trunc('minute', at) - interval '59 minutes'
                   when 'today' then date_trunc('day', at, zone)
                   else date_trunc(name, at, zone) end as start,
                 case name when '5m' then interval '5 minutes' when '1h' then interval '1 hour' end as length
               from given cross join lateral unnest(string_to_array(windows, ',')) as w (name)),
            befores as materialized
              (select *, case when length is not null then start - length
                   when name <> 'all' then date_trunc(period, start - interval '12 hours', zone) end as before
               from spans),
            ranges as
              (select kpi, function, name, period, false as earlier, start, length from befores
               union all
               select kpi, function, name, period, true, before, length from befores where before is not null)
            select g.kpi, g.name, g.earlier, g.start, coalesce(sum(r.count), 0)::bigint,
              trim_scale(case g.function when 'sum' then coalesce(sum(r.sum), 0)
                when 'average' then sum(r.sum) / nullif(sum(r.count), 0)
                when 'min' then min(r.smallest) when 'max' then max(r.largest)
                else coalesce(sum(r.count), 0) end)::text,
              array_agg(r.sketch) filter (where r.sketch is not null)
            from ranges g left join rollups r on r.kpi = g.kpi and r.period = g.period and r.start >= g.start
              and r.start < g.start + coalesce(g.length, interval '1 microsecond')
            group by g.kpi, g.function, g.name, g.earlier, g.start""";

    /**
     * Notes the publication of the KPIs $1, with their values $2, null for an unchanged one. A revision is above those of
     * all definitions of its KPI, or whoever follows that would stay with the value of one that is gone.
     */
    static final String PUBLISHED =
            """
            update kpi_live l set published_at = now(), data = coalesce(given.data, l.data),
              revision = case when given.data is null then l.revision
                else greatest((extract(epoch from now()) * 1000000)::bigint,
                  (select max(o.revision) + 1 from kpis k join kpis same on same.name = k.name
                   join kpi_live o on o.kpi = same.id where k.id = l.kpi)) end
            from unnest($1::int[], $2::text[]) as given (kpi, data) where l.kpi = given.kpi
            returning l.kpi, l.revision, given.data""";

    /** Of the KPIs $1 how many of the events that there were when they began, and that are kept, are counted. */
    static final String CATCHING_UP =
            """
            select c.kpi, sum(greatest(0, least(coalesce(p.pos, 0), c.until) - s.oldest + 1))::bigint,
              sum(greatest(0, c.until - s.oldest + 1))::bigint
            from kpi_catching_up c join streams s on s.id = c.stream
              left join rollup_progress p on p.stream = c.stream and p.kpi = c.kpi
            where c.kpi = any($1::int[]) group by c.kpi
            having bool_or(greatest(coalesce(p.pos, 0), s.oldest - 1) < c.until)""";

    static final String COMPLETE =
            """
            with noted as (delete from kpi_catching_up where kpi = any($1::int[]))
            update kpi_live set complete = true where kpi = any($1::int[])""";

    /** The steps of sliding windows that are too old for any window, those of former definitions too. */
    static final String FORGET =
            """
            delete from rollups where kpi = any(array(select id from kpis)) and period in ('10s', 'minute')
              and start < now() - interval '190 minutes'""";

    static final String PRESENT =
            "select kpi, revision, data from kpi_live where kpi = any($1::int[]) and data is not null";

    private LiveSql() {}
}
