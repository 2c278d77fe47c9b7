-- Makes the counters of some products what ledger and reservations say, and product_list with them.
-- What the ledger says of reservations follows the reservations themselves.
-- KEYS[14] sums of the ledger (see audit.lua)  KEYS[15] history of repairs  ARGV[8...] products
-- Returns {'ok', repaired products ...}, {'behind'} when too many entries are not in the sums yet:
-- add them up and ask again.
local upto = redis.call('HGET', KEYS[14], '#upto')
local tail = redis.call('XRANGE', KEYS[4], upto and '(' .. upto or '-', '+', 'COUNT', 1001)
if #tail > 1000 then return { 'behind' } end

local onhand, reserved, held = {}, {}, {}
for i = 8, #ARGV do
  onhand[ARGV[i]], reserved[ARGV[i]] = units(KEYS[14], 'h:' .. ARGV[i]), units(KEYS[14], 'r:' .. ARGV[i])
  held[ARGV[i]] = 0
end
for _, entry in ipairs(tail) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  local product = fields.product or ''
  if onhand[product] then
    onhand[product] = onhand[product] + (tonumber(fields.on_hand or '0') or 0)
    reserved[product] = reserved[product] + (tonumber(fields.reserved or '0') or 0)
  end
end
for _, key in ipairs(redis.call('SMEMBERS', KEYS[10])) do
  for i = 8, #ARGV do held[ARGV[i]] = held[ARGV[i]] + units(key, ARGV[i]) end
end

local answer = { 'ok' }
for i = 8, #ARGV do
  local product = ARGV[i]
  local h, r, want = units(KEYS[1], product), units(KEYS[2], product), held[product]
  if h ~= onhand[product] or r ~= want or reserved[product] ~= want then
    redis.call('HSET', KEYS[1], product, onhand[product])
    redis.call('HSET', KEYS[2], product, want)
    if reserved[product] ~= want then enter(product, 0, want - reserved[product]) end
    tell(product, onhand[product], want, h - r)
    redis.call('XADD', KEYS[15], 'MAXLEN', 1000, '*', 'product', product, 'who', ARGV[3], 'at', ARGV[5],
      'on_hand_was', h, 'on_hand', onhand[product], 'reserved_was', r, 'reserved', want)
    answer[#answer + 1] = product
  end
end
if #answer > 1 then hint() end
return answer
