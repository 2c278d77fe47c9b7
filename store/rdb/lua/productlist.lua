-- Makes product_list true again for some products.
-- KEYS[1] stock  KEYS[2] reserved  KEYS[3] product_list  ARGV products
local found = redis.call('TYPE', KEYS[3]).ok
if found ~= 'set' and found ~= 'none' then redis.call('DEL', KEYS[3]) end
for _, product in ipairs(ARGV) do
  local onhand = tonumber(redis.call('HGET', KEYS[1], product) or '0')
  local reserved = tonumber(redis.call('HGET', KEYS[2], product) or '0')
  if onhand > reserved then
    redis.call('SADD', KEYS[3], product)
  else
    redis.call('SREM', KEYS[3], product)
  end
end
return 1
