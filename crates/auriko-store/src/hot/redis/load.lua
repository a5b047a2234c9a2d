-- Puts what PostgreSQL knows into counter hashes that are not loaded in this life of the server, and counts what is held.
-- Of what a server read from its file the larger sum counts: neither its file nor PostgreSQL ever has more than was spent,
-- and either may lack the last moments of something that was killed.
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
    local spent = {}
    local known = redis.call('HGETALL', hash)
    for field = 1, #known, 2 do
      if string.sub(known[field], 1, 2) == 's:' then spent[known[field]] = known[field + 1] end
    end
    redis.call('DEL', hash)
    for target = at, at + 2 * count - 1, 2 do
      local field, sum = 's:' .. ARGV[target], ARGV[target + 1]
      if tonumber(spent[field] or '0') < tonumber(sum) then spent[field] = sum end
    end
    for field, sum in pairs(spent) do redis.call('HSET', hash, field, sum) end
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
