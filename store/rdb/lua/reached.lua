-- Says how far the effects of a thing's changes have come. Of two who bring them up to date at once, the
-- slower one must not take back what the faster one has said.
-- KEYS[1] the thing  ARGV[1] its field that says so  ARGV[2] how far they have come
if (tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') or 0) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return 1
