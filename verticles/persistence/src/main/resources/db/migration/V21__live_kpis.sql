-- Distinct values are counted by sketches of bounded size: the hashes of the values while these are few, then an UltraLogLog.
-- rollup_members is of the release before: its nodes may still run beside this one, and nothing else uses it. The next
-- migration drops it.
alter table rollups add column sketch bytea;

-- The present value of each KPI, as it was published last. Several nodes try at each KPI's pace: the lock on its row and
-- published_at say which one does.
create table kpi_live (
  kpi          integer primary key,
  published_at timestamptz not null default 'epoch',
  revision     bigint not null default 0,         -- rises with each other value: microseconds since 1970
  data         text                               -- JSON as clients get it; null before the first value
) with (fillfactor = 50);
