-- Events that a sink is past and hasn't delivered: they wait for a retry, or for those of their key before them, or are dead.
-- Only where they are: what they are is in events. Written under the fence of the sink's lease.
create table sink_parked (
  number   bigint  not null generated always as identity primary key,   -- the order in which they were parked
  sink     text    not null,
  stream   text    not null,
  epoch    text    not null,
  pos      bigint  not null,
  key      text    not null,
  attempts integer not null,
  first_ms bigint  not null,                            -- when it was parked, milliseconds since 1970
  due_ms   bigint  not null,                            -- not before this it is tried again
  error    text,                                        -- of the last attempt; null: there was none
  dead     boolean not null,                            -- it is tried no more, until an operator redrives it
  unique (sink, stream, epoch, pos)
);
create index sink_parked_waiting on sink_parked (sink, number) where not dead;
create index sink_parked_dead on sink_parked (sink, number) where dead;
