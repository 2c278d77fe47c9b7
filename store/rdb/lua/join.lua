-- What was reserved under a name of its own (KEYS[6]) joins what an order holds here (KEYS[14]).
-- ARGV[8] member of the open set  ARGV[9] attempt up to which the name is closed from now on
-- ARGV[10] owner of the order
-- Returns the number of lines that joined; a second call finds nothing. An order that is through for
-- good takes nothing: what was reserved for it is free again. The order's reservation bears the attempt that
-- has joined last, so that nobody who knows of earlier ones only frees it.
if not is(KEYS[14], 'hash') then return redis.error_reply('SPOILT a reservation has another type: ' .. KEYS[14]) end
local owner = redis.call('HGET', KEYS[14], '#owner')
if owner and owner ~= ARGV[10] then return redis.error_reply('TAKEN another order of this number holds something here: ' .. KEYS[14]) end
local through = tonumber(redis.call('HGET', KEYS[14], '#fence') or '0') >= 999999999
local lines = held()
for _, line in ipairs(lines) do
  if through then
    move(line[1], 0, -line[2])
  else
    redis.call('HINCRBY', KEYS[14], line[1], line[2])
  end
end
if #lines > 0 and not through then
  redis.call('SADD', KEYS[10], KEYS[14])
  local attempt = redis.call('HGET', KEYS[6], '#attempt') or '0'
  if tonumber(attempt) > tonumber(redis.call('HGET', KEYS[14], '#joined') or '0') then redis.call('HSET', KEYS[14], '#joined', attempt) end
  redis.call('HSETNX', KEYS[14], '#owner', ARGV[10])
  redis.call('PERSIST', KEYS[14])
end
fence(ARGV[9])
redis.call('ZREM', KEYS[5], ARGV[8])
if through and #lines > 0 then hint() end
return #lines
