-- The oldest offset that history keeps of a stream; head + 1 if it keeps none. Whoever removes events sets it in the same
-- transaction. Beside the head, so that a page of history needs no search among entries of removed events, which stay in
-- the index of events until it is vacuumed.
alter table streams add column oldest bigint not null default 1;

-- Events that an operator has deleted.
update streams s set oldest = first.pos
  from streams t cross join lateral
    (select coalesce((select pos from events where stream = t.id order by pos limit 1), t.head + 1) as pos) first
  where s.id = t.id and first.pos <> 1;
