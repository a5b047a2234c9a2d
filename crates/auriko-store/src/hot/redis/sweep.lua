-- Finds what owners hold whose lease has run out, as owner, id and record of each claim. Nothing, when Redis was out of
-- reach until just now: then the living could not give a sign either.
-- KEYS: base name of the workspace's keys; what is known of the memory (generation.lua).
-- ARGV: after how long without any sign the dead are not told from the cut off, in ms.
local base = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local known = redis.call('HMGET', KEYS[2], 'run', 'seen', 'sweep_from')
if known[1] ~= run or now - tonumber(known[2]) > tonumber(ARGV[1]) or now < tonumber(known[3]) then return {} end
local found = {}
for _, owner in ipairs(redis.call('ZRANGEBYSCORE', base .. 'owners', '-inf', now)) do
  local live = redis.call('HGETALL', base .. 'live:' .. owner)
  if #live == 0 then redis.call('ZREM', base .. 'owners', owner) end
  for at = 1, #live, 2 do
    found[#found + 1] = owner
    found[#found + 1] = live[at]
    found[#found + 1] = live[at + 1]
  end
end
return found
