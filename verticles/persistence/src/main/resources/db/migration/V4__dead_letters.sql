-- Events that could not be committed, after all their attempts. The queue stage copies them from Kafka's millrace.dead, where
-- they wait while PostgreSQL is away.

create table dead_letters (
  id               bigint generated always as identity primary key,
  origin_topic     text not null,                 -- the record that held the event first
  origin_partition integer not null,
  origin_offset    bigint not null,
  origin_at        timestamptz not null,          -- Kafka's time of it: a topic that is made anew begins at offset 0 again
  event_id         text,                          -- null, with the next two, where the record couldn't be read
  source           text,
  type             text,
  stream           text,
  code             text not null,
  message          text not null,
  fingerprint      text not null,                 -- the same for failures that differ only in ids and numbers
  stage            text not null,
  attempts         integer not null,
  headers          json not null,                 -- the sender's own: [{"name", "text" or "base64"}]
  event            json,                          -- readable, as last edited
  key              bytea,
  record           bytea not null,                -- as it came
  edited           bytea,                         -- what is redriven instead
  revision         integer not null default 0,    -- edits
  first_failed_at  timestamptz not null,
  died_at          timestamptz not null,
  state            text not null default 'dead',  -- dead, redriven, discarded
  act              bigint,                        -- the last one, in dead_letter_acts
  alerted          boolean not null,              -- whether those who may see it were told
  unique (origin_topic, origin_partition, origin_offset, origin_at)
);

create index dead_letters_standing on dead_letters (id) where state = 'dead';
create index dead_letters_fingerprint on dead_letters (fingerprint, id);
create index dead_letters_to_tell on dead_letters (id) where not alerted;

-- The audit: what people did about them.
create table dead_letter_acts (
  id         bigint generated always as identity primary key,
  at         timestamptz not null default now(),
  by         text not null,
  act        text not null,                       -- redrive, discard, edit
  filter     json not null,
  letters    integer not null,                    -- how many it was about
  change     json                                 -- of an edit
);
