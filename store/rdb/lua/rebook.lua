-- Books again what was booked by hand, if the ledger does not have it: all lines or none, and once.
-- KEYS[12] what was booked again  KEYS[13] products that are being corrected  KEYS[14] the correction that
-- this began
-- ARGV[8] the first entry that it had in the ledger  ARGV[9] fingerprint of the wish, '' for a step without
-- a name  ARGV[10] id of the correction that this began, '' for none  ARGV[11] the correction, JSON
-- ARGV[12] number of products of which units are given up, then those products
-- ARGV[...] product, change, product, change ...
-- Returns {'there'} when it is booked, {'ok'} when it is now, {'short', product, units that could go ...}
-- when fewer would be left than are promised.
local first = 13 + tonumber(ARGV[12])
if redis.call('HEXISTS', KEYS[12], ARGV[8]) == 1 then return { 'there' } end
if ARGV[9] ~= '' and redis.call('EXISTS', KEYS[7]) == 1 then return { 'there' } end
for _, entry in ipairs(redis.call('XRANGE', KEYS[4], ARGV[8], ARGV[8])) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  if fields.product == ARGV[first] and fields.on_hand == ARGV[first + 1] then return { 'there' } end
end

local short = { 'short' }
for i = first, #ARGV, 2 do
  local left = free(ARGV[i]) + tonumber(ARGV[i + 1])
  if tonumber(ARGV[i + 1]) < 0 and left < 0 then
    short[#short + 1] = ARGV[i]
    short[#short + 1] = tostring(math.max(free(ARGV[i]), 0))
  end
end
if #short > 1 then return short end

for i = first, #ARGV, 2 do move(ARGV[i], tonumber(ARGV[i + 1]), 0) end
redis.call('HSET', KEYS[12], ARGV[8], '1')
redis.call('EXPIRE', KEYS[12], 604800)
for i = 13, first - 1 do redis.call('HSET', KEYS[13], ARGV[i], ARGV[10]) end
if ARGV[10] ~= '' then redis.call('SET', KEYS[14], ARGV[11]) end
if ARGV[9] ~= '' then redis.call('SET', KEYS[7], ARGV[9], 'EX', 604800) end
hint()
return { 'ok' }
