-- What the KPIs of the packs amount to. The aggregate stage adds a page of a stream's events to the roll-ups and moves its
-- progress in one statement, so that each event is added once, whoever dies. As in V1, no foreign keys: nobody else writes here.

create table kpis (
  id         integer generated always as identity primary key,
  name       text not null,
  definition text not null,                       -- in a pack that changes it, a KPI is another one and begins anew
  unique (name, definition)
);

-- How far each KPI has each stream. By KPI, so that a new one begins at the stream's beginning and delays no other.
create table rollup_progress (
  stream     integer not null,
  kpi        integer not null,
  pos        bigint not null default 0,
  primary key (stream, kpi)
) with (fillfactor = 50);

-- Not by stream: many streams, like rooms, make one figure.
create table rollups (
  kpi        integer not null,
  period     text not null,                       -- all, day, week, month
  start      timestamptz not null,                -- of the period, in UTC; 1970 for all
  count      bigint not null,                     -- events that counted; of a KPI that tells values apart, its members
  sum        numeric,                             -- null unless the KPI is about numbers; so too the next two
  smallest   numeric,
  largest    numeric,
  primary key (kpi, period, start)
) with (fillfactor = 50);

-- The values that a KPI has told apart, by their SHA-256: an index has no room for a long text.
create table rollup_members (
  kpi        integer not null,
  period     text not null,
  start      timestamptz not null,
  member     bytea not null,
  primary key (kpi, period, start, member)
);
