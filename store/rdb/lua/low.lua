-- Notes that a warehouse runs low of a product, and tells of it once: again only when it has had enough
-- in between. KEYS[1] what is low there  KEYS[2] events
-- ARGV[1] warehouse  ARGV[2] product  ARGV[3] units free  ARGV[4] threshold  ARGV[5] time, unix ms
-- Returns 1 when it is news.
if redis.call('SADD', KEYS[1], ARGV[2]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', 'type', 'stock.low', 'warehouse', ARGV[1], 'product', ARGV[2],
  'available', ARGV[3], 'threshold', ARGV[4], 'at', ARGV[5])
return 1
