package io.millrace.sources.postgres.capture;

/** What is asked of a source's database. All are reads. Views are asked as JSON, since releases differ in their columns. */
final class CatalogSql {
    /** Columns: version, wal_level, standby, system identifier, place in the log, whether the user may replicate. */
    static final String SERVER =
            """
            select current_setting('server_version_num')::int, current_setting('wal_level'), pg_is_in_recovery(),
              (select system_identifier::text from pg_control_system()),
              case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text,
              (select rolreplication or rolsuper or exists (select 1 from pg_auth_members m join pg_roles g on g.oid = m.roleid
                where m.member = r.oid and g.rolname in ('rds_replication', 'cloudsqlsuperuser', 'azure_pg_admin'))
                from pg_roles r where rolname = current_user)
            """;

    /** $1: the slot. Columns: the slot, the place in the log. */
    static final String SLOT =
            "select (select to_jsonb(s) from pg_replication_slots s where slot_name = $1), pg_current_wal_lsn()::text";

    /** $1: the publication. A row if it is there. */
    static final String PUBLICATION = "select to_jsonb(p) from pg_publication p where pubname = $1";

    /** $1: the publication, $2 and $3: schemas and names. A row of JSON for each table that is there. */
    static final String TABLES =
            """
            with recursive base (oid, root) as (
              select oid, oid from pg_type where typbasetype = 0
              union all select t.oid, b.root from pg_type t join base b on t.typbasetype = b.oid
            )
            select jsonb_build_object('schema', n.nspname, 'table', c.relname,
              'key', coalesce((select jsonb_agg(a.attname order by k.place) from pg_index i
                cross join lateral unnest(i.indkey) with ordinality k (number, place)
                join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
                where i.indrelid = c.oid and i.indisprimary), '[]'),
              'columns', (select jsonb_agg(jsonb_build_object('name', a.attname, 'oid', t.oid::int8, 'type', t.typname,
                'array', t.typcategory = 'A', 'generated', a.attgenerated <> '') order by a.attnum)
                from pg_attribute a join base b on b.oid = a.atttypid join pg_type t on t.oid = b.root
                where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
              'partitioned', c.relkind = 'p',
              'identity', c.relreplident = 'f' or exists (select from pg_index i where i.indrelid = c.oid
                and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end),
              'member', p.table is not null, 'published', p.table -> 'attnames', 'filter', p.table -> 'rowfilter')
            from unnest($2::text[], $3::text[]) wanted (schema, name)
            join pg_namespace n on n.nspname = wanted.schema
            join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name and c.relkind in ('r', 'p')
            left join lateral (select to_jsonb(m) as table from pg_publication_tables m
              where m.pubname = $1 and m.schemaname = wanted.schema and m.tablename = wanted.name) p on true
            """;

    /** The number of the next transaction. */
    static final String NEXT_TRANSACTION = "select pg_snapshot_xmax(pg_current_snapshot())::text::int8";

    /** $1: a transaction's number. Column: whether all before it have ended. */
    static final String ENDED = "select pg_snapshot_xmin(pg_current_snapshot())::text::int8 >= $1::int8";

    /** $1: a process. Columns: whether it is of the same user, what it calls itself. */
    static final String SENDER =
            "select usename is not distinct from current_user, application_name from pg_stat_activity where pid = $1";

    /**
     * $1: a slot, $2: the process that used it. Ends it if it still does, and sends: one that makes the slot by hand has it, too.
     */
    static final String TERMINATE = "select pg_terminate_backend(a.pid) from pg_replication_slots s"
            + " join pg_stat_activity a on a.pid = s.active_pid"
            + " where s.slot_name = $1 and a.pid = $2 and a.backend_type = 'walsender'";

    /** $1: a slot, $2: the publication. Columns: the end of the log, how many changes there are before it: none or some. */
    static final String QUIET =
            """
            select until::text, (select count(*) from pg_logical_slot_peek_binary_changes($1, until, 1,
              'proto_version', '1', 'publication_names', $2)) from pg_current_wal_flush_lsn() until
            """;

    /** $1: a slot, $2: a place in the log. */
    static final String ADVANCE = "select pg_replication_slot_advance($1, $2::text::pg_lsn)";

    private CatalogSql() {}
}
