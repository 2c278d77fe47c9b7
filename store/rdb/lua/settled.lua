-- Takes a member off a sorted set of unsettled things, unless it has become unsettled again since.
-- KEYS[1] the set  ARGV[1] member  ARGV[2] the version that is settled; it may be later than the one
-- that was due, when other steps came between
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if due and tonumber(due) <= tonumber(ARGV[2]) then return redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0
