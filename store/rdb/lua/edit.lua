-- Makes what an order holds here what its changed lines want, once: what was reserved for the change under
-- a name of its own (KEYS[6]) joins the order's reservation (KEYS[14]), and what it does not want any more
-- is freed.
-- ARGV[8] the name's member of the open set  ARGV[9] attempt of the change  ARGV[10] owner of the order
-- ARGV[11...] product, units that are not wanted any more, product ...
-- Returns 1 when it was done, 0 when it had been, or when the order is through: then what was reserved
-- for the change is free again.
if not is(KEYS[14], 'hash') then return redis.error_reply('SPOILT a reservation has another type: ' .. KEYS[14]) end
local owner = redis.call('HGET', KEYS[14], '#owner')
if owner and owner ~= ARGV[10] then return redis.error_reply('TAKEN another order of this number holds something here: ' .. KEYS[14]) end
local attempt = tonumber(ARGV[9])
local seen = tonumber(redis.call('HGET', KEYS[14], '#attempt') or '0')
local closed = tonumber(redis.call('HGET', KEYS[14], '#fence') or '0')
local over = seen >= attempt or closed >= attempt

local more = held()
for _, line in ipairs(more) do
  if over then
    move(line[1], 0, -line[2])
  else
    redis.call('HINCRBY', KEYS[14], line[1], line[2])
    redis.call('SADD', KEYS[10], KEYS[14])
  end
end
fence(attempt)
redis.call('ZREM', KEYS[5], ARGV[8])
if over then
  if #more > 0 then hint() end
  return 0
end

for i = 11, #ARGV, 2 do
  local n = math.min(units(KEYS[14], ARGV[i]), tonumber(ARGV[i + 1]))
  if n > 0 then
    move(ARGV[i], 0, -n)
    if redis.call('HINCRBY', KEYS[14], ARGV[i], -n) == 0 then redis.call('HDEL', KEYS[14], ARGV[i]) end
  end
end
redis.call('HSET', KEYS[14], '#attempt', attempt, '#owner', ARGV[10])
local holds = false
for _, field in ipairs(redis.call('HKEYS', KEYS[14])) do
  holds = holds or string.sub(field, 1, 1) ~= '#'
end
if holds then
  redis.call('PERSIST', KEYS[14])
else
  redis.call('SREM', KEYS[10], KEYS[14])
  redis.call('EXPIRE', KEYS[14], 172800)
end
hint()
return 1
