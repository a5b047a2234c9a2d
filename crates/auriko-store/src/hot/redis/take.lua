-- Takes from all buckets, or from none; the arithmetic is explained in limit/bucket.rs.
-- KEYS: one per bucket. ARGV: now in microseconds; then per bucket: units per minute, level to add.
-- Returns 1 or 0, then the levels. Exact below 2^53: up to 150 million units per minute.
local now = tonumber(ARGV[1])
local reply, times = {'1'}, {}
for index, key in ipairs(KEYS) do
  local per_minute, amount = tonumber(ARGV[2 * index]), tonumber(ARGV[2 * index + 1])
  local bucket = redis.call('HMGET', key, 'level', 'at')
  local level, at = tonumber(bucket[1] or '0'), tonumber(bucket[2] or ARGV[1])
  level = math.max(0, level - math.max(0, now - at) * per_minute)
  if level + amount > per_minute * 60000000 then reply[1] = '0' end
  reply[index + 1], times[index] = level, math.max(at, now)
end
for index, key in ipairs(KEYS) do
  local level = reply[index + 1]
  if reply[1] == '1' then
    local per_minute = tonumber(ARGV[2 * index])
    level = level + tonumber(ARGV[2 * index + 1])
    redis.call('HSET', key, 'level', string.format('%.0f', level), 'at', string.format('%.0f', times[index]))
    redis.call('PEXPIRE', key, math.ceil(level / per_minute / 1000) + 1000)
  end
  reply[index + 1] = string.format('%.0f', level)
end
return reply
