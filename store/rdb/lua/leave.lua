-- Takes an order off the queue of a product; its units may wait no more. The last one closes it.
-- KEYS and ARGV as in wait.lua; units, score, limit and attempt are not used.
-- Returns {'ok'}; a second call changes nothing.
local had = redis.call('HGET', KEYS[2], ARGV[1])
local stood = redis.call('ZREM', KEYS[1], ARGV[1])
if had then
  redis.call('HDEL', KEYS[2], ARGV[1], '@' .. ARGV[1])
  redis.call('HINCRBY', KEYS[2], '#', -tonumber(had))
end
if redis.call('ZCARD', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[2])
  redis.call('SREM', KEYS[3], ARGV[5])
end
if had or stood == 1 then
  redis.call('INCR', KEYS[4])
  redis.call('PUBLISH', ARGV[6], '1')
  redis.call('INCR', KEYS[5])
  redis.call('PUBLISH', ARGV[7], '1')
end
return { 'ok' }
