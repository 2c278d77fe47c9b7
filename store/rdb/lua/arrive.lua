-- Goods of a supplier join the stock, once for each step. ARGV[8...] product, units, product, units ...
-- Returns {'ok'}, also when the step is done already.
if redis.call('EXISTS', KEYS[7]) == 1 then return { 'ok' } end
for i = 8, #ARGV, 2 do move(ARGV[i], tonumber(ARGV[i + 1]), 0) end
redis.call('SET', KEYS[7], '1', 'EX', 604800)
hint()
return { 'ok' }
