-- All that an order holds here leaves the warehouse with the courier. ARGV[8] order
-- Returns the number of lines shipped; a second call finds nothing to ship.
local lines = held()
for _, line in ipairs(lines) do move(line[1], -line[2], -line[2]) end
fence('999999999')
redis.call('ZREM', KEYS[5], ARGV[8])
if #lines > 0 then hint() end
return #lines
