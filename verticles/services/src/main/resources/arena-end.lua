-- Ends the round of a room whose time is over, if one leads; otherwise it goes on until one does, or all are gone.
--
-- KEYS: the room's hash of the round, players, scores, totals; its results; all rooms' timers
-- ARGV: the rules, the room, the time in ms
-- Answers 1 if results wait to be published.

local ROUND, PLAYERS, SCORES, TOTALS, RESULTS, TIMERS = unpack(KEYS)
local rules, room, now = cjson.decode(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local ends = tonumber(redis.call('HGET', ROUND, 'endsAt') or 0)

local function unsent() return redis.call('LLEN', RESULTS) > 0 and 1 or 0 end
if ends == 0 then
  -- It has ended; the timer stays until its results are published.
  if unsent() == 0 then redis.call('ZREM', TIMERS, room) else redis.call('ZADD', TIMERS, now + rules.againMs, room) end
  return unsent()
end
if ends > now then
  redis.call('ZADD', TIMERS, ends, room)
  return unsent()
end

local scores, best, winner = {}, 0, nil
local all = redis.call('HGETALL', SCORES)
for i = 1, #all, 2 do
  local points = tonumber(all[i + 1])
  scores[all[i]] = points
  if points > best then best, winner = points, all[i] elseif points == best then winner = nil end
end
local present = false
for _, text in ipairs(redis.call('HVALS', PLAYERS)) do
  present = present or now - cjson.decode(text).seen < rules.absentMs
end
redis.call('ZADD', TIMERS, now + rules.againMs, room)
if winner == nil and present then return unsent() end

local cause = redis.call('HGET', ROUND, 'id')
local function tell(step, type, data)
  redis.call('RPUSH', RESULTS, cjson.encode({ cause = cause, step = step, type = type, data = data }))
end
if winner then
  tell('finished', 'game:finished', { gameId = room, winner = winner, scores = scores, round = tonumber(redis.call('HGET', ROUND, 'number')) })
  for name, points in pairs(scores) do
    local total = redis.call('HINCRBY', TOTALS, name, points)
    local level = 1 + math.floor(total / rules.levelPoints)
    tell('rewarded ' .. name, 'player:rewarded', { playerId = name, gameId = room, points = points, total = total, level = level })
  end
  redis.call('PEXPIRE', TOTALS, rules.totalsMs)
end
redis.call('HSET', ROUND, 'endsAt', 0, 'breakUntil', now + rules.breakMs)
redis.call('PEXPIRE', ROUND, rules.keepMs)
return unsent()
