-- Alerts that are on, as the nodes report them: one row while one is on, and until its end was told. Told means that the event
-- system:alert was committed; a crash between the two tells it again, under the same id.
create table alerts (
  alert    text        not null,                        -- queue-age …
  about    text        not null,                        -- a backing service, a source, a node; or empty
  since    timestamptz not null,
  message  text        not null,
  told     boolean     not null default false,
  ended_at timestamptz,
  ack_by   text,                                        -- who looks after it
  ack_at   timestamptz,
  primary key (alert, about)
);

-- Alerts that raise no event until a time, whether they are on or not.
create table alert_silences (
  alert    text        not null,
  about    text        not null,
  ends_at  timestamptz not null,
  reason   text,
  by_user  text        not null,
  primary key (alert, about)
);

-- Who did what about them, and who tried.
create table alert_acts (
  id      bigint      not null generated always as identity primary key,
  act     text        not null,                         -- acknowledge, unacknowledge, silence, unsilence, denied
  by_user text        not null,
  at      timestamptz not null default now(),
  alert   text,                                         -- null: what was denied
  about   text,
  detail  jsonb       not null                          -- what it was about, or what was tried
);
