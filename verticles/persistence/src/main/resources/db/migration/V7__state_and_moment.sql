-- The entities of a stream, for those who load it and then follow it. Of the stream alone: with the position in it, every change
-- of an entity would cost an entry here and one in the primary key, instead of being a heap-only update.
create index entities_stream on entities (stream);

-- Taken under the lock of the stream, so that it rises with the position, and where a stream stood at a time can be found by
-- halving. now() is when a transaction began, before it waited for its turn.
alter table events alter column committed_at set default clock_timestamp();
