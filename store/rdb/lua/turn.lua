-- Begins to place an order that waits: a later turn makes all earlier ones void.
-- KEYS[1] the order's status  KEYS[2] the order
-- Returns the turn, or 0 when the order does not wait.
if redis.call('GET', KEYS[1]) ~= 'backordered' then return 0 end
return redis.call('HINCRBY', KEYS[2], 'turn', 1)
