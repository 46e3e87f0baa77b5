-- Whose an entity is, as its state says where its pack looks, so that one's own entities are found among all. Null: nobody's.
-- An owner seldom changes, so that an update stays heap-only. What there is takes the owner that its last event named.
alter table entities add column owner text;
update entities n set owner = (select e.owner from changes c join events e on e.stream = c.stream and e.pos = c.pos
    where c.stream = n.stream and c.kind = n.kind and c.id = n.id and length(e.owner) <= 128 order by c.version desc limit 1)
  where not gone;
create index entities_owner on entities (stream, kind, owner, id) where owner is not null and not gone;
