-- Finds what owners hold whose lease has run out, as owner, id and record of each claim.
-- KEYS: base name of the workspace's keys.
local base = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
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
