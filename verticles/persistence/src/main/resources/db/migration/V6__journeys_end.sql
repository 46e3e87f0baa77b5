-- Nobody asks for ever what was dropped: persistence.dropped.keep.
create index dropped_at on dropped (dropped_at);

-- An event's journey goes by its dead letters.
create index dead_letters_event on dead_letters (event_id);
