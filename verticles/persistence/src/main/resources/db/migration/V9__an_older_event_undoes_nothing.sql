-- An event that was accepted before the newest change of its entity undoes nothing of it: when that was, and when the entity was
-- last put whole or deleted. Microseconds since 1970; 0: not known, so that anything is newer.
alter table entities
  add column as_of    bigint not null default 0,
  add column whole_at bigint not null default 0;

-- When a change was accepted, or the one that it followed if that was later; null in rows that are older than this.
alter table changes add column as_of bigint;
