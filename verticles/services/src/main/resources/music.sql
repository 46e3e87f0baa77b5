-- What is queued, plays, and was played: the playback history is what has a started_at.
create table if not exists music_items (
  id text primary key,
  number bigint generated always as identity,
  guild text not null,
  channel text not null,
  user_id text,
  track json not null,
  identifier text not null,
  autoplay boolean not null default false,
  status text not null default 'queued' check (status in ('queued', 'playing', 'played', 'skipped', 'failed')),
  attempts integer not null default 0,
  started_at timestamptz,
  ended_at timestamptz,
  reason text,
  ended_by text
);
create unique index if not exists music_items_playing on music_items (guild) where status = 'playing';
create index if not exists music_items_guild on music_items (guild, number);
create index if not exists music_items_ended_by on music_items (ended_by) where ended_by is not null;

-- How far an event ends what plays or waits: to what was there when it first came, whenever it comes again.
create table if not exists music_ends (
  event text primary key,
  guild text not null,
  last bigint not null,
  at timestamptz not null default clock_timestamp()
);
create index if not exists music_ends_at on music_ends (at);

-- The session of the Lavalink node, which is resumed after a restart.
create table if not exists music_sessions (
  node text primary key,
  session text not null
);

-- voice is the connection that Discord told: token, endpoint, sessionId, channelId; null while the bot is in no channel.
create table if not exists music_guilds (
  guild text primary key,
  config json not null default '{}',
  voice json
);
