-- Puts what PostgreSQL knows into counter hashes that are not loaded in this life of the server, and counts what is held.
-- KEYS: base name of the workspace's keys.
-- ARGV: per hash: name, lifetime in seconds, number of targets; then per target: name, spent.
local base = KEYS[1]
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local cold = {}
local at = 1
while at <= #ARGV do
  local name, lifetime, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local hash = base .. name
  at = at + 3
  if redis.call('HGET', hash, 'loaded') ~= run then
    redis.call('DEL', hash)
    for target = at, at + 2 * count - 1, 2 do
      redis.call('HSET', hash, 's:' .. ARGV[target], ARGV[target + 1])
    end
    redis.call('HSET', hash, 'loaded', run)
    redis.call('EXPIRE', hash, lifetime)
    cold[name] = true
  end
  at = at + 2 * count
end
if next(cold) then
  for _, owner in ipairs(redis.call('ZRANGE', base .. 'owners', 0, -1)) do
    for _, record in ipairs(redis.call('HVALS', base .. 'live:' .. owner)) do
      local claim = cjson.decode(record)
      for _, name in ipairs(claim.hashes) do
        if cold[name] then
          for _, target in ipairs(claim.targets) do
            redis.call('HINCRBY', base .. name, 'r:' .. target, claim.amount)
          end
        end
      end
    end
  end
end
return '1'
