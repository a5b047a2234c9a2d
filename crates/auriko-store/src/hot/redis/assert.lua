-- A sign of life of an owner, with the claims that it holds, should Redis have lost them.
-- KEYS: base name of the workspace's keys. ARGV: owner, lease in ms; then per claim: id, record.
local base, owner, lease = KEYS[1], ARGV[1], tonumber(ARGV[2])
local live = base .. 'live:' .. owner
for at = 3, #ARGV, 2 do
  local id, record = ARGV[at], ARGV[at + 1]
  if redis.call('EXISTS', base .. 'ended:' .. id) == 0 and redis.call('HSETNX', live, id, record) == 1 then
    local claim = cjson.decode(record)
    for _, hash in ipairs(claim.hashes) do
      for _, target in ipairs(claim.targets) do
        redis.call('HINCRBY', base .. hash, 'r:' .. target, claim.amount)
      end
    end
  end
end
local time = redis.call('TIME')
redis.call('ZADD', base .. 'owners', time[1] * 1000 + math.floor(time[2] / 1000) + lease, owner)
return '1'
