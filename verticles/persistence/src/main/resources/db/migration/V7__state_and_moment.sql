-- The entities of a stream that are still there, for those who load it and then follow it. With the position in the index, or
-- the state in its condition, every change of an entity would cost entries here and in the primary key, instead of being a
-- heap-only update. This way only making, deleting and moving one to another stream does.
alter table entities add column gone boolean not null generated always as (state is null) stored;
create index entities_stream on entities (stream) where not gone;

-- Taken under the lock of the stream, so that it rises with the position, and where a stream stood at a time can be found by
-- halving. now() is when a transaction began, before it waited for its turn.
alter table events alter column committed_at set default clock_timestamp();
