-- Ends a correction: its products may be corrected again. KEYS[1] products that are being corrected
-- KEYS[2] the correction  ARGV[1] its id  ARGV[2] the correction as it ended, JSON  ARGV[3] seconds to keep it
for _, product in ipairs(redis.call('HKEYS', KEYS[1])) do
  if redis.call('HGET', KEYS[1], product) == ARGV[1] then redis.call('HDEL', KEYS[1], product) end
end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
return 1
