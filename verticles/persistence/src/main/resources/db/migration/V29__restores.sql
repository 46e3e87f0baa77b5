-- One row: which database this is, so that one that was restored from a backup is noticed (RestoreCheck). "beat" grows after
-- commits, every two seconds at most, however many nodes there are; Redis is told it too. Nulls: no node has looked yet.
create table database_state (
  system   bigint,                                      -- the server's system identifier
  database bigint,                                      -- the database's oid
  timeline int,
  beat     bigint not null default 0,
  beat_at  timestamptz not null default clock_timestamp(),
  lost     bigint not null default 0,                   -- how many acknowledged events failovers are known to have lost
  restores bigint not null default 0                    -- how often all streams began anew
) with (fillfactor = 50);
insert into database_state default values;

-- All streams begin anew, with epochs longer than that of any stream that was never reset: positions that were given out before mean nothing from now on. To be called after a restore from a
-- backup; what it returns is the number of streams. Sinks go on from where the backup has them.
create function reset_streams() returns bigint language plpgsql as $$
declare
  fresh  text := substr('abcdefghijklmnopqrstuvwxyz', 1 + floor(random() * 26)::int, 1);
  number bigint;
begin
  perform from database_state for update;
  for i in 1..4 loop
    fresh := fresh || substr('abcdefghijklmnopqrstuvwxyz0123456789', 1 + floor(random() * 36)::int, 1);
  end loop;
  lock table streams in exclusive mode;
  lock table sink_positions in share row exclusive mode;  -- a sink that saves meanwhile sees the new epoch afterwards
  update sink_parked p set epoch = case s.epoch when fresh then fresh || '0' else fresh end
    from streams s where s.name = p.stream and s.epoch = p.epoch;
  update sink_positions p set epoch = case s.epoch when fresh then fresh || '0' else fresh end
    from streams s where s.name = p.stream and s.epoch = p.epoch;
  update streams set epoch = case epoch when fresh then fresh || '0' else fresh end, changed_at = clock_timestamp();
  get diagnostics number = row_count;
  update database_state set restores = restores + 1;
  return number;
end
$$;
