-- Checks budgets and holds an amount, or only reports what was counted.
-- KEYS: base name of the workspace's keys.
-- ARGV: owner, id ('' only reports), lease in ms, record; then per budget: hash, limit ('' is not enforced),
--   number of targets, targets.
-- Returns 'cold' when a counter hash is not loaded in this life of the server; else held (1 or 0), then spent and reserved of each budget.
-- Amounts are exact below 2^53 nano-dollars, 9 million dollars per budget and period.
local base, owner, id, lease = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local claim = cjson.decode(ARGV[4])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
for _, hash in ipairs(claim.hashes) do
  if redis.call('HGET', base .. hash, 'loaded') ~= run then return {'cold'} end
end
-- Its end overtook it.
if id ~= '' and redis.call('EXISTS', base .. 'ended:' .. id) == 1 then return redis.error_reply('ENDED') end

local amount = tonumber(claim.amount)
local reply = {'1'}
local at = 5
while at <= #ARGV do
  local hash, limit, count = base .. ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local spent, reserved = 0, 0
  for target = at + 3, at + 2 + count do
    spent = spent + tonumber(redis.call('HGET', hash, 's:' .. ARGV[target]) or '0')
    reserved = reserved + tonumber(redis.call('HGET', hash, 'r:' .. ARGV[target]) or '0')
  end
  if limit ~= '' then
    limit = tonumber(limit)
    if spent >= limit or spent + reserved + amount > limit then reply[1] = '0' end
  end
  reply[#reply + 1] = string.format('%.0f', spent)
  reply[#reply + 1] = string.format('%.0f', reserved)
  at = at + 3 + count
end

if id ~= '' and reply[1] == '1' then
  for _, hash in ipairs(claim.hashes) do
    for _, target in ipairs(claim.targets) do
      redis.call('HINCRBY', base .. hash, 'r:' .. target, claim.amount)
    end
  end
  redis.call('HSET', base .. 'live:' .. owner, id, ARGV[4])
  local time = redis.call('TIME')
  redis.call('ZADD', base .. 'owners', time[1] * 1000 + math.floor(time[2] / 1000) + lease, owner)
end
return reply
