package io.millrace.persistence.alert;

/** The statements of {@link AlertMarkStore} and {@link AlertTelling}. An act and its audit are one statement. */
final class AlertSql {
    private static final String MICROS = "(extract(epoch from %s) * 1000000)::bigint";

    private static final String TIME = "to_timestamp(0) + $%d::bigint * interval '1 microsecond'";

    /** $1 the alert, $2 what it is about. */
    private static final String KEY = "alert = $1::text and about = $2::text";

    /** {@code $3} by whom. One row for each that the act changed. */
    private static final String RECORDED = ", act as (insert into alert_acts (act, by_user, alert, about, detail)"
            + " select '%s', $3::text, alert, about, %s from r) select 1 from r";

    /** All that are on or whose end isn't told yet, and whether each is silenced. */
    static final String OPEN = "select a.alert, a.about, " + MICROS.formatted("a.since")
            + ", a.message, a.told, " + MICROS.formatted("a.ended_at") + ", exists (select from alert_silences s"
            + " where s.alert = a.alert and s.about = a.about and s.ends_at > now()) from alerts a";

    /** {@code $1} and {@code $2} the key, {@code $3} since when in microseconds, {@code $4} the message. */
    static final String RAISE = "insert into alerts (alert, about, since, message) values ($1::text, $2::text, "
            + TIME.formatted(3) + ", $4::text) on conflict do nothing";

    /** {@code $3} since when in microseconds: the alert may have ended and begun again since it was read. */
    private static final String THIS = KEY + " and since = " + TIME.formatted(3);

    static final String END = "update alerts set ended_at = now() where " + THIS + " and ended_at is null";

    static final String TOLD = "update alerts set told = true where " + THIS + " and not told";

    static final String DELETE = "delete from alerts where " + THIS + " and ended_at is not null";

    static final String ACKNOWLEDGED = "select alert, about, ack_by, " + MICROS.formatted("ack_at")
            + " from alerts where ack_by is not null and ended_at is null order by alert, about";

    static final String SILENCED = "select alert, about, " + MICROS.formatted("ends_at")
            + ", reason, by_user from alert_silences where ends_at > now() order by alert, about";

    /** {@code $1} and {@code $2} the key, {@code $3} by whom. */
    static final String ACKNOWLEDGE = "with r as (update alerts set ack_by = $3::text, ack_at = now() where " + KEY
            + " and ended_at is null returning *)"
            + RECORDED.formatted("acknowledge", "jsonb_build_object('since', since, 'message', message)");

    static final String UNACKNOWLEDGE = "with r as (update alerts set ack_by = null, ack_at = null where " + KEY
            + " and ack_by is not null returning *)"
            + RECORDED.formatted("unacknowledge", "jsonb_build_object('since', since)");

    /** {@code $4} until when in microseconds, {@code $5} why, {@code $6} how many there may be. */
    static final String SILENCE = "with r as (insert into alert_silences (alert, about, by_user, ends_at, reason)"
            + " select $1::text, $2::text, $3::text, " + TIME.formatted(4) + ", $5::text"
            + " where (select count(*) from alert_silences where not (" + KEY + ")) < $6::bigint"
            + " on conflict (alert, about) do update set ends_at = excluded.ends_at, reason = excluded.reason,"
            + " by_user = excluded.by_user returning *)"
            + RECORDED.formatted("silence", "jsonb_build_object('until', ends_at, 'reason', reason)");

    static final String UNSILENCE = "with r as (delete from alert_silences where " + KEY + " returning *)"
            + RECORDED.formatted("unsilence", "jsonb_build_object('until', ends_at, 'reason', reason)");

    /** {@code $1} who, {@code $2} what. */
    static final String DENIED = "insert into alert_acts (act, by_user, detail)"
            + " values ('denied', $1::text, jsonb_build_object('tried', $2::text))";

    static final String END_SILENCES = "delete from alert_silences where ends_at < now()";

    /** {@code $1} after how many milliseconds an act is old, {@code $2} how many at most. The ids follow the time. */
    static final String FORGET = "delete from alert_acts where id in (select id from"
            + " (select id, at from alert_acts order by id limit $2::int) oldest"
            + " where at < now() - $1::bigint * interval '1 millisecond')";

    private AlertSql() {}
}
