-- Pairs of events that belong together. left_event and right_event are the events; due_at is, of an open pair, when it
-- expires; of a joined or an expired one, when its outcome is tried again; of one that is done, when it is forgotten.
create table if not exists service_pairs (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  key text not null,
  left_event json,
  right_event json,
  state text not null default 'open' check (state in ('open', 'joined', 'expired', 'done')),
  due_at timestamptz not null
);
create unique index if not exists service_pairs_open on service_pairs (name, key) where state = 'open';
create index if not exists service_pairs_due on service_pairs (name, due_at);

-- Which events a pair has had, so that one that comes again begins no other.
create table if not exists service_pair_events (
  name text not null,
  event text not null,
  pair uuid not null references service_pairs on delete cascade,
  primary key (name, event)
);
create index if not exists service_pair_events_pair on service_pair_events (pair);
