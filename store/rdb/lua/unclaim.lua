-- Gives up a wish of which nothing came, so that it may be made again. KEYS[1] idem:<uid>
-- ARGV[1] the turn that gives up: a later turn may be at it by now, and keeps the wish
if redis.call('HGET', KEYS[1], 'claim') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
