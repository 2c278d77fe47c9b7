-- Makes what an order holds here what its story says that it holds, as far as units are free. A reservation
-- that is closed for good, or that a later attempt has made, stays as it is.
-- ARGV[8] attempt  ARGV[9] owner of the order  ARGV[10] kind of movement for units that it does not hold any
-- more  ARGV[11...] product, units, product, units ...
-- Returns {'ok'}, {'closed'}, {'stale'} after a later attempt, {'taken'} when another order of the same
-- number holds something here, {'short', product, units that it holds, ...} when too little is free.
if closed() then return { 'closed' } end
local owner = redis.call('HGET', KEYS[6], '#owner')
if owner and owner ~= ARGV[9] then return { 'taken' } end
if tonumber(redis.call('HGET', KEYS[6], '#attempt') or '0') > tonumber(ARGV[8]) then return { 'stale' } end

local old, changed, wanted, short = {}, false, {}, { 'short' }
for _, line in ipairs(held()) do old[line[1]] = line[2] end
for i = 11, #ARGV, 2 do wanted[ARGV[i]] = tonumber(ARGV[i + 1]) end
local reserved = ARGV[1]
for product, n in pairs(old) do
  if (wanted[product] or 0) < n then
    ARGV[1], changed = ARGV[10], true
    move(product, 0, (wanted[product] or 0) - n)
    if wanted[product] then redis.call('HSET', KEYS[6], product, wanted[product]) else redis.call('HDEL', KEYS[6], product) end
  end
end
ARGV[1] = reserved
for i = 11, #ARGV, 2 do
  local product, n = ARGV[i], tonumber(ARGV[i + 1])
  local had = math.min(old[product] or 0, n)
  local more = math.min(n - had, math.max(free(product), 0))
  if more > 0 then
    changed = true
    move(product, 0, more)
    redis.call('HSET', KEYS[6], product, had + more)
  end
  if had + more < n then
    short[#short + 1] = product
    short[#short + 1] = tostring(had + more)
  end
end
if #held() == 0 then
  redis.call('SREM', KEYS[10], KEYS[6])
else
  redis.call('HSET', KEYS[6], '#attempt', ARGV[8], '#owner', ARGV[9])
  redis.call('PERSIST', KEYS[6])
end
if changed then hint() end
return #short > 1 and short or { 'ok' }
