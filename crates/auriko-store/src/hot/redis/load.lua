-- Puts what PostgreSQL knows into counter hashes that are not loaded yet.
-- KEYS: base name of the workspace's keys.
-- ARGV: per hash: name, lifetime in seconds, number of targets; then per target: name, spent.
local base = KEYS[1]
local at = 1
while at <= #ARGV do
  local hash, lifetime, count = base .. ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  at = at + 3
  if redis.call('HEXISTS', hash, 'loaded') == 0 then
    for target = at, at + 2 * count - 1, 2 do
      redis.call('HINCRBY', hash, 's:' .. ARGV[target], ARGV[target + 1])
    end
    redis.call('HSET', hash, 'loaded', '1')
    redis.call('EXPIRE', hash, lifetime)
  end
  at = at + 2 * count
end
return '1'
