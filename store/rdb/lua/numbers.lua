-- Leases order numbers: raises the counter to a floor, then by so many. KEYS[1] numbers
-- ARGV[1] floor  ARGV[2] how many; none only raises
-- Returns the last number leased.
if (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return redis.call('INCRBY', KEYS[1], ARGV[2])
