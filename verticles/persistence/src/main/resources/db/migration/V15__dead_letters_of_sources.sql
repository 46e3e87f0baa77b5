-- Two sources may read the same topic, and each has dead letters of its own: a letter of a source is known by its source,
-- too.

-- The constraint was named by PostgreSQL.
do $$
begin
  execute (select 'alter table dead_letters drop constraint ' || quote_ident(conname) from pg_constraint
           where conrelid = 'dead_letters'::regclass and contype = 'u');
end
$$;

create unique index dead_letters_origin on dead_letters (origin_topic, origin_partition, origin_offset, origin_at,
  (case stage when 'sources' then source else '' end));
