-- Says how far the effects of a thing's changes have come. Of two who bring them up to date at once, the
-- slower one must not take back what the faster one has said.
-- KEYS[1] the thing  ARGV[1] the version that is done
if (tonumber(redis.call('HGET', KEYS[1], 'settled') or '0') or 0) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'settled', ARGV[1])
end
return 1
