-- Who did what about clients' connections, and who tried.
create table connection_acts (
  id         bigint      not null generated always as identity primary key,
  act        text        not null,                      -- disconnect, denied
  by_user    text        not null,
  at         timestamptz not null default now(),
  connection text,                                      -- the one connection
  person     text,                                      -- or those of a user
  tried      text                                       -- what was denied
);
