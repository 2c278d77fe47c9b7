-- Fences the attempts at an order up to one, unless later ones are fenced already, and tells whether the
-- order exists. KEYS[1] fence  KEYS[2] status of the order  ARGV[1] attempt  ARGV[2] seconds to keep it for
-- A fence that does not rise is left as it is: writing it would spoil the transaction of the attempt after it.
if (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
return redis.call('EXISTS', KEYS[2])
