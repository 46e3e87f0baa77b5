package io.millrace.persistence.revocation;

import io.millrace.contracts.revocation.Revocation;

/**
 * The statements of {@link RevocationStore}. Each changes the rows, the version and the audit in one transaction, whose lock
 * on the version lasts until the commit: versions are committed in their order.
 */
final class RevocationSql {
    private static final String MICROS = "(extract(epoch from %s) * 1000000)::bigint";

    private static final String COLUMNS = "r.id, r.token, r.person, " + MICROS.formatted("r.before") + " as before, "
            + MICROS.formatted("r.ends_at") + " as ends_at, r.by_user, " + MICROS.formatted("r.at") + " as at";

    /** What ended before that holds no more. */
    private static final String OVER = "now() - interval '" + Revocation.GRACE_SECONDS + " seconds'";

    private static final String OPEN = "(r.ends_at is null or r.ends_at > " + OVER + ")";

    /**
     * The clock is part of the version: a server that took over without the last commits gives their numbers to nobody, so a
     * node that knows one of them notices that another list is in force.
     */
    private static final String BUMP = "v as (update revocations_version set version = greatest(version + 1, "
            + MICROS.formatted("clock_timestamp()") + ") where exists (select from r) returning version)";

    private static final String ACT = "act as (insert into revocation_acts (act, by_user, revocation, detail)"
            + " select %s, %s, r.id, to_jsonb(r) from r)";

    private static final String TIME = "to_timestamp(0) + $%d::bigint * interval '1 microsecond'";

    /**
     * {@code $1} to {@code $5}: token, user, before and end in microseconds (null for none), who; {@code $6} how many there
     * may be. No row if there are so many.
     */
    static final String MAKE = "with r as (insert into revocations (token, person, before, ends_at, by_user)"
            + " select $1::text, $2::text, " + TIME.formatted(3) + ", " + TIME.formatted(4) + ", $5::text"
            + " where (select count(*) from revocations r where " + OPEN + ") < $6::bigint returning *), " + BUMP + ", "
            + ACT.formatted("'made'", "$5::text") + " select v.version, " + COLUMNS + " from r, v";

    /** {@code $1} the id, {@code $2} who. */
    static final String DELETE = "with r as (delete from revocations where id = $1::bigint returning *), " + BUMP + ", "
            + ACT.formatted("'deleted'", "$2::text") + " select v.version, " + COLUMNS + " from r, v";

    /** {@code $1} who, {@code $2} what. */
    static final String DENIED = "insert into revocation_acts (act, by_user, detail)"
            + " values ('denied', $1::text, jsonb_build_object('tried', $2::text))";

    /** Those whose tokens have expired. No row if there are none. */
    static final String END = "with r as (delete from revocations where ends_at <= " + OVER + " returning id), " + BUMP
            + " select version from v";

    /** {@code $1} after how many milliseconds an act is old, {@code $2} how many at most. The ids follow the time. */
    static final String FORGET = "delete from revocation_acts where id in (select id from"
            + " (select id, at from revocation_acts order by id limit $2::int) oldest"
            + " where at < now() - $1::bigint * interval '1 millisecond')";

    /**
     * {@code $1} the version that is known, {@code $2} the id before which, {@code $3} how many: the version with each
     * row, and one row of nulls if there is none.
     */
    static final String FIND = "select v.version, " + COLUMNS + " from revocations_version v left join lateral"
            + " (select * from revocations r where v.version <> $1::bigint and r.id < $2::bigint and " + OPEN
            + " order by r.id desc limit $3::bigint) r on true order by r.id desc";

    private RevocationSql() {}
}
