-- Reserves every line for an order, or nothing.
-- ARGV[8] order  ARGV[9] attempt  ARGV[10...] product, units, product, units ...
-- Returns {'ok'} when the attempt holds (also when it did already), {'stale'} when a newer
-- attempt, or a fence, has overtaken it, {'short', product, free, ...} when units are missing.
local attempt = tonumber(ARGV[9])
local seen = tonumber(redis.call('HGET', KEYS[6], '#attempt') or '0')
local fenced = tonumber(redis.call('HGET', KEYS[6], '#fence') or '0')
if seen == attempt then return { 'ok' } end
if seen > attempt or fenced >= attempt then return { 'stale' } end

local old = held()
local back = {}
for _, line in ipairs(old) do back[line[1]] = line[2] end
local short = { 'short' }
for i = 10, #ARGV, 2 do
  local left = free(ARGV[i]) + (back[ARGV[i]] or 0)
  if left < tonumber(ARGV[i + 1]) then
    short[#short + 1] = ARGV[i]
    short[#short + 1] = tostring(math.max(left, 0))
  end
end
if #short > 1 then return short end

for _, line in ipairs(old) do move(line[1], 0, -line[2]) end
redis.call('DEL', KEYS[6])
for i = 10, #ARGV, 2 do
  move(ARGV[i], 0, tonumber(ARGV[i + 1]))
  redis.call('HSET', KEYS[6], ARGV[i], ARGV[i + 1])
end
redis.call('HSET', KEYS[6], '#attempt', attempt)
redis.call('ZADD', KEYS[5], ARGV[5], ARGV[8])
hint()
return { 'ok' }
