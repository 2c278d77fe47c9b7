-- One move of units at one warehouse that Redis may have forgotten, once: as transfer.lua, whose arguments
-- these are, but what the holder lacks of the units that leave is taken from those that are free. What it
-- should hold is put right after it, see hold.lua.
-- Returns {'ok'} when the move is done (also when it was already), {'short', product, units, ...} when
-- so few could be moved without touching what is promised to others; then nothing was moved.
local done = redis.call('GET', KEYS[7])
if done and string.sub(done, 1, 1) ~= '[' then return { 'ok' } end -- what transfer.lua has refused is looked at anew
local onhand, reserved = tonumber(ARGV[9]), tonumber(ARGV[10])
if closed() and reserved > 0 then reserved = 0 end

local changes, short = {}, { 'short' }
for i = 11, #ARGV, 2 do
  local product, n = ARGV[i], tonumber(ARGV[i + 1])
  local h, r = onhand * n, reserved * n
  if r < 0 then r = 0 - math.min(n, units(KEYS[6], product)) end
  changes[#changes + 1] = { product, h, r }
  local left = units(KEYS[1], product) + h - units(KEYS[2], product) - r
  if left < 0 and h - r < 0 then
    short[#short + 1] = product
    short[#short + 1] = tostring(math.max(n + left, 0))
  end
end
if #short > 1 then return short end

for _, change in ipairs(changes) do
  local product, h, r = change[1], change[2], change[3]
  if h ~= 0 or r ~= 0 then
    move(product, h, r)
  elseif onhand == 0 and reserved == 0 then
    enter(product, 0, 0) -- as in transfer.lua
  end
  if r ~= 0 and redis.call('HINCRBY', KEYS[6], product, r) == 0 then redis.call('HDEL', KEYS[6], product) end
end
if not closed() then redis.call('PERSIST', KEYS[6]) end
if reserved < 0 and #held() == 0 then redis.call('SREM', KEYS[10], KEYS[6]) end
redis.call('SET', KEYS[7], '1', 'EX', 604800)
hint()
return { 'ok' }
