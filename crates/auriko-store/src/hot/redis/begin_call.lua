-- Registers a management call. KEYS: its record. ARGV: fingerprint, now, runs until, expires at (microseconds).
-- Returns nothing when it is ours; else fingerprint, state, runs until, status, body.
local expires = redis.call('HGET', KEYS[1], 'expires')
if expires and tonumber(expires) <= tonumber(ARGV[2]) then redis.call('DEL', KEYS[1]) end
if redis.call('HSETNX', KEYS[1], 'fingerprint', ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], 'state', 'running', 'runs_until', ARGV[3], 'expires', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], math.ceil((tonumber(ARGV[4]) - tonumber(ARGV[2])) / 1000))
  return {}
end
local record = redis.call('HMGET', KEYS[1], 'fingerprint', 'state', 'runs_until', 'status', 'body')
for at = 1, 5 do record[at] = record[at] or '' end
return record
