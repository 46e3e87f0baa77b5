package io.millrace.persistence.store;

/** The statements of a commit, in the order in which they are sent. */
public final class CommitSql {
    /** Creates streams outside the commit, since two commits may need the same new stream. */
    /** In a database that was restored there may have been streams of these names that it doesn't know any more. */
    static final String BEGIN_STREAMS = "insert into streams (name, epoch) select given.name,"
            + " given.epoch || case when (select restores + lost from database_state) > 0 then '000' else '' end"
            + " from unnest($1::text[], $2::text[]) as given (name, epoch) on conflict (name) do nothing";

    /**
     * The lock that makes positions gapless, held until the commit is durable. Locked by id, so that commits don't
     * deadlock.
     */
    public static final String LOCK_STREAMS =
            "select id, name, epoch, head from streams where name = any($1::text[]) order by id for update";

    /** A statement of its own after the lock, since only then it sees what the previous holder committed. */
    public static final String KNOWN = "select e.source, e.id, e.type, e.data::text, s.name, s.epoch, e.pos"
            + " from unnest($1::text[], $2::text[]) as given (source, id)"
            + " join events e on e.source = given.source and e.id = given.id join streams s on s.id = e.stream";

    /** Without locks, for a commit whose write checks that the values are still true. */
    public static final String ENTITIES =
            "select given.kind, given.stream, given.id, e.version, e.state::text, e.as_of,"
                    + " e.whole_at"
                    + " from unnest($1::text[], $2::text[], $3::text[]) as given (kind, stream, id)"
                    + " join streams s on s.name = given.stream"
                    + " join entities e on e.stream = s.id and e.kind = given.kind and e.id = given.id";

    /** In the order in which {@link #WRITE} takes them, which is Java's, whatever the database's collation is. */
    public static final String LOCK_ENTITIES =
            ENTITIES + " order by e.stream, e.kind collate \"C\", e.id collate \"C\" for update of e";

    /**
     * The merges of entities that are newer than a time; later puts and deletes are known already. Where history has removed
     * the event, the audit still has what it changed.
     */
    public static final String MERGES =
            "select given.kind, given.stream, given.id, c.as_of, coalesce(e.data, c.after)::text"
                    + " from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as given (kind, stream, id, since)"
                    + " join streams s on s.name = given.stream"
                    + " join changes c on c.stream = s.id and c.kind = given.kind and c.id = given.id and c.as_of > given.since"
                    + " left join events e on e.stream = c.stream and e.pos = c.pos where coalesce(e.data, c.after) is not null";

    private static final String MICROS = "timestamptz 'epoch' + %s * interval '1 microsecond'";

    /**
     * Everything a commit writes, at once, and only if the streams end and the entities stand as the commit thinks;
     * otherwise it divides by zero, so that nothing is written (SQLSTATE 22012). The conditions come first: they are
     * cheap to find wrong, and take the locks in the order in which every commit takes them: streams, entities that are
     * there, entities that it makes.
     *
     * <p>Heads and versions are counters: if the commit that this one was decided on failed, another one may have
     * counted just as far. So the session remembers which commit was its last, and a commit may ask for the one that it
     * stands on.
     */
    public static final String WRITE =
            "with heads as (update streams s set head = given.head, changed_at = clock_timestamp()"
                    + " from unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[]) as given (id, epoch, was, head)"
                    + " where s.id = given.id and s.epoch = given.epoch and s.head = given.was returning 1),"
                    + " written as (insert into events (stream, pos, id, source, type, time, priority, data, metadata, audience,"
                    + " owner, entity_kind, entity_id, entity_version, publisher, accepted_at, taken_at,"
                    + " attempts, previous_owner, path) select stream, pos, id, source, type, "
                    + MICROS.formatted("micros")
                    + ", priority, data::json, metadata::json, audience::json, owner, kind, entity, version, publisher,"
                    + " accepted, taken, attempts, previous, path"
                    + " from unnest($5::int[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::smallint[],"
                    + " $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::bigint[], $19::text[],"
                    + " $20::bigint[], $21::bigint[], $22::smallint[], $54::text[], $23::smallint[])"
                    + " as given (stream, pos, id, source, type, micros, priority, data, metadata, audience, owner, kind, entity,"
                    + " version, publisher, accepted, taken, attempts, previous, path)),"
                    + " audited as (insert into changes (kind, id, version, stream, pos, by, after, before, as_of)"
                    + " select kind, id, version, stream, pos, by, after::json, before::json, as_of"
                    + " from unnest($24::text[], $25::text[], $26::bigint[], $27::int[], $28::bigint[], $29::text[], $30::text[],"
                    + " $31::text[], $32::bigint[]) as given (kind, id, version, stream, pos, by, after, before, as_of)),"
                    + " kept as (update entities e set version = given.version, state = given.state::json,"
                    + " pos = given.pos, as_of = given.as_of, whole_at = given.whole_at,"
                    + " owner = given.owner, changed_at = now()"
                    + " from unnest($33::bigint[], $34::text[], $35::text[], $36::bigint[], $37::text[], $38::int[], $39::bigint[],"
                    + " $40::bigint[], $41::bigint[], $42::text[])"
                    + " as given (was, kind, id, version, state, stream, pos, as_of, whole_at, owner)"
                    + " where e.stream = given.stream and e.kind = given.kind and e.id = given.id and e.version = given.was"
                    + " returning 1),"
                    + " made as (insert into entities (kind, id, version, state, stream, pos, as_of, whole_at, owner)"
                    + " select kind, id, version, state::json, stream, pos, as_of, whole_at, owner"
                    + " from unnest($43::text[], $44::text[], $45::bigint[], $46::text[], $47::int[], $48::bigint[],"
                    + " $49::bigint[], $50::bigint[], $51::text[])"
                    + " as given (kind, id, version, state, stream, pos, as_of, whole_at, owner)"
                    + " on conflict (stream, kind, id) do nothing returning 1)"
                    + " select 1 / (case when ($52::text is null or current_setting('millrace.commit', true) = $52::text)"
                    + " and (select count(*) from heads) = cardinality($1::int[])"
                    + " and (select count(*) from kept) = cardinality($33::bigint[])"
                    + " and (select count(*) from made) = cardinality($43::text[]) then 1 else 0 end),"
                    + " set_config('millrace.commit', $53::text, false)";

    private CommitSql() {}
}
