-- Claims the wish to place an order. KEYS[1] idem:<uid>
-- ARGV[1] number for a new order  ARGV[2] fingerprint of what is ordered  ARGV[3] now, unix ms
-- ARGV[4] how long, in ms, another claim is left alone  ARGV[5] seconds to remember it for
-- Returns {'new' | 'again', number, claim}, {'busy', number} while somebody else is at it,
-- {'other', number} when the same wish once meant another order.
local number, body, at, claim = unpack(redis.call('HMGET', KEYS[1], 'number', 'body', 'at', 'claim'))
if not number then
  redis.call('HSET', KEYS[1], 'number', ARGV[1], 'body', ARGV[2], 'at', ARGV[3], 'claim', '1')
  redis.call('EXPIRE', KEYS[1], ARGV[5])
  return { 'new', ARGV[1], '1' }
end
if body ~= ARGV[2] then return { 'other', number } end
if tonumber(ARGV[3]) - tonumber(at) < tonumber(ARGV[4]) then return { 'busy', number } end
redis.call('HSET', KEYS[1], 'at', ARGV[3])
return { 'again', number, tostring(redis.call('HINCRBY', KEYS[1], 'claim', 1)) }
