-- One move of units at one warehouse, once: what is on hand and what a holder has reserved change
-- by the lines, each with its sign (-1, 0 or 1). ARGV[8] holder's name  ARGV[9] sign of on hand
-- ARGV[10] sign of reserved  ARGV[11...] product, units, product, units ...
-- Returns {'ok'} when the move is done (also when it was already), {'short', product, units, ...}
-- when the holder does not hold, or the shelf has not free, what the move takes. The mark remembers that too:
-- whoever comes to the same move later is refused as well, for the first may have told of it already.
-- Whose reservation it is need not be asked: where units of an order's transfer arrive, reserve.lua has let no
-- other order of its number in, and no transfer is put back to an order that is not its own (restoretransfer.go).
local done = redis.call('GET', KEYS[7])
if done and string.sub(done, 1, 1) == '[' then return cjson.decode(done) end
if done then return { 'ok' } end
local onhand, reserved = tonumber(ARGV[9]), tonumber(ARGV[10])
-- An order whose reservation here is closed for good holds nothing any more: what comes joins the free stock.
if closed() and reserved > 0 then reserved = 0 end

local short = { 'short' }
for i = 11, #ARGV, 2 do
  local product, n = ARGV[i], tonumber(ARGV[i + 1])
  local lacks = nil
  if reserved < 0 and units(KEYS[6], product) < n then
    lacks = units(KEYS[6], product)
  elseif reserved - onhand > 0 and free(product) < n * (reserved - onhand) then
    lacks = math.max(free(product), 0)
  end
  if lacks then
    short[#short + 1] = product
    short[#short + 1] = tostring(lacks)
  end
end
if #short > 1 then
  redis.call('SET', KEYS[7], cjson.encode(short), 'EX', 604800)
  return short
end

for i = 11, #ARGV, 2 do
  local product, n = ARGV[i], tonumber(ARGV[i + 1])
  if onhand == 0 and reserved == 0 then
    enter(product, 0, 0) -- written down only: no counter changes, so nobody is told of one
  else
    move(product, onhand * n, reserved * n)
  end
  if reserved ~= 0 and redis.call('HINCRBY', KEYS[6], product, reserved * n) == 0 then
    redis.call('HDEL', KEYS[6], product)
  end
end
if not closed() then redis.call('PERSIST', KEYS[6]) end
if reserved < 0 and #held() == 0 then redis.call('SREM', KEYS[10], KEYS[6]) end
redis.call('SET', KEYS[7], '1', 'EX', 604800)
hint()
return { 'ok' }
