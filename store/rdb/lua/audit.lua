-- Adds a piece of a ledger to its running sums, unless somebody else has gone on meanwhile: so no audit
-- reads an entry twice, and none is counted twice.
-- KEYS[1] sums: '#upto' the last entry that is in them, '#entries' how many are, 'h:<product>' and
-- 'r:<product>' the sums of on_hand and reserved
-- ARGV[1] the last entry before the piece  ARGV[2] its own last entry  ARGV[3] its entries
-- ARGV[4...] field, units, field, units ...  Returns 1 when it was added.
if (redis.call('HGET', KEYS[1], '#upto') or '') ~= ARGV[1] then return 0 end
for i = 4, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HINCRBY', KEYS[1], '#entries', ARGV[3])
redis.call('HSET', KEYS[1], '#upto', ARGV[2])
return 1
