-- The oldest offset that history keeps of a stream; head + 1 if it keeps none. Whoever removes events sets it in the same
-- transaction. Beside the head, so that a page of history needs no search among entries of removed events, which stay in
-- the index of events until it is vacuumed.
alter table streams add column oldest bigint not null default 1;
