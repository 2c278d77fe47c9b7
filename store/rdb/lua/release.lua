-- Frees what an order holds here and closes the door behind it: attempts up to ARGV[9] are
-- refused from now on. ARGV[8] order  ARGV[9] attempt  ARGV[10] owner
-- Returns the number of lines freed; 0 when there was nothing, or a newer attempt, or another order of
-- the same number, holds it.
local owner = redis.call('HGET', KEYS[6], '#owner')
if owner and owner ~= ARGV[10] then return 0 end
local seen = tonumber(redis.call('HGET', KEYS[6], '#attempt') or '0')
local joined = tonumber(redis.call('HGET', KEYS[6], '#joined') or '0')
if math.max(seen, joined) > tonumber(ARGV[9]) then return 0 end
local lines = held()
for _, line in ipairs(lines) do move(line[1], 0, -line[2]) end
fence(ARGV[9])
redis.call('ZREM', KEYS[5], ARGV[8])
if #lines > 0 then hint() end
return #lines
