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

    private static final String MICROS = "timestamptz 'epoch' + %s * interval '1 microsecond'";

    /**
     * Everything a commit writes, at once. Entities that were there are locked and updated; the others are made. Answers
     * how many were made: fewer than given means that another commit was first with one, which no lock could prevent.
     */
    static final String WRITE = "with heads as (update streams s set head = given.head, changed_at = now()"
            + " from unnest($1::int[], $2::bigint[]) as given (id, head) where s.id = given.id),"
            + " written as (insert into events (stream, pos, id, source, type, time, priority, data, metadata, audience,"
            + " owner, entity_kind, entity_id, entity_version, publisher) select stream, pos, id, source, type, "
            + MICROS.formatted("micros")
            + ", priority, data::json, metadata::json, audience::json, owner, kind, entity, version, publisher"
            + " from unnest($3::int[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::smallint[],"
            + " $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::bigint[], $17::text[])"
            + " as given (stream, pos, id, source, type, micros, priority, data, metadata, audience, owner, kind, entity,"
            + " version, publisher)),"
            + " audited as (insert into changes (kind, id, version, stream, pos, by, after, before)"
            + " select kind, id, version, stream, pos, by, after::json, before::json"
            + " from unnest($18::text[], $19::text[], $20::bigint[], $21::int[], $22::bigint[], $23::text[], $24::text[],"
            + " $25::text[]) as given (kind, id, version, stream, pos, by, after, before)),"
            + " kept as (update entities e set version = given.version, state = given.state::jsonb,"
            + " stream = given.stream, pos = given.pos, changed_at = now()"
            + " from unnest($26::text[], $27::text[], $28::bigint[], $29::text[], $30::int[], $31::bigint[])"
            + " as given (kind, id, version, state, stream, pos) where e.kind = given.kind and e.id = given.id),"
            + " made as (insert into entities (kind, id, version, state, stream, pos)"
            + " select kind, id, version, state::jsonb, stream, pos"
            + " from unnest($32::text[], $33::text[], $34::bigint[], $35::text[], $36::int[], $37::bigint[])"
            + " as given (kind, id, version, state, stream, pos) on conflict (kind, id) do nothing returning 1)"
            + " select count(*)::int from made";

    private Sql() {}
}
