-- Claims the wish to place an order. KEYS[1] idem:<uid>
-- ARGV[1] number for a new order  ARGV[2] fingerprint of what is ordered  ARGV[3] now, unix ms
-- ARGV[4] how long, in ms, another claim is left alone  ARGV[5] seconds to remember it for
-- ARGV[6] who claims it  ARGV[7] token of the link for a new order
-- Returns {'new' | 'again', number, claim, token}, {'busy', number} while somebody else is at it,
-- {'other', number} when the same wish once meant another order. Who claimed it last under the same number
-- knows that nobody else is at it, and gets it again at once.
local number, body, at, by, token = unpack(redis.call('HMGET', KEYS[1], 'number', 'body', 'at', 'by', 'token'))
if not number then
  redis.call('HSET', KEYS[1], 'number', ARGV[1], 'body', ARGV[2], 'at', ARGV[3], 'claim', '1', 'by', ARGV[6], 'token', ARGV[7])
  redis.call('EXPIRE', KEYS[1], ARGV[5])
  return { 'new', ARGV[1], '1', ARGV[7] }
end
if body ~= ARGV[2] then return { 'other', number } end
local own = number == ARGV[1] and by == ARGV[6]
if not own and tonumber(ARGV[3]) - tonumber(at) < tonumber(ARGV[4]) then return { 'busy', number } end
redis.call('HSET', KEYS[1], 'at', ARGV[3], 'by', ARGV[6])
return { 'again', number, tostring(redis.call('HINCRBY', KEYS[1], 'claim', 1)), token or '' }
