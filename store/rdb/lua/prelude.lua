-- Shared head of the warehouse scripts. All of them get the same first keys:
--   KEYS[1] stock  KEYS[2] reserved  KEYS[3] product_list  KEYS[4] movements  KEYS[5] open
--   KEYS[6] reservation of the order (or of nobody)  KEYS[7] step marker
--   KEYS[8] revision of the warehouse's live channel  KEYS[9] revision of the catalogue's
--   KEYS[10] holders: the keys of all reservations that hold something  KEYS[11] events
--   KEYS[12] thresholds  KEYS[13] what runs low: product by its free units less its threshold, furthest below first
-- and the same first arguments:
--   ARGV[1] kind of movement  ARGV[2] reference  ARGV[3] who  ARGV[4] why  ARGV[5] time, unix ms
--   ARGV[6] live channel of the warehouse  ARGV[7] live channel of the catalogue
-- Lua in Redis has no rollback: every script checks all that it needs before its first write.

-- An outside program may have made one of the keys a thing of another type. product_list and what runs low
-- are ours to write anew, and thresholds that nobody can read are none; without the others nothing can be
-- right, and nothing is written.
local function is(key, kind)
  local found = redis.call('TYPE', key).ok
  return found == kind or found == 'none'
end
if not is(KEYS[3], 'set') then redis.call('DEL', KEYS[3]) end
if not is(KEYS[12], 'hash') then redis.call('DEL', KEYS[12]) end
if not is(KEYS[13], 'zset') then redis.call('DEL', KEYS[13]) end
if not (is(KEYS[1], 'hash') and is(KEYS[2], 'hash') and is(KEYS[4], 'stream') and is(KEYS[5], 'zset') and is(KEYS[6], 'hash')) then
  return redis.error_reply('SPOILT a key of this warehouse has another type: ' .. KEYS[1])
end

local function units(key, product)
  return tonumber(redis.call('HGET', key, product) or '0')
end

local function free(product)
  return units(KEYS[1], product) - units(KEYS[2], product)
end

-- touched are the products of which it may have changed whether the warehouse runs low of them.
local touched = {}
local function touch(product)
  if touched[product] then return end
  touched[product] = true
  touched[#touched + 1] = product
end

-- tell writes what is free of a product into product_list, and the change into the event stream:
-- stock.changed always; product.out_of_stock and product.back_in_stock when the units that this
-- warehouse has free reach zero or leave it. They are about one warehouse, not about the shop.
local function tell(product, onhand, reserved, free_before)
  local left = onhand - reserved
  redis.call(left > 0 and 'SADD' or 'SREM', KEYS[3], product)
  local function event(type)
    redis.call('XADD', KEYS[11], '*', 'type', type, 'warehouse', string.sub(ARGV[6], #'live:warehouse:' + 1), 'product', product,
      'on_hand', onhand, 'reserved', reserved, 'available', math.max(left, 0), 'at', ARGV[5])
  end
  touch(product)
  event('stock.changed')
  if free_before > 0 and left <= 0 then event('product.out_of_stock') end
  if free_before <= 0 and left > 0 then event('product.back_in_stock') end
end

-- entered is the first entry that this script has written into the ledger.
local entered = ''

local function enter(product, onhand, reserved)
  local id = redis.call('XADD', KEYS[4], '*', 'kind', ARGV[1], 'product', product,
    'on_hand', tostring(onhand), 'reserved', tostring(reserved),
    'reference', ARGV[2], 'who', ARGV[3], 'why', ARGV[4], 'at', ARGV[5])
  if entered == '' then entered = id end
end

-- move changes both counters of a product, writes the ledger, and tells of it. Who reserves stands
-- among the holders until its reservation is emptied.
local function move(product, onhand, reserved)
  local h = redis.call('HINCRBY', KEYS[1], product, onhand)
  local r = redis.call('HINCRBY', KEYS[2], product, reserved)
  enter(product, onhand, reserved)
  if reserved > 0 then redis.call('SADD', KEYS[10], KEYS[6]) end
  tell(product, h, r, h - onhand - (r - reserved))
end

-- held lists the products and units of the reservation; its own marks begin with '#'.
local function held()
  local lines, all = {}, redis.call('HGETALL', KEYS[6])
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 1) ~= '#' and tonumber(all[i + 1]) > 0 then
      lines[#lines + 1] = { all[i], tonumber(all[i + 1]) }
    end
  end
  return lines
end

-- fence empties the reservation and keeps, for two days, the attempt up to which it is closed. What was
-- closed further than that stays so: a release that comes late opens no door.
local function fence(attempt)
  local before = redis.call('HGET', KEYS[6], '#fence')
  if before and tonumber(before) > tonumber(attempt) then attempt = before end
  redis.call('DEL', KEYS[6])
  redis.call('SREM', KEYS[10], KEYS[6])
  redis.call('HSET', KEYS[6], '#fence', attempt)
  redis.call('EXPIRE', KEYS[6], 172800)
end

-- closed tells whether the reservation was closed for good: its order is cancelled, or gone.
local function closed()
  return tonumber(redis.call('HGET', KEYS[6], '#fence') or '0') >= 999999999
end

-- below sets under how many free units the warehouse runs low of a product; '0' takes that away.
local function below(product, threshold)
  if threshold == '0' then redis.call('HDEL', KEYS[12], product) else redis.call('HSET', KEYS[12], product, threshold) end
  touch(product)
end

-- judge keeps what the warehouse runs low of, and tells of each product that begins to: once, and again only
-- when there has been enough in between. It comes after all moves of a script, for what is between two of them
-- never was. Returns how many products changed.
local function judge()
  local changed = 0
  for _, product in ipairs(touched) do
    local threshold, left = tonumber(redis.call('HGET', KEYS[12], product) or '0') or 0, 0
    if threshold > 0 then left = math.max(free(product), 0) end
    if left >= threshold then
      changed = changed + redis.call('ZREM', KEYS[13], product)
    elseif redis.call('ZADD', KEYS[13], left - threshold, product) == 1 then
      redis.call('XADD', KEYS[11], '*', 'type', 'stock.low', 'warehouse', string.sub(ARGV[6], #'live:warehouse:' + 1), 'product', product,
        'available', left, 'threshold', threshold, 'at', ARGV[5])
      changed = changed + 1
    end
  end
  touched = {}
  return changed
end

-- hint comes last: whoever looks at the warehouse or at what is sold learns that something has changed.
local function hint()
  judge()
  redis.call('INCR', KEYS[8])
  redis.call('PUBLISH', ARGV[6], '1')
  redis.call('INCR', KEYS[9])
  redis.call('PUBLISH', ARGV[7], '1')
end
