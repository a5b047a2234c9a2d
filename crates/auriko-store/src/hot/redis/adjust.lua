-- Corrects a bucket. KEYS: the bucket. ARGV: now in microseconds, units per minute, level to add or subtract.
local now, per_minute = tonumber(ARGV[1]), tonumber(ARGV[2])
local bucket = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(bucket[1] or '0'), tonumber(bucket[2] or ARGV[1])
level = math.max(0, level - math.max(0, now - at) * per_minute)
level = math.max(0, level + tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'level', string.format('%.0f', level), 'at', string.format('%.0f', math.max(at, now)))
redis.call('PEXPIRE', KEYS[1], math.ceil(level / per_minute / 1000) + 1000)
return '1'
