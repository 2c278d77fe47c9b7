-- Reserves every line for an order, or nothing. Lines name each product once.
-- ARGV[8] order  ARGV[9] attempt  ARGV[10] owner  ARGV[11...] product, units, product, units ...
-- Returns {'ok'} when the attempt holds (also when it did already), {'stale'} when a newer
-- attempt, or a fence, has overtaken it, {'short', product, free, ...} when units are missing,
-- {'taken'} when another order of the same number holds something here.
local attempt = tonumber(ARGV[9])
local seen = tonumber(redis.call('HGET', KEYS[6], '#attempt') or '0')
local fenced = tonumber(redis.call('HGET', KEYS[6], '#fence') or '0')
local owner = redis.call('HGET', KEYS[6], '#owner')
if owner and owner ~= ARGV[10] then return { 'taken' } end
if seen == attempt then return { 'ok' } end
if seen > attempt or fenced >= attempt then return { 'stale' } end

-- What an older attempt holds is kept as far as the new one wants it too: only the difference moves.
local old, wanted = {}, {}
for _, line in ipairs(held()) do old[line[1]] = line[2] end
local short = { 'short' }
for i = 11, #ARGV, 2 do
  local product, wants = ARGV[i], tonumber(ARGV[i + 1])
  wanted[product] = wants
  local left = free(product) + (old[product] or 0)
  if left < wants then
    short[#short + 1] = product
    short[#short + 1] = tostring(math.max(left, 0))
  end
end
if #short > 1 then return short end

for product, units in pairs(old) do
  if not wanted[product] then move(product, 0, -units) end
end
redis.call('DEL', KEYS[6])
for i = 11, #ARGV, 2 do
  local product = ARGV[i]
  local more = wanted[product] - (old[product] or 0)
  if more ~= 0 then move(product, 0, more) end
  redis.call('HSET', KEYS[6], product, ARGV[i + 1])
end
redis.call('HSET', KEYS[6], '#attempt', attempt, '#owner', ARGV[10])
redis.call('ZADD', KEYS[5], ARGV[5], ARGV[8])
hint()
return { 'ok' }
