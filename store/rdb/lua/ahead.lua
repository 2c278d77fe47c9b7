-- How many units of a product orders wait for that are served before one order; all of them when it
-- does not stand in the queue. Reads only.
-- KEYS[1] queue  KEYS[2] units of each order in it, and '#', their sum  ARGV[1] order
local rank = redis.call('ZRANK', KEYS[1], ARGV[1])
if not rank then return redis.call('HGET', KEYS[2], '#') or '0' end
local sum = 0
for from = 0, rank - 1, 500 do
  local before = redis.call('ZRANGE', KEYS[1], from, math.min(from + 499, rank - 1))
  for _, units in ipairs(redis.call('HMGET', KEYS[2], unpack(before))) do
    sum = sum + tonumber(units or '0')
  end
end
return tostring(sum)
