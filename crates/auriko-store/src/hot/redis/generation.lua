-- Names the present memory of Redis, and says for how many ms counters must not be loaded yet.
-- KEYS: the name's key. ARGV: a name, in case there is none; how long to wait then, in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSETNX', KEYS[1], 'name', ARGV[1])
redis.call('HSETNX', KEYS[1], 'from', now + tonumber(ARGV[2]))
local from = tonumber(redis.call('HGET', KEYS[1], 'from'))
return {redis.call('HGET', KEYS[1], 'name'), math.max(0, from - now)}
