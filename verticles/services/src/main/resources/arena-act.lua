-- Judges one action of a player, and does to the room's state what it comes to: at once, or not at all.
--
-- KEYS: the room's hash of the round, players, scores; the answer to this action; the room's results; all rooms' timers
-- ARGV: the rules, the action {id, content, room, player, kind: enter, move or shoot, x, y}, the time in ms
-- Answers {denied: why} or {data: what to change of the event, unsent: whether results wait}, as JSON.

local ROUND, PLAYERS, SCORES, ANSWER, RESULTS, TIMERS = unpack(KEYS)
local rules, act, now = cjson.decode(ARGV[1]), cjson.decode(ARGV[2]), tonumber(ARGV[3])

local function deny(why, ...) return cjson.encode({ denied = string.format(why, ...) }) end

-- A shot that comes again is answered as it was, and done once. A step is judged again: it leads to where its player stands.
local before = act.kind == 'shoot' and redis.call('GET', ANSWER)
if before then
  before = cjson.decode(before)
  return before.content == act.content and before.text or deny('another shot has this id: give each its own')
end

local function save(name, player) redis.call('HSET', PLAYERS, name, cjson.encode(player)) end
local function round(key) return tonumber(redis.call('HGET', ROUND, key) or 0) end
local function seconds(ms) return math.max(0.1, math.ceil(ms / 100) / 10) end

-- Those who are there: whoever hasn't acted for a while isn't.
local players, count, size = {}, 0, { red = 0, blue = 0 }
local all = redis.call('HGETALL', PLAYERS)
for i = 1, #all, 2 do
  local player = cjson.decode(all[i + 1])
  if now - player.seen < rules.absentMs then
    players[all[i]] = player
    count = count + 1
    size[player.team] = size[player.team] + 1
  else
    redis.call('HDEL', PLAYERS, all[i])
  end
end
local me = players[act.player]

-- Results are kept until the service has published them, or Millrace has refused them for good. An action that isn't kept may
-- come again later and come to something else: the time tells its results apart.
local cause = act.id .. ' ' .. ARGV[3]
local function tell(step, type, data) redis.call('RPUSH', RESULTS, cjson.encode({ cause = cause, step = step, type = type, data = data })) end

-- Puts a player, whole and loaded, on their team's side.
local function place(player)
  local nth = redis.call('HINCRBY', ROUND, 'placed', 1)
  player.x = math.floor(rules.width * (player.team == 'red' and 0.08 or 0.92))
  player.y = math.floor(rules.height * (0.1 + nth * 0.37 % 0.8))
  player.health, player.ammo, player.ammoAt = rules.health, rules.ammo, now
  player.reach, player.reachAt = rules.speed, now
end

local answer
if act.kind == 'enter' then
  -- Who is there already stays where they are: their page was loaded again.
  if me == nil then
    me = { team = size.red > size.blue and 'blue' or 'red', shotAt = 0 }
    place(me)
    players[act.player], count = me, count + 1
  end
  answer = { team = me.team, x = me.x, y = me.y, health = me.health }

elseif me == nil then
  return deny('you are not in the arena: enter it first')

elseif act.kind == 'move' then
  -- One may go as far as the time since the last move allows, that of a second at most.
  local way = math.sqrt((act.x - me.x) ^ 2 + (act.y - me.y) ^ 2)
  local reach = math.min(rules.speed, me.reach + (now - me.reachAt) * rules.speed / 1000)
  if way > reach + 0.01 then
    return deny('too far: %d m at once, when %d m were possible; you are at %d, %d', way, reach, me.x, me.y)
  end
  me.x, me.y, me.reach, me.reachAt = act.x, act.y, reach - way, now
  answer = { team = me.team, health = me.health }

else
  if now - me.shotAt < rules.cooldownMs then
    return deny('too soon: you may shoot again in %s s', seconds(rules.cooldownMs - now + me.shotAt))
  end
  if round('endsAt') == 0 then
    return deny('no round is being played: it takes two players, and a break of %s s', seconds(rules.breakMs))
  end
  local loaded = math.floor((now - me.ammoAt) / rules.loadMs)
  me.ammo, me.ammoAt = math.min(rules.ammo, me.ammo + loaded), me.ammoAt + loaded * rules.loadMs
  if me.ammo < 1 then
    return deny('out of ammunition: a shot is loaded in %s s', seconds(rules.loadMs - now + me.ammoAt))
  end
  local dx, dy = act.x - me.x, act.y - me.y
  local length = math.sqrt(dx * dx + dy * dy)
  if length < 1 then
    return deny('aim at something else than yourself')
  end
  if me.ammo == rules.ammo then me.ammoAt = now end
  me.ammo, me.shotAt = me.ammo - 1, now
  answer = { team = me.team, from = { x = me.x, y = me.y }, ammo = me.ammo }

  -- The nearest of the other team whom the shot passes closely enough.
  local victim, nearest
  for name, player in pairs(players) do
    local along = ((player.x - me.x) * dx + (player.y - me.y) * dy) / length
    local aside = math.abs((player.x - me.x) * dy - (player.y - me.y) * dx) / length
    if player.team ~= me.team and along > 0 and along <= rules.range and aside <= rules.size
      and (nearest == nil or along < nearest or (along == nearest and name < victim)) then
      victim, nearest = name, along
    end
  end
  for _, field in ipairs({ 'hit', 'damage', 'health', 'killed', 'respawn' }) do answer[field] = cjson.null end
  if victim then
    local other = players[victim]
    other.health = math.max(0, other.health - rules.damage)
    answer.hit, answer.damage, answer.health = victim, rules.damage, other.health
    if other.health == 0 then
      place(other)
      answer.killed, answer.respawn = true, { x = other.x, y = other.y }
      local score = redis.call('HINCRBY', SCORES, act.player, 1)
      tell('scored', 'game:scored', { gameId = act.room, playerId = act.player, scores = { [act.player] = score } })
    end
    save(victim, other)
  end
end
me.seen = now
save(act.player, me)

-- A round begins with an action, when two are there and the break is over.
if round('endsAt') == 0 and count > 1 and now >= round('breakUntil') then
  local number, ends = redis.call('HINCRBY', ROUND, 'number', 1), now + rules.roundMs
  redis.call('HSET', ROUND, 'endsAt', ends, 'id', cause)
  redis.call('DEL', SCORES)
  redis.call('ZADD', TIMERS, ends, act.room)
  local names = {}
  for name in pairs(players) do names[#names + 1] = name end
  table.sort(names)
  tell('started', 'game:started', { gameId = act.room, roomId = act.room, players = names, round = number, endsAt = ends })
end
local text = cjson.encode({ data = answer, unsent = redis.call('LLEN', RESULTS) > 0 })
if act.kind == 'shoot' then redis.call('SET', ANSWER, cjson.encode({ content = act.content, text = text }), 'PX', rules.keepMs) end
for _, key in ipairs({ ROUND, PLAYERS, SCORES }) do redis.call('PEXPIRE', key, rules.keepMs) end
return text
