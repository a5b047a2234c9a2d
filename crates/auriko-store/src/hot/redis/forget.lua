-- Forgets claims that their owner does not hold any more: Redis has missed their ends.
-- KEYS: base name of the workspace's keys. ARGV: owner, ids.
local base, live = KEYS[1], KEYS[1] .. 'live:' .. ARGV[1]
for at = 2, #ARGV do
  local record = redis.call('HGET', live, ARGV[at])
  if record then
    local claim = cjson.decode(record)
    for _, hash in ipairs(claim.hashes) do
      for _, target in ipairs(claim.targets) do
        redis.call('HINCRBY', base .. hash, 'r:' .. target, '-' .. claim.amount)
      end
    end
    redis.call('HDEL', live, ARGV[at])
  end
end
return '1'
