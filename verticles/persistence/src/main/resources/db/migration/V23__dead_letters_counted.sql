-- How many dead letters there are of each failure, by their state and the hour in which they died: counting a million rows
-- takes seconds. Kept by triggers, so that nodes of the release before keep it too. A row whose letters have gone goes.
create table dead_letter_counts (
  fingerprint text        not null,
  state       text        not null,
  slot        timestamptz not null,               -- the hour
  type        text,                               -- null where the event couldn't be read
  code        text        not null,               -- the same for all of a fingerprint
  letters     bigint      not null,
  first_at    timestamptz not null,
  last_at     timestamptz not null,
  last_id     bigint      not null                -- the newest that was ever counted here: an example
) with (fillfactor = 70);

-- In an array a null equals a null.
create unique index dead_letter_counts_key on dead_letter_counts (fingerprint, state, slot, (array[type]));
create index dead_letter_counts_state on dead_letter_counts (state);

-- The same by stream and source, of which there may be as many as letters.
create table dead_letter_stream_counts (
  key         bytea       not null primary key,   -- a hash of the columns up to "type"
  fingerprint text        not null,
  state       text        not null,
  slot        timestamptz not null,
  stream      text,
  source      text,
  type        text,
  code        text        not null,
  letters     bigint      not null,
  first_at    timestamptz not null,
  last_at     timestamptz not null,
  last_id     bigint      not null
) with (fillfactor = 70);

create index dead_letter_stream_counts_stream on dead_letter_stream_counts (stream, source);
create index dead_letter_stream_counts_source on dead_letter_stream_counts (source);

create function count_dead_letters() returns trigger language plpgsql as $count$
declare
  counted text := 'fingerprint, state, stream, source, code, type, died_at, id, date_trunc(''hour'', died_at, ''UTC'') as slot';
  changed text := case tg_op
      when 'INSERT' then 'select 1 as n, ' || counted || ' from added'
      when 'DELETE' then 'select -1 as n, ' || counted || ' from gone'
      else 'select 1 as n, ' || counted || ' from added union all select -1, ' || counted || ' from gone'
    end;
  kept text := ' do update set letters = kept.letters + excluded.letters,'
    || ' first_at = least(kept.first_at, excluded.first_at), last_at = greatest(kept.last_at, excluded.last_at),'
    || ' last_id = greatest(kept.last_id, excluded.last_id) returning kept.ctid as place, letters)'
    || ' select array_agg(place) from changed where letters = 0';
  empty tid[];                                    -- the places of rows without letters, which this transaction has locked
begin
  -- In the order of their keys: transactions that change the same rows wait for each other, and never in a circle.
  execute 'with changed as (insert into dead_letter_counts as kept'
    || ' select fingerprint, state, slot, type, min(code), sum(n), min(died_at), max(died_at), max(id)'
    || ' from (' || changed || ') as changed group by fingerprint, state, slot, type having sum(n) <> 0'
    || ' order by fingerprint, state, slot, array[type]'
    || ' on conflict (fingerprint, state, slot, (array[type]))' || kept into empty;
  delete from dead_letter_counts where ctid = any(empty);
  execute 'with changed as (insert into dead_letter_stream_counts as kept'
    || ' select sha256(convert_to((fingerprint, state, extract(epoch from slot), stream, source, type)::text, ''UTF8'')),'
    || ' fingerprint, state, slot, stream, source, type, min(code), sum(n), min(died_at), max(died_at), max(id)'
    || ' from (' || changed || ') as changed group by fingerprint, state, slot, stream, source, type having sum(n) <> 0'
    || ' order by 1 on conflict (key)' || kept into empty;
  delete from dead_letter_stream_counts where ctid = any(empty);
  return null;
end
$count$;

create trigger dead_letters_added after insert on dead_letters
  referencing new table as added for each statement execute function count_dead_letters();
create trigger dead_letters_changed after update on dead_letters
  referencing old table as gone new table as added for each statement execute function count_dead_letters();
create trigger dead_letters_gone after delete on dead_letters
  referencing old table as gone for each statement execute function count_dead_letters();

insert into dead_letter_stream_counts
select sha256(convert_to((fingerprint, state, extract(epoch from slot), stream, source, type)::text, 'UTF8')),
       fingerprint, state, slot, stream, source, type, min(code), count(*), min(died_at), max(died_at), max(id)
from (select *, date_trunc('hour', died_at, 'UTC') as slot from dead_letters) as letters
group by fingerprint, state, slot, stream, source, type;

insert into dead_letter_counts
select fingerprint, state, slot, type, min(code), sum(letters), min(first_at), max(last_at), max(last_id)
from dead_letter_stream_counts group by fingerprint, state, slot, type;

-- Letters of a time, and those of an act.
create index dead_letters_died on dead_letters (died_at);
create index dead_letters_act on dead_letters (act) where act is not null;

-- An act with a pace is carried out bit by bit, by whichever node has its row locked.
alter table dead_letter_acts
  add column pace     integer,                    -- letters a second; null: it was carried out at once, as all below
  add column state    text,                       -- running, stopped, done
  add column matched  bigint,                     -- how many letters it was to be about
  add column refused  bigint,                     -- of them, those that could not be sent and stand
  add column last_id  bigint,                     -- no letter behind this one is its: what dies again is a new letter
  add column at_id    bigint,                     -- letters up to this one are done with
  add column due_at   timestamptz,                -- when it goes on
  add column ended_at timestamptz,
  add column problem  text;                       -- why it waits, or why letters were refused
create index dead_letter_acts_running on dead_letter_acts (due_at) where state = 'running';
