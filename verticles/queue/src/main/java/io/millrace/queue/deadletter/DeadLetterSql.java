package io.millrace.queue.deadletter;

import io.millrace.contracts.deadletter.DeadLetterFilter;

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

    /** The conditions of a filter, with {@code $1} to {@code $10}. */
    private static final String FILTER = " (cardinality($1::bigint[]) = 0 or id = any($1::bigint[]))"
            + " and ($2::text is null or type = $2) and ($3::text is null or stream = $3)"
            + " and ($4::text is null or code = $4) and ($5::text is null or fingerprint = $5)"
            + " and ($6::bigint = " + DeadLetterFilter.EVER + " or died_at >= " + time("$6::bigint") + ")"
            + " and ($7::bigint = " + DeadLetterFilter.NEVER + " or died_at < " + time("$7::bigint") + ")"
            + " and ($8::text is null or state = $8) and ($9::text is null or source = $9)"
            + " and ($10::bigint = 0 or act = $10)";

    private static final String MICROS = "(extract(epoch from %s) * 1000000)::bigint";

    /** Of a redriven event, which is known by (source, id), what became of it. */
    private static final String SEQUEL = "case when state = 'redriven' and event_id is not null then"
            + " case when exists (select from events e where e.source = d.source and e.id = d.event_id) then 'committed'"
            + " when exists (select from dead_letters n where n.event_id = d.event_id and n.source = d.source"
            + " and n.id > d.id) then 'died_again' else 'queued' end end";

    private static final String SHOWN = "select id, event_id, source, type, stream, code, message, fingerprint, stage,"
            + " attempts, origin_topic || '-' || origin_partition || '@' || origin_offset, "
            + MICROS.formatted("first_failed_at") + ", " + MICROS.formatted("died_at") + ", state, revision,"
            + " coalesce(act, 0), " + SEQUEL;

    static final String PAGE =
            SHOWN + " from dead_letters d where" + FILTER + " and id < $11::bigint order by id desc limit $12";

    static final String WHOLE = SHOWN + ", event::text, headers::text, record from dead_letters d where" + FILTER
            + " and id < $11::bigint order by id desc limit least(1, $12)";

    /**
     * How many letters match a filter, as rows that are to be added up: kept counts of whole hours, from {@code $11} to
     * before {@code $12}, and letters that died before and behind these.
     *
     * @param table the one with streams and sources, where the filter names one; it has many more rows
     */
    private static String counted(String table, String more) {
        return "(select fingerprint, code, type, slot, letters, first_at, last_at, last_id from " + table
                + " where ($2::text is null or type = $2) and ($4::text is null or code = $4)"
                + " and ($5::text is null or fingerprint = $5) and ($8::text is null or state = $8)" + more
                + " and slot >= " + time("$11::bigint") + " and slot < " + time("$12::bigint")
                + rows("died_at < " + time("$11::bigint")) + rows("died_at >= " + time("$12::bigint"))
                + ") as counted";
    }

    private static String rows(String when) {
        return " union all select fingerprint, code, type, died_at, 1, died_at, died_at, id from dead_letters where"
                + FILTER + " and " + when;
    }

    /** A statement about counts, and the same for filters that name a stream or a source. */
    record Counting(String all, String ofStreams) {
        private static Counting of(String before, String behind) {
            return new Counting(
                    before + counted("dead_letter_counts", "") + behind,
                    before
                            + counted(
                                    "dead_letter_stream_counts",
                                    " and ($3::text is null or stream = $3) and ($9::text is null or source = $9)")
                            + behind);
        }

        String of(DeadLetterFilter filter) {
            return filter.stream() == null && filter.source() == null ? all : ofStreams;
        }
    }

    /** Each with the message of its newest letter. */
    static final Counting GROUPS = Counting.of(
            "select g.fingerprint, g.code, g.type, d.message, g.letters, g.last_id, "
                    + MICROS.formatted("g.first_at") + ", " + MICROS.formatted("g.last_at")
                    + " from (select fingerprint, min(code) as code, min(type) as type, sum(letters)::bigint as letters,"
                    + " max(last_id) as last_id, min(first_at) as first_at, max(last_at) as last_at from ",
            " group by fingerprint order by letters desc, fingerprint limit 100) g"
                    + " left join dead_letters d on d.id = g.last_id order by g.letters desc, g.fingerprint");

    /** Of the groups {@code $13}, how many died in each period of {@code $14} seconds. */
    static final Counting PERIODS = Counting.of(
            "select fingerprint, floor(extract(epoch from slot)::float8 / $14::bigint)::bigint, sum(letters)::bigint from ",
            " where fingerprint = any($13::text[]) group by 1, 2");

    static final Counting COUNT = Counting.of("select coalesce(sum(letters), 0)::bigint from ", "");

    static final String STANDING =
            "select coalesce(sum(letters), 0)::bigint from dead_letter_counts where state = 'dead'";

    private static final String LETTERS = "select id, octet_length(coalesce(edited, record)) from dead_letters where";

    /** The oldest first; letters that another node has locked are skipped. */
    static final String LOCK = LETTERS + FILTER + " order by id limit $11 for update skip locked";

    /** The next of an act with a pace. It passes none over: it fails if another session has locked one of them. */
    static final String LOCK_NEXT =
            LETTERS + FILTER + " and id > $11::bigint and id <= $12::bigint order by id limit $13 for update nowait";

    static final String RECORDS = "select id, key, coalesce(edited, record), headers::text, stage, source,"
            + " origin_topic, origin_partition, origin_offset, message from dead_letters"
            + " where id = any($1::bigint[]) order by id";

    static final String ACT = "insert into dead_letter_acts (by, act, filter, letters, change)"
            + " values ($1, $2, $3::text::json, $4, $5::text::json) returning id";

    /** An act with a pace, unless so many are under way; for the letters that there are now. */
    static final String BEGIN = "insert into dead_letter_acts (by, act, filter, letters, pace, state, matched, refused,"
            + " at_id, last_id, due_at) select $1, $2, $3::text::json, 0, $4, 'running', $5, 0, 0,"
            + " coalesce((select max(id) from dead_letters), 0), now()"
            + " where (select count(*) from dead_letter_acts where state = 'running') < $6::bigint returning id";

    static final String STOP =
            "update dead_letter_acts set state = 'stopped', ended_at = now() where id = $1 and state = 'running'";

    /** How long until an act goes on, in milliseconds; null if none is under way. */
    static final String NEXT_DUE = "select (extract(epoch from min(due_at) - now()) * 1000)::bigint"
            + " from dead_letter_acts where state = 'running'";

    /** One that goes on now, and that no other node has. Any of them: one that can't go on is in no other's way. */
    static final String DUE = "select id, act, filter::text, pace, at_id, last_id, problem from dead_letter_acts"
            + " where state = 'running' and due_at <= now() order by random() limit 1 for update skip locked";

    static final String PROGRESS =
            "update dead_letter_acts set letters = letters + $2, refused = refused + $3, at_id = $4,"
                    + " problem = case when $5::text is not null then $5 when refused + $3 > 0 then problem end,"
                    + " due_at = now() + $6::bigint * interval '1 millisecond',"
                    + " state = case when $7 then 'done' else state end, ended_at = case when $7 then now() end where id = $1";

    /** Of an act whose step failed, unless another node took one since. */
    static final String PUT_OFF =
            "update dead_letter_acts set problem = $2, due_at = now() + $3::bigint * interval '1 millisecond'"
                    + " where id = $1 and state = 'running' and due_at <= now()";

    static final String ACTS = "select id, " + MICROS.formatted("at") + ", by, act, filter::text, letters::bigint,"
            + " change::text, pace, state, matched, refused, coalesce(" + MICROS.formatted("ended_at") + ", 0), problem"
            + " from dead_letter_acts where id < $1 order by id desc limit $2";

    static final String MARK = "update dead_letters set state = $2, act = $3 where id = any($1::bigint[])";

    static final String EDITED = "select coalesce(edited, record), revision from dead_letters"
            + " where id = $1 and state = 'dead' for update";

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
