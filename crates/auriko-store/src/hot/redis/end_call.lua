-- Ends a management call. KEYS: its record. ARGV: fingerprint, state ('' forgets it), status, body.
if redis.call('HGET', KEYS[1], 'fingerprint') ~= ARGV[1] then return '0' end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'state', ARGV[2], 'status', ARGV[3], 'body', ARGV[4])
end
return '1'
