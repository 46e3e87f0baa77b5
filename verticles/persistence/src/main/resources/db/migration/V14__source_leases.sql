-- Sources that run on one node at a time. Times are this server's. "fence" grows with each acquisition: what an earlier
-- holder still writes is refused.
create table source_leases (
  source   text        not null primary key,
  holder   text,                                        -- a process of a node; null: nobody's
  fence    bigint      not null default 0,
  until    timestamptz not null default '-infinity',
  progress jsonb                                        -- where the source was, as it wrote that under its fence
);

-- The processes that can run sources, so that these are spread over them.
create table source_nodes (
  node    text        not null primary key,
  sources text[]      not null,
  until   timestamptz not null
);
