-- By which path an event came to the commit, beside how many attempts that took: before, a number below 1 in `attempts` said so.
-- 0 direct, 1 by the queue, 2 the fallback; null in rows that are older than this.
alter table events add column path smallint;
alter table dropped add column path smallint;
