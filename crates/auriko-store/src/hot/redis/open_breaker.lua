-- Leaves something alone until an instant, or longer if another replica says so.
-- KEYS: the hash of all. ARGV: name, until, until when its provider asked for it; microseconds, 0 for never.
-- Numbers of 16 digits are exact.
local ends, asked = tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  local known_until, known_asked = string.match(known, '^(%d+) (%d+)$')
  ends, asked = math.max(ends, tonumber(known_until)), math.max(asked, tonumber(known_asked))
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %.0f', ends, asked))
return '1'
