package io.millrace.queue.deadletter;

/** The statements about dead letters. */
final class DeadLetterSql {
    private static final String TIME = "timestamptz 'epoch' + %s * interval '1 microsecond'";

    private static String time(String micros) {
        return TIME.formatted(micros);
    }

    /** Stores each letter once, even if a record is read again. Returns the codes of the new ones. */
    static final String INSERT = "insert into dead_letters (origin_topic, origin_partition, origin_offset, origin_at,"
            + " event_id, source, type, stream, code, message, fingerprint, stage, attempts, headers, event, key, record,"
            + " first_failed_at, died_at, alerted)"
            + " select topic, part, pos, " + time("at")
            + ", event_id, source, type, stream, code, message, fingerprint,"
            + " stage, attempts, headers::json, event::json, key, record, " + time("first") + ", " + time("died")
            + ", alerted from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[],"
            + " $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int[], $14::text[], $15::text[],"
            + " $16::bytea[], $17::bytea[], $18::bigint[], $19::bigint[], $20::bool[])"
            + " as given (topic, part, pos, at, event_id, source, type, stream, code, message, fingerprint, stage,"
            + " attempts, headers, event, key, record, first, died, alerted)"
            + " on conflict do nothing returning code";

    /** As {@link #INSERT}, of one letter of a source: if it was decided about before, it stands again. */
    static final String REPORT = INSERT.replace(
            " on conflict do nothing returning code",
            " on conflict (origin_topic, origin_partition, origin_offset, origin_at,"
                    + " (case stage when 'sources' then source else '' end))"
                    + " do update set state = 'dead', code = excluded.code, message = excluded.message,"
                    + " fingerprint = excluded.fingerprint, died_at = excluded.died_at, alerted = excluded.alerted"
                    + " where dead_letters.state <> 'dead' returning code");

    /** The conditions of a filter, with {@code $1} to {@code $8}. */
    private static final String FILTER = " (cardinality($1::bigint[]) = 0 or id = any($1::bigint[]))"
            + " and ($2::text is null or type = $2) and ($3::text is null or stream = $3)"
            + " and ($4::text is null or code = $4) and ($5::text is null or fingerprint = $5)"
            + " and died_at >= " + time("$6::bigint") + " and died_at < " + time("$7::bigint")
            + " and ($8::text is null or state = $8)";

    private static final String MICROS = "(extract(epoch from %s) * 1000000)::bigint";

    private static final String SHOWN = "select id, event_id, source, type, stream, code, message, fingerprint, stage,"
            + " attempts, origin_topic || '-' || origin_partition || '@' || origin_offset, "
            + MICROS.formatted("first_failed_at") + ", " + MICROS.formatted("died_at") + ", state, revision";

    static final String PAGE =
            SHOWN + " from dead_letters where" + FILTER + " and id < $9::bigint order by id desc limit $10";

    static final String WHOLE = SHOWN + ", event::text, headers::text, record from dead_letters where" + FILTER
            + " and id < $9::bigint order by id desc limit least(1, $10)";

    /** A group has the message of its newest letter. */
    static final String GROUPS = "select fingerprint, min(code), min(type), (array_agg(message order by id desc))[1],"
            + " count(*) from dead_letters where" + FILTER
            + " group by fingerprint order by count(*) desc, fingerprint limit 100";

    static final String COUNT = "select count(*) from dead_letters where" + FILTER;

    static final String STANDING = "select count(*) from dead_letters where state = 'dead'";

    /** The oldest first; letters that another node has locked are skipped. */
    static final String LOCK = "select id, octet_length(coalesce(edited, record)) from dead_letters where" + FILTER
            + " order by id limit $9 for update skip locked";

    static final String RECORDS = "select id, key, coalesce(edited, record), headers::text, stage, source,"
            + " origin_topic, origin_partition, origin_offset, message from dead_letters"
            + " where id = any($1::bigint[]) order by id";

    static final String ACT = "insert into dead_letter_acts (by, act, filter, letters, change)"
            + " values ($1, $2, $3::text::json, $4, $5::text::json) returning id";

    static final String MARK = "update dead_letters set state = $2, act = $3 where id = any($1::bigint[])";

    static final String EDITED =
            "select coalesce(edited, record) from dead_letters" + " where id = $1 and state = 'dead' for update";

    static final String EDIT = "update dead_letters set edited = $2, event = $3::text::json, stream = $4, key = $5,"
            + " revision = revision + 1, act = $6 where id = $1";

    /** Of the letters to be told, the first of each fingerprint, the number of them, and the last. */
    static final String TO_TELL = "select d.id, event_id, source, type, code, message, d.fingerprint, stage, stream,"
            + " attempts, " + MICROS.formatted("died_at") + ", alike.letters, alike.last from dead_letters d"
            + " join (select min(id) as first, max(id) as last, count(*) as letters from dead_letters"
            + " where not alerted and fingerprint <> all($2::text[]) group by fingerprint order by 1 limit $1) alike"
            + " on d.id = alike.first order by d.id";

    static final String TOLD = "update dead_letters d set alerted = true"
            + " from unnest($1::text[], $2::bigint[]) as told (fingerprint, last)"
            + " where not d.alerted and d.fingerprint = told.fingerprint and d.id <= told.last";

    private DeadLetterSql() {}
}
