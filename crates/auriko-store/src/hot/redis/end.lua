-- Ends a claim, once.
-- KEYS: base name of the workspace's keys. ARGV: owner, id, spent, record.
-- Returns 1: ended now; 0: had ended before; 'cold': the claim is lost and its counters are not loaded.
local base, owner, id, spent = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local claim = cjson.decode(ARGV[4])
local is_live = redis.call('HDEL', base .. 'live:' .. owner, id) == 1
if not is_live then
  if redis.call('EXISTS', base .. 'ended:' .. id) == 1 then return '0' end
  -- Redis has lost its memory since the claim was made; the money was spent nevertheless.
  for _, hash in ipairs(claim.hashes) do
    if spent ~= '0' and redis.call('HEXISTS', base .. hash, 'loaded') == 0 then return 'cold' end
  end
end
for _, hash in ipairs(claim.hashes) do
  for _, target in ipairs(claim.targets) do
    if is_live then redis.call('HINCRBY', base .. hash, 'r:' .. target, '-' .. claim.amount) end
    if spent ~= '0' then redis.call('HINCRBY', base .. hash, 's:' .. target, spent) end
  end
end
-- Outlives the tries of a replica that did not get the answer.
redis.call('SET', base .. 'ended:' .. id, '1', 'EX', 300)
return '1'
