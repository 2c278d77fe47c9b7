-- Books again what was booked by hand, if the ledger does not have it: all lines or none, and once.
-- KEYS[14] what was booked again  KEYS[15] products that are being corrected  KEYS[16] the correction that
-- this began
-- ARGV[8] the first entry that it had in the ledger  ARGV[9] fingerprint of the wish, '' for a step without
-- a name  ARGV[10] id of the correction that this began, '' for none  ARGV[11] the correction, JSON
-- ARGV[12] number of products of which units are given up, then those products
-- ARGV[...] product, change, product, change ...
-- Returns {'there'} when it is booked, {'ok'} when it is now, {'short'} when fewer would be left than are
-- promised, {'busy'} while another correction of a product is under way whose units others give up.
local first = 13 + tonumber(ARGV[12])
if redis.call('HEXISTS', KEYS[14], ARGV[8]) == 1 then return { 'there' } end
if redis.call('EXISTS', KEYS[7]) == 1 then return { 'there' } end -- a step without a name leaves no mark
for _, entry in ipairs(redis.call('XRANGE', KEYS[4], ARGV[8], ARGV[8])) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  if fields.product == ARGV[first] and fields.on_hand == ARGV[first + 1] then return { 'there' } end
end

for i = 13, first - 1 do
  if redis.call('HEXISTS', KEYS[15], ARGV[i]) == 1 then return { 'busy' } end
end
for i = first, #ARGV, 2 do
  local change = tonumber(ARGV[i + 1])
  if change < 0 and free(ARGV[i]) + change < 0 then return { 'short' } end
end

for i = first, #ARGV, 2 do move(ARGV[i], tonumber(ARGV[i + 1]), 0) end
redis.call('HSET', KEYS[14], ARGV[8], '1')
redis.call('EXPIRE', KEYS[14], 604800)
for i = 13, first - 1 do redis.call('HSET', KEYS[15], ARGV[i], ARGV[10]) end
if ARGV[10] ~= '' then redis.call('SET', KEYS[16], ARGV[11]) end
if ARGV[9] ~= '' then redis.call('SET', KEYS[7], ARGV[9], 'EX', 604800) end
hint()
return { 'ok' }
