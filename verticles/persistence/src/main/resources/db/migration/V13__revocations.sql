-- Tokens that are refused before they expire: one by its jti, those of a user, or all; "before" narrows the latter two to
-- tokens issued before that time. A row is deleted by an operator, or when the tokens it names have expired (ends_at).
create table revocations (
  id       bigint      not null generated always as identity primary key,
  token    text,
  person   text,
  before   timestamptz,
  ends_at  timestamptz,
  by_user  text        not null,
  at       timestamptz not null default now(),
  check (token is null or (person is null and before is null)),
  check (token is not null or person is not null or before is not null)
);
create index revocations_end on revocations (ends_at) where ends_at is not null;

-- One row: grows with each change of revocations, in the same transaction, so that a node knows whether its copy is whole.
create table revocations_version (version bigint not null);
insert into revocations_version values (0);

-- Who did what about them, and who tried.
create table revocation_acts (
  id         bigint      not null generated always as identity primary key,
  act        text        not null,                      -- made, deleted, denied
  by_user    text        not null,
  at         timestamptz not null default now(),
  revocation bigint,
  detail     jsonb                                      -- the revocation as it was, or what was tried
);
