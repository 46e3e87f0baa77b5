-- Events that an operator has deleted. Not in the transaction of V26, whose lock on the table holds up every commit.
update streams s set oldest = first.pos
  from streams t cross join lateral
    (select coalesce((select pos from events where stream = t.id order by pos limit 1), t.head + 1) as pos) first
  where s.id = t.id and first.pos <> 1;
