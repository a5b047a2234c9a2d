-- A sign that somebody lives. Names the present memory of Redis, and says for how many ms counters must not be loaded
-- yet. A server that was started again has another memory, whatever it read from its file.
-- KEYS: what is known of it. ARGV: a name, in case it is new; how long to wait then, in ms; after how long without any
-- sign the dead are not told from the cut off, in ms; how long to wait then, in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local known = redis.call('HMGET', KEYS[1], 'run', 'seen')
if known[1] ~= run then
  redis.call('HSET', KEYS[1], 'run', run, 'name', ARGV[1], 'from', now + tonumber(ARGV[2]))
end
if known[1] ~= run or now - tonumber(known[2]) > tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'sweep_from', now + tonumber(ARGV[4]))
end
redis.call('HSET', KEYS[1], 'seen', now)
local from = tonumber(redis.call('HGET', KEYS[1], 'from'))
return {redis.call('HGET', KEYS[1], 'name'), math.max(0, from - now)}
