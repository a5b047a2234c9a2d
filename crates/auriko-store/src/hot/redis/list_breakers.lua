-- What is to be left alone, as names and times; forgets what is over.
-- KEYS: the hash of all. ARGV: now in microseconds.
local now, found = tonumber(ARGV[1]), {}
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  if tonumber(string.match(all[at + 1], '^%d+')) > now then
    found[#found + 1] = {all[at], all[at + 1]}
  else
    redis.call('HDEL', KEYS[1], all[at])
  end
end
return found
