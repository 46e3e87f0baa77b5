-- What an event's journey is told from; null in rows that are older than this. Every column is paid for by every event, so
-- there are few, and times are microseconds since 1970, which need no arithmetic.
alter table events
  add column accepted_at bigint,                  -- when ingest took it
  add column taken_at    bigint,                  -- from the queue, by the attempt that committed it
  add column attempts    smallint;                -- by the queue; 0: it took the direct path, -1: the detour

-- The other way round it holds the same promise and costs the same, and finds an event by its id alone.
create unique index events_by_id on events (id, source);
drop index events_identity;
alter index events_by_id rename to events_identity;

-- Events that had expired before they were committed: what they were, without what they said.
create table dropped (
  id           text not null,
  source       text not null,
  type         text not null,
  stream       text not null,                     -- its name: it may never have been begun
  owner        text,
  audience     json,
  priority     smallint not null,
  publisher    text not null,
  accepted_at  bigint not null,
  taken_at     bigint,
  attempts     smallint not null,
  stage        text not null,                     -- where it was dropped
  dropped_at   timestamptz not null default now(),
  primary key (id, source)
);
