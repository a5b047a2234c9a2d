-- Ends a claim, once.
-- KEYS: base name of the workspace's keys.
-- ARGV: owner, id, spent, record, for how many seconds its end is remembered, who ends it.
-- Returns 1: ended now, or before by the same who did not get the answer; 0: had ended before; 'cold': its counters must be loaded first.
local base, owner, id, spent = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local live = base .. 'live:' .. owner
local ender = redis.call('GET', base .. 'ended:' .. id)
if ender then return ender == ARGV[6] and '1' or '0' end
local claim = cjson.decode(ARGV[4])
-- Counters that are not loaded get what was spent from PostgreSQL, where this will be written as well.
if spent ~= '0' then
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  for _, hash in ipairs(claim.hashes) do
    if redis.call('HGET', base .. hash, 'loaded') ~= run then return 'cold' end
  end
end
-- If it is not live, Redis has lost its memory since it was made, or was out of reach when it was; the money was spent
-- nevertheless.
local is_live = redis.call('HDEL', live, id) == 1
for _, hash in ipairs(claim.hashes) do
  for _, target in ipairs(claim.targets) do
    if is_live then redis.call('HINCRBY', base .. hash, 'r:' .. target, '-' .. claim.amount) end
    if spent ~= '0' then redis.call('HINCRBY', base .. hash, 's:' .. target, spent) end
  end
end
redis.call('SET', base .. 'ended:' .. id, ARGV[6], 'EX', ARGV[5])
return '1'
