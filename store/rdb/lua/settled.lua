-- Takes a member off a sorted set of unsettled things, unless it has changed again since.
-- KEYS[1] the set  ARGV[1] member  ARGV[2] the version that is settled
if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0
