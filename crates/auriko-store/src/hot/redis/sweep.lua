-- Turns what dead owners hold into spend, and returns the records of it.
-- KEYS: base name of the workspace's keys.
local base = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expired = {}
for _, owner in ipairs(redis.call('ZRANGEBYSCORE', base .. 'owners', '-inf', now)) do
  local live = redis.call('HGETALL', base .. 'live:' .. owner)
  for at = 1, #live, 2 do
    local claim = cjson.decode(live[at + 1])
    for _, hash in ipairs(claim.hashes) do
      for _, target in ipairs(claim.targets) do
        redis.call('HINCRBY', base .. hash, 'r:' .. target, '-' .. claim.amount)
        redis.call('HINCRBY', base .. hash, 's:' .. target, claim.amount)
      end
    end
    -- The owner may only have been suspended, and come back to end it.
    redis.call('SET', base .. 'ended:' .. live[at], '1', 'EX', 86400)
    expired[#expired + 1] = live[at]
    expired[#expired + 1] = live[at + 1]
  end
  redis.call('DEL', base .. 'live:' .. owner)
  redis.call('ZREM', base .. 'owners', owner)
end
return expired
