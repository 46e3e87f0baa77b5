-- One commit writes all four tables together, in bulk. No foreign keys between them: only that one statement writes here,
-- and a check for each row would cost more than the row.

create table streams (
  id         integer generated always as identity primary key,
  name       text not null unique,
  epoch      text not null,                       -- changes when the stream is begun anew
  head       bigint not null default 0,           -- the newest position; 0 before the first event
  changed_at timestamptz not null default now()   -- not indexed, so that moving a head stays a heap-only update
) with (fillfactor = 50);

create table events (
  stream       integer not null,
  pos          bigint not null,                   -- 1, 2, 3 … without a gap in each stream
  id           text not null,
  source       text not null,
  type         text not null,
  time         timestamptz not null,              -- when it happened, says the sender
  priority     smallint not null,                 -- 0 low, 1 normal, 2 high, 3 critical
  data         json not null,                     -- json, not jsonb: the sender's own bytes, so that history and live are the same
  metadata     json,
  audience     json,                              -- target and exclude
  owner        text,
  entity_kind  text,
  entity_id    text,
  entity_version bigint,
  publisher    text not null,
  committed_at timestamptz not null default now(),
  primary key (stream, pos)
);

-- Exactly once: the same (source, id) is one row, by whatever way it comes.
create unique index events_identity on events (source, id);

create table entities (
  kind       text not null,
  id         text not null,
  version    bigint not null,
  state      jsonb,                               -- null once deleted; the version goes on
  stream     integer not null,
  pos        bigint not null,                     -- of the event that made this version
  changed_at timestamptz not null default now(),
  primary key (kind, id)
) with (fillfactor = 80);

-- The audit: who changed what, when, by which event; as merge patches (RFC 7396) in both directions.
create table changes (
  kind       text not null,
  id         text not null,
  version    bigint not null,
  stream     integer not null,
  pos        bigint not null,
  by         text not null,
  at         timestamptz not null default now(),
  after      json,                                -- the version before, patched with this, is this version; null: deleted
  before     json,                                -- this version, patched with this, is the one before; null: there was none
  primary key (kind, id, version)
);
