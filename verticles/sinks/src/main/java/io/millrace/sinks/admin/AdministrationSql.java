package io.millrace.sinks.admin;

/** The statements of {@link SinkAdministration}. {@code $1} is the sink's name. */
final class AdministrationSql {
    /** Of all sinks without a name. */
    static final String COUNTS = "select l.sink, count(p.number) filter (where not p.dead),"
            + " count(p.number) filter (where p.dead), l.progress ->> 'disabled'"
            + " from sink_leases l left join sink_parked p on p.sink = l.sink"
            + " where $1::text is null or l.sink = $1 group by l.sink order by l.sink";

    static final String DEAD = "select number, stream, epoch, pos, attempts, first_ms, error from sink_parked"
            + " where sink = $1 and dead and number > $2 order by number limit $3";

    /**
     * Its holder notes nothing any more, and ends it by its next renewal. Until then nobody else gets it, so that no two nodes
     * send.
     */
    static final String TAKE_AWAY = "update sink_leases set fence = fence + 1 where sink = $1 returning sink";

    static final String ENABLE = "update sink_leases set progress = progress - 'disabled' - 'alerted'"
            + " where sink = $1 and progress ? 'disabled'";

    private static final String CHOSEN =
            " from sink_parked where sink = $1 and dead and (cardinality($2::bigint[]) = 0 or number = any($2::bigint[]))";

    /** Of the dead ones how many are meant, and how many others wait. */
    static final String MATCHED =
            "select (select count(*)" + CHOSEN + "), (select count(*) from sink_parked where sink = $1 and not dead)";

    static final String REDRIVE = "update sink_parked set dead = false, attempts = 0, due_ms = 0,"
            + " first_ms = (extract(epoch from clock_timestamp()) * 1000)::bigint"
            + " where number in (select number" + CHOSEN + " order by number limit $3::bigint)";

    /** Where the sink is, and the first position that its stream still has; 1 if the stream was begun anew. */
    static final String WHERE = "select p.epoch, p.pos, coalesce((select coalesce((select e.pos from events e"
            + " where e.stream = s.id order by e.pos limit 1), s.head + 1) from streams s"
            + " where s.name = p.stream and s.epoch = p.epoch), 1)"
            + " from sink_positions p where p.sink = $1 and p.stream = $2 for update";

    static final String GO_BACK = "update sink_positions set pos = $3 where sink = $1 and stream = $2";

    /** {@code $1} what, {@code $2} who, {@code $3} the sink, {@code $4} about what. */
    static final String NOTE = "insert into sink_acts (act, by_user, sink, detail) values ($1, $2, $3, $4)";

    private AdministrationSql() {}
}
