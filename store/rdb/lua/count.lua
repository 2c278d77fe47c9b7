-- Books a count: ARGV[8] product  ARGV[9] units that are really on hand.
-- KEYS[14] products that are being corrected (see book.lua)
-- Returns {'ok', on hand, reserved, its entry in the ledger, change}, {'busy', product} while a correction of the product is under way, or
-- {'short', product, reserved} when fewer were counted than are promised. The same count again changes
-- nothing.
local product, counted = ARGV[8], tonumber(ARGV[9])
local reserved = units(KEYS[2], product)
if redis.call('HEXISTS', KEYS[14], product) == 1 then return { 'busy', product } end
if counted < reserved then return { 'short', product, tostring(reserved) } end
local diff = counted - units(KEYS[1], product)
if diff ~= 0 then
  move(product, diff, 0)
  hint()
elseif redis.call('HEXISTS', KEYS[1], product) == 0 then
  redis.call('HSET', KEYS[1], product, '0')
  hint()
end
return { 'ok', tostring(counted), tostring(reserved), entered, tostring(diff) }
