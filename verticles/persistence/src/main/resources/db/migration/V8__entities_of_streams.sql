-- An entity's id is a name within its stream alone: who may write in one stream neither meets nor learns of what is in
-- another. What there is belongs to the stream of its last event; in the streams that it was in before it is gone, at the
-- version that it had there. (A node of the release before can't commit after this: what it is sent is refused as
-- unavailable, and sent again.)
alter table entities drop constraint entities_pkey, add primary key (stream, kind, id);
insert into entities (kind, id, version, state, stream, pos)
  select distinct on (c.stream, c.kind, c.id) c.kind, c.id, c.version, null, c.stream, c.pos
  from changes c join entities e on e.kind = c.kind and e.id = c.id and e.stream <> c.stream
  order by c.stream, c.kind, c.id, c.version desc;
alter table changes drop constraint changes_pkey, add primary key (stream, kind, id, version);
