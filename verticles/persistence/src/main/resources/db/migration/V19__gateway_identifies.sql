-- How often the shards of a bot may identify to a gateway, whichever nodes they are on: of each bucket of shards, the next
-- time. Times are this server's.
create table gateway_identifies (
  source  text        not null,
  bucket  int         not null,
  next_at timestamptz not null,
  primary key (source, bucket)
);
