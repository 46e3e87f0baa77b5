-- Who had the event's entity before it, and hasn't any more: they are told that it is gone. Null where nobody lost it.
alter table events add column previous_owner text;
