package io.millrace.aggregate.rollup;

/** The statements, in the order in which a start and a page need them. */
final class RollupSql {
    /** Of the time zones $1 those that PostgreSQL doesn't know. */
    static final String UNKNOWN_ZONES =
            """
            select zone from unnest($1::text[]) as given (zone)
            where zone not in (select name from pg_timezone_names)""";

    /** A KPI with a known definition keeps its number; concurrent nodes get the same number. */
    static final String REGISTER =
            """
            insert into kpis (name, definition)
            select given.name, given.definition from unnest($1::text[], $2::text[]) as given (name, definition)
            where not exists
              (select from kpis k where k.name = given.name and k.definition = given.definition)
            on conflict do nothing""";

    static final String REGISTERED = "select id, name, definition from kpis where name = any($1::text[])";

    /** Of the KPIs $1 those that are new, or don't have all events yet that there were when they began. */
    static final String INCOMPLETE =
            """
            select kpi from unnest($1::int[]) as given (kpi)
            where not exists (select from kpi_live l where l.kpi = given.kpi and l.complete)""";

    /** Streams with events, from the number $1 on. */
    static final String STREAMS =
            "select id, name, head from streams where id > $1 and head > 0 order by id limit 5000";

    /**
     * Notes for the streams with numbers above $1, up to $2, where the KPIs $3 have to come before they are complete: to $6 in
     * the stream $5 for the KPI $4. A pack may have taken a stream from a KPI since that was noted before.
     */
    static final String CATCH_UP =
            """
            with given as materialized
              (select * from unnest($4::int[], $5::int[], $6::bigint[]) as given (kpi, stream, until)),
            gone as
              (delete from kpi_catching_up c where kpi = any($3::int[]) and stream > $1 and stream <= $2
               and not exists (select from given g where g.kpi = c.kpi and g.stream = c.stream))
            insert into kpi_catching_up (kpi, stream, until) select kpi, stream, until from given order by kpi, stream
            on conflict (kpi, stream) do nothing""";

    /** The rows of the live values, before the first of them. */
    static final String BEGIN_LIVE =
            """
            insert into kpi_live (kpi, complete) select unnest($1::int[]), false on conflict do nothing""";

    /** The heads of the streams that changed within $1 ms (0: of all), and the progress of the KPIs $2. */
    static final String PROGRESS =
            """
            select s.name, s.head, p.kpis, p.pos
            from streams s cross join lateral
              (select count(*)::int as kpis, coalesce(min(pos), 0) as pos from rollup_progress
               where stream = s.id and kpi = any($2::int[])) p
            where s.head > 0 and ($1::int = 0 or s.changed_at > now() - $1::int * interval '1 millisecond')""";

    static final String BEGIN =
            """
            insert into rollup_progress (stream, kpi)
            select s.id, given.kpi from unnest($1::text[], $2::int[]) as given (name, kpi)
            join streams s on s.name = given.name order by 1, 2
            on conflict do nothing""";

