-- Units come in or go out by hand: all lines or none, and once for each step. Lines name each product
-- once; what was seen is '' when it does not matter. A booking may begin a correction: then the units that
-- others give up are not in its lines, and come later.
-- KEYS[14] products that are being corrected  KEYS[15] the correction that this begins
-- ARGV[8] fingerprint of the wish, '' for a step without a name  ARGV[9] most units that a shelf may hold
-- ARGV[10] id of the correction that this begins, '' for none  ARGV[11] the correction, JSON
-- ARGV[12] number of products of which units are given up, then those products
-- ARGV[...] product, change, seen on hand, product, change, seen on hand ...
-- Returns {'ok', its first entry in the ledger}, {'again'} when the step was done before, {'other'} when it was another wish then,
-- {'busy', product} while another correction is under way, {'moved', product ...} when the books are not
-- what was seen, {'short', product, on hand, reserved, ...} when fewer would be left than are promised,
-- {'full', product ...}.
if ARGV[8] ~= '' then
  local done = redis.call('GET', KEYS[7])
  if done then return { done == ARGV[8] and 'again' or 'other' } end
end
local first = 13 + tonumber(ARGV[12])
for i = 13, first - 1 do
  if redis.call('HEXISTS', KEYS[14], ARGV[i]) == 1 then return { 'busy', ARGV[i] } end
end
local moved, short, full = { 'moved' }, { 'short' }, { 'full' }
for i = first, #ARGV, 3 do
  local product, change, seen = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local h, r = units(KEYS[1], product), units(KEYS[2], product)
  if seen ~= '' and redis.call('HEXISTS', KEYS[14], product) == 1 then return { 'busy', product } end
  if seen ~= '' and tonumber(seen) ~= h then moved[#moved + 1] = product end
  if h + change > tonumber(ARGV[9]) then full[#full + 1] = product end
  if change < 0 and h + change < r then
    short[#short + 1] = product
    short[#short + 1] = tostring(h)
    short[#short + 1] = tostring(r)
  end
end
for _, refusal in ipairs({ moved, short, full }) do
  if #refusal > 1 then return refusal end
end
for i = first, #ARGV, 3 do
  if tonumber(ARGV[i + 1]) ~= 0 then move(ARGV[i], tonumber(ARGV[i + 1]), 0) end
end
for i = 13, first - 1 do redis.call('HSET', KEYS[14], ARGV[i], ARGV[10]) end
if ARGV[10] ~= '' then redis.call('SET', KEYS[15], ARGV[11]) end
if ARGV[8] ~= '' then redis.call('SET', KEYS[7], ARGV[8], 'EX', 604800) end
hint()
return { 'ok', entered }
