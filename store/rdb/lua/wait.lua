-- Puts an order into the queue of a product: check and add in one step.
-- KEYS[1] queue  KEYS[2] units of each order in it, and '#', their sum  KEYS[3] products waited for
-- KEYS[4] revision of the catalogue's live channel  KEYS[5] revision of the queues'
-- ARGV[1] order  ARGV[2] units  ARGV[3] score  ARGV[4] most units that may wait, 0 for no limit
-- ARGV[5] product  ARGV[6] live channel of the catalogue  ARGV[7] live channel of the queues
-- ARGV[8] attempt at placing the order that this belongs to, 0 when the order exists already
-- Returns {'ok'} when the order stands there (also when it did already), {'full', units that still
-- may wait} when it would go above the limit.
local had = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
local others = tonumber(redis.call('HGET', KEYS[2], '#') or '0') - had
local units, most = tonumber(ARGV[2]), tonumber(ARGV[4])
if most > 0 and others + units > most then
  return { 'full', tostring(math.max(most - others, 0)) }
end
redis.call('SADD', KEYS[3], ARGV[5])
local stood = redis.call('ZSCORE', KEYS[1], ARGV[1])
if had == units and stood and tonumber(stood) == tonumber(ARGV[3]) then return { 'ok' } end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
if ARGV[8] ~= '0' then redis.call('HSET', KEYS[2], '@' .. ARGV[1], ARGV[8]) end
redis.call('HINCRBY', KEYS[2], '#', units - had)
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('INCR', KEYS[4])
redis.call('PUBLISH', ARGV[6], '1')
redis.call('INCR', KEYS[5])
redis.call('PUBLISH', ARGV[7], '1')
return { 'ok' }
