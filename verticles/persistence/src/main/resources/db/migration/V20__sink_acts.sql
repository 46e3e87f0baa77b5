-- Who did what about sinks, and who tried.
create table sink_acts (
  id      bigint      not null generated always as identity primary key,
  act     text        not null,                         -- enable, redrive, replay, denied
  by_user text        not null,
  at      timestamptz not null default now(),
  sink    text,                                         -- null: what was denied
  detail  jsonb       not null                          -- what it was about, or what was tried
);

-- That operators were told that it fails, and why; null since it has run again.
alter table sink_leases add column told text;
alter table source_leases add column told text;
