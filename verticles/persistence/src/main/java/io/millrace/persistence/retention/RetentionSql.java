package io.millrace.persistence.retention;

/** The statements of a sweep, in the order in which they are sent. Times are PostgreSQL's, of the commit. */
final class RetentionSql {
    /**
     * True for one session at a time, as long as that lasts, and for the session that has the lock already. Other schemas of
     * the database have locks of their own.
     */
    static final String LOCK =
            "select pg_try_advisory_lock(hashtext('millrace retention'), hashtext(current_schema()))";

    static final String UNLOCK = "select pg_advisory_unlock_all()";

    /**
     * The streams with ids above {@code $1}, {@code $2} at most, with the age of their oldest event, milliseconds: null if
     * they have none, or if somebody has deleted it.
     */
    static final String STREAMS = "select s.id, s.name, s.head, s.oldest,"
            + " (extract(epoch from now() - e.committed_at) * 1000)::bigint"
            + " from (select id, name, head, oldest from streams where id > $1 order by id limit $2) s"
            + " left join events e on e.stream = s.id and e.pos = s.oldest order by s.id";

    /**
     * Removes the events of the stream {@code $1} from the offset {@code $2} on, {@code $3} at most, that were committed more
     * than {@code $4} ms ago; {@code committed_at} rises with the offset. The row of the stream, which commits lock, is locked
     * last, when the events are gone. Returns the number of events, and the oldest offset that is kept; null if none was
     * removed.
     */
    static final String REMOVE_EVENTS =
            "with past as materialized (select max(pos) as last from events where stream = $1 and pos >= $2"
                    + " and pos < $2 + $3::bigint and committed_at < now() - $4::bigint * interval '1 millisecond'),"
                    + " removed as (delete from events where stream = $1 and pos >= $2 and pos < $2 + $3::bigint"
                    + " and pos <= (select last from past) returning 1),"
                    + " moved as (update streams set oldest = greatest(oldest, (select last + 1 from past))"
                    + " where id = $1 and (select count(*) from removed) > 0)"
                    + " select (select count(*) from removed), (select last + 1 from past)";

    /** Sets the oldest offset of the stream {@code $1}, whose event at {@code $2} was deleted; {@code $3} is its head. */
    static final String FIND_OLDEST = "update streams s set oldest = coalesce((select pos from events e"
            + " where e.stream = s.id and e.pos > $2 order by pos limit 1), $3::bigint + 1) where id = $1 and oldest = $2";

    /** How many pages the audit has on the disk. */
    static final String PAGES = "select pg_relation_size('changes') / current_setting('block_size')::bigint";

    /**
     * Removes the changes in the pages from {@code $1} to before {@code $2} that are older than {@code $3} ms and whose events
     * are gone. By their place on the disk: an index by time would cost each commit more than this costs in all.
     */
    static final String REMOVE_CHANGES = "delete from changes c using streams s"
            + " where c.ctid >= format('(%s,0)', $1::bigint)::tid and c.ctid < format('(%s,0)', $2::bigint)::tid"
            + " and c.at < now() - $3::bigint * interval '1 millisecond' and s.id = c.stream and c.pos < s.oldest";

    private RetentionSql() {}
}
