-- Units come in or go out by hand: all lines or none, and once for each step. Lines name each product
-- once; what was seen is '' when it does not matter.
-- ARGV[8] fingerprint of the wish, '' for a step without a name  ARGV[9] most units that a shelf may hold
-- ARGV[10...] product, change, seen on hand, product, change, seen on hand ...
-- Returns {'ok'}, {'again'} when the step was done before, {'other'} when it was another wish then,
-- {'moved', product ...} when the books are not what was seen, {'short', product, on hand, reserved, ...}
-- when fewer would be left than are promised, {'full', product ...}.
if ARGV[8] ~= '' then
  local done = redis.call('GET', KEYS[7])
  if done then return { done == ARGV[8] and 'again' or 'other' } end
end
local moved, short, full = { 'moved' }, { 'short' }, { 'full' }
for i = 10, #ARGV, 3 do
  local product, change = ARGV[i], tonumber(ARGV[i + 1])
  local h, r = units(KEYS[1], product), units(KEYS[2], product)
  if ARGV[i + 2] ~= '' and tonumber(ARGV[i + 2]) ~= h then moved[#moved + 1] = product end
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
for i = 10, #ARGV, 3 do
  if tonumber(ARGV[i + 1]) ~= 0 then move(ARGV[i], tonumber(ARGV[i + 1]), 0) end
end
if ARGV[8] ~= '' then redis.call('SET', KEYS[7], ARGV[8], 'EX', 604800) end
hint()
return { 'ok' }
