package io.millrace.persistence;

/** The statements of the commit, in the order in which it sends them. */
final class Sql {
    /** Streams are begun outside the commit: two commits may meet a new stream at once. */
    static final String BEGIN_STREAMS =
            "insert into streams (name, epoch) select * from unnest($1::text[], $2::text[]) on conflict (name) do nothing";

    /** The lock that makes positions gapless: held until the commit is durable. By id, so that no two commits cross. */
    static final String LOCK_STREAMS =
            "select id, name, epoch, head from streams where name = any($1::text[]) order by id for update";

    /** After the lock, in a statement of its own: only then does it see what the lock's last holder committed. */
    static final String KNOWN = "select e.source, e.id, e.type, e.data::text, s.name, s.epoch, e.pos"
            + " from unnest($1::text[], $2::text[]) as given (source, id)"
            + " join events e on e.source = given.source and e.id = given.id join streams s on s.id = e.stream";

    static final String LOCK_ENTITIES = "select e.kind, e.id, e.version, e.state::text from entities e"
            + " where (e.kind, e.id) in (select * from unnest($1::text[], $2::text[])) order by e.kind, e.id for update";

    /** Without locks, for a commit whose write finds out whether they are still so. */
    static final String ENTITIES = "select e.kind, e.id, e.version, e.state::text"
            + " from unnest($1::text[], $2::text[]) as given (kind, id)"
            + " join entities e on e.kind = given.kind and e.id = given.id";

    private static final String MICROS = "timestamptz 'epoch' + %s * interval '1 microsecond'";

    /**
     * Everything a commit writes, at once, and only if the streams end and the entities stand as the commit thinks;
     * otherwise it divides by zero, so that nothing is written (SQLSTATE 22012). The conditions come first: they are cheap
     * to find wrong, and take the locks in the order in which every commit takes them: streams, entities that are there,
     * entities that it makes.
     */
    static final String WRITE = "with heads as (update streams s set head = given.head, changed_at = now()"
            + " from unnest($1::int[], $2::bigint[], $3::bigint[]) as given (id, was, head)"
            + " where s.id = given.id and s.head = given.was returning 1),"
            + " written as (insert into events (stream, pos, id, source, type, time, priority, data, metadata, audience,"
            + " owner, entity_kind, entity_id, entity_version, publisher, accepted_at, taken_at,"
            + " attempts) select stream, pos, id, source, type, "
            + MICROS.formatted("micros")
            + ", priority, data::json, metadata::json, audience::json, owner, kind, entity, version, publisher,"
            + " accepted, taken, attempts"
            + " from unnest($4::int[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::smallint[],"
            + " $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::bigint[], $18::text[],"
            + " $19::bigint[], $20::bigint[], $21::smallint[])"
            + " as given (stream, pos, id, source, type, micros, priority, data, metadata, audience, owner, kind, entity,"
            + " version, publisher, accepted, taken, attempts)),"
            + " audited as (insert into changes (kind, id, version, stream, pos, by, after, before)"
            + " select kind, id, version, stream, pos, by, after::json, before::json"
            + " from unnest($22::text[], $23::text[], $24::bigint[], $25::int[], $26::bigint[], $27::text[], $28::text[],"
            + " $29::text[]) as given (kind, id, version, stream, pos, by, after, before)),"
            + " kept as (update entities e set version = given.version, state = given.state::json,"
            + " stream = given.stream, pos = given.pos, changed_at = now()"
            + " from unnest($30::bigint[], $31::text[], $32::text[], $33::bigint[], $34::text[], $35::int[], $36::bigint[])"
            + " as given (was, kind, id, version, state, stream, pos)"
            + " where e.kind = given.kind and e.id = given.id and e.version = given.was returning 1),"
            + " made as (insert into entities (kind, id, version, state, stream, pos)"
            + " select kind, id, version, state::json, stream, pos"
            + " from unnest($37::text[], $38::text[], $39::bigint[], $40::text[], $41::int[], $42::bigint[])"
            + " as given (kind, id, version, state, stream, pos) on conflict (kind, id) do nothing returning 1)"
            + " select 1 / (case when (select count(*) from heads) = cardinality($1::int[])"
            + " and (select count(*) from kept) = cardinality($30::bigint[])"
            + " and (select count(*) from made) = cardinality($37::text[]) then 1 else 0 end)";

    private Sql() {}
}
