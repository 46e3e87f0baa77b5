-- Sinks run on one node at a time, as sources do (V14).
create table sink_leases (
  sink     text        not null primary key,
  holder   text,                                        -- a process of a node; null: nobody's
  fence    bigint      not null default 0,
  until    timestamptz not null default '-infinity',
  progress jsonb                                        -- that its positions are set, and what else it remembers
);

create table sink_nodes (
  node  text        not null primary key,
  sinks text[]      not null,
  until timestamptz not null
);

-- How far each sink is in each stream, written under its fence. By the stream's name and epoch, so that a stream that was
-- begun anew is noticed. No row: the sink begins at the stream's beginning.
create table sink_positions (
  sink   text   not null,
  stream text   not null,
  epoch  text   not null,
  pos    bigint not null,
  primary key (sink, stream)
) with (fillfactor = 50);
