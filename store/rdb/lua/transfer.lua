-- One step of a transfer at one warehouse: units that an order holds leave (sign -1) or come
-- (sign 1). What comes is held for the order, unless it does not want it any more: it says so
-- (ARGV[10] is '1'), or its reservation here is closed for good.
-- ARGV[8] order  ARGV[9] sign  ARGV[10] unclaimed  ARGV[11...] product, units ...
-- Returns {'ok'} when the step is done (also when it was already), {'short', product, held, ...}
-- when the order does not hold what should leave.
if redis.call('EXISTS', KEYS[7]) == 1 then return { 'ok' } end
local sign = tonumber(ARGV[9])
local short = { 'short' }
if sign < 0 then
  for i = 11, #ARGV, 2 do
    local has = units(KEYS[6], ARGV[i])
    if has < tonumber(ARGV[i + 1]) then
      short[#short + 1] = ARGV[i]
      short[#short + 1] = tostring(has)
    end
  end
end
if #short > 1 then return short end
local unclaimed = sign > 0 and (ARGV[10] == '1' or closed())
for i = 11, #ARGV, 2 do
  local n = sign * tonumber(ARGV[i + 1])
  move(ARGV[i], n, unclaimed and 0 or n)
  if not unclaimed then redis.call('HINCRBY', KEYS[6], ARGV[i], n) end
end
if not unclaimed then redis.call('PERSIST', KEYS[6]) end
redis.call('SET', KEYS[7], '1', 'EX', 604800)
hint()
return { 'ok' }