    /**
     * A page: of the KPIs $1 to $6, for the streams $7, about $8 events. A node that has locked the progress has the
     * page; other nodes skip it. KPIs with the same progress share one read, one that lags reads for itself.
     *
     * <p>Returns the processed streams, the number of events, whether there are more, and how many history has removed before
     * they were counted: none of those before a KPI began with a stream; then, for the KPIs that count
     * distinct values, the hashes of a period's values, which {@link #SKETCHES} takes. The order in which rows are
     * inserted is the order of their locks: streams of one KPI on two nodes meet in its figures.
     *
     * <p>JSON has numbers that {@code numeric} can't represent, like 1e-99999999, and a number of absurd size would
     * make every sum absurd: they don't count; nor do events with the character NUL, which text can't have. See
     * conf/domains/shop.yaml. The steps of sliding windows aren't kept of what is too old for any window.
     */
    static final String ADD =
            """
            with figure as materialized
              (select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
               as given (kpi, type, function, field, periods, zone)),
            mine as materialized
              (select p.stream, p.kpi, p.pos, s.head from rollup_progress p join streams s on s.id = p.stream
               where s.name = any($7::text[]) and p.kpi = any($1::int[]) and p.pos < s.head
               for update of p skip locked),
            cursor as materialized
              (select stream, pos, max(head) as head from mine group by stream, pos),
            page as materialized
              (select c.stream, c.pos as after, e.pos, e.type, e.time, e.data
               from cursor c cross join lateral
                 (select pos, type, time,
                    case when type = any($2::text[]) and position('\\u0000' in data::text) = 0 then data end as data
                  from events where stream = c.stream and pos > c.pos
                  order by pos limit greatest(1, $8::bigint / (select count(*) from cursor))) e),
            found as materialized
              (select f.kpi, f.function, f.periods, f.zone, p.time,
                 case when f.field = '' then 'true'::json else p.data #> string_to_array(f.field, '.') end as value
               from page p join mine m on m.stream = p.stream and m.pos = p.after
               join figure f on f.kpi = m.kpi and f.type = p.type),
            sorted as materialized
              (select *, json_typeof(value) as kind from found where value is not null),
            measured as materialized
              (select kpi, periods, zone, time, null::numeric as number, null::bigint as member
                 from sorted where function = 'count' and kind <> 'null'
               union all select kpi, periods, zone, time, null,
                   ('x' || left(encode(sha256(convert_to(value #>> '{}', 'UTF8')), 'hex'), 16))::bit(64)::bigint
                 from sorted where function = 'distinct' and kind in ('string', 'number', 'boolean')
               union all select kpi, periods, zone, time, number, null
                 from (select *, case when kind = 'number'
                      and value::text ~ '^-?[0-9]{1,60}([.][0-9]{1,60})?([eE][-+]?[0-9]{1,3})?$'
                    then value::text::numeric end as number from sorted) numbers
                 where function in ('sum', 'average', 'min', 'max') and abs(number) < 1e40 and scale(number) <= 40),
            placed as materialized
              (select kpi, period, number, member,
                 case period when 'all' then timestamptz 'epoch'
                   when '10s' then date_bin(interval '10 seconds', time, timestamptz 'epoch')
                   else date_trunc(period, time, zone) end as start
               from measured cross join lateral unnest(string_to_array(periods, ',')) as given (period)
               where period not in ('10s', 'minute') or time > now() - interval '3 hours'),
            added as
              (insert into rollups as r (kpi, period, start, count, sum, smallest, largest)
               select kpi, period, start, count(*), sum(number), min(number), max(number)
               from placed where member is null
               group by kpi, period, start order by kpi, period, start
               on conflict (kpi, period, start) do update set count = r.count + excluded.count,
                 sum = r.sum + excluded.sum, smallest = least(r.smallest, excluded.smallest),
                 largest = greatest(r.largest, excluded.largest)),
            reached as materialized
              (select c.stream, c.pos as after, c.head, coalesce(max(p.pos), c.head) as pos, count(p.pos)::int as events,
                 case when c.pos > 0 then coalesce(min(p.pos) - 1, c.head) - c.pos else 0 end as removed
               from cursor c left join page p on p.stream = c.stream and p.after = c.pos
               group by c.stream, c.pos, c.head),
            moved as
              (update rollup_progress p set pos = r.pos
               from mine m join reached r on r.stream = m.stream and r.after = m.pos
               where p.stream = m.stream and p.kpi = m.kpi)
            select s.name, r.events, r.pos < r.head, null::int, null::text, null::timestamptz, null::bigint[], r.removed
            from reached r join streams s on s.id = r.stream
            union all
            select null, 0, false, kpi, period, start, array_agg(distinct member), 0 from placed where member is not null
            group by kpi, period, start""";

    /** Locks the periods $1 to $3 of KPIs that count distinct values, always in the same order, and returns their sketches. */
    static final String SKETCHES =
            """
            insert into rollups as r (kpi, period, start, count)
            select kpi, period, start, 0 from unnest($1::int[], $2::text[], $3::timestamptz[]) as given (kpi, period, start)
            order by kpi, period, start
            on conflict (kpi, period, start) do update set count = r.count
            returning kpi, period, start, sketch""";

    /** The same periods with their sketches $4 after a page, and how many values these have, $5. */
    static final String SKETCHED =
            """
            update rollups r set sketch = given.sketch, count = given.count
            from unnest($1::int[], $2::text[], $3::timestamptz[], $4::bytea[], $5::bigint[])
              as given (kpi, period, start, sketch, count)
            where r.kpi = given.kpi and r.period = given.period and r.start = given.start""";

    private static final String VALUE =
            """
             trim_scale(case f.function when 'sum' then coalesce(r.sum, 0) when 'average' then r.sum / r.count
               when 'min' then r.smallest when 'max' then r.largest else coalesce(r.count, 0) end)::text
            from unnest($1::int[], $2::text[], $3::text[]) as f (kpi, name, function)
            """;

    static final String TOTALS = "select f.name, 0::bigint, coalesce(r.count, 0)," + VALUE
            + "left join rollups r on r.kpi = f.kpi and r.period = 'all' limit $4";

    /** The newest first, which are returned when there are too many. */
    static final String PERIODS = "select f.name, (extract(epoch from r.start) * 1000000)::bigint, r.count," + VALUE
            + """
            join rollups r on r.kpi = f.kpi and r.period = $5
              and r.start >= timestamptz 'epoch' + $6::bigint * interval '1 microsecond'
              and r.start < timestamptz 'epoch' + $7::bigint * interval '1 microsecond'
            order by r.start desc, f.name desc limit $4""";

    private RollupSql() {}
}
