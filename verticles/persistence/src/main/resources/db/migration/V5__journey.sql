-- What an event's journey is told from. Null in rows that are older than this.
alter table events
  add column accepted_at timestamptz,             -- when ingest took it
  add column path        smallint,                -- 0 direct, 1 queue, 2 detour
  add column taken_at    timestamptz,             -- from the queue, by the attempt that committed it
  add column attempts    smallint;

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
  accepted_at  timestamptz not null,
  path         smallint not null,
  taken_at     timestamptz,
  attempts     smallint not null,
  stage        text not null,                     -- where it was dropped
  dropped_at   timestamptz not null default now(),
  primary key (id, source)
);
