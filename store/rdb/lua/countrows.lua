-- One piece of a file of counts at one warehouse, in one of three ways, each of them once. How the rows
-- differ from the books is worked out in the first, and kept for the others.
--   less   books those of which there are fewer; only that can be refused, and then nothing is booked
--   more   books those of which there are more, and sets the thresholds: nothing can refuse that
--   undo   puts back what less has booked; a less that comes later books nothing any more
-- KEYS[14] what has been done of the file here: of each row of a piece its difference, with a t behind it
-- where its threshold differs  KEYS[15] products that are being corrected (see book.lua)
-- KEYS[7] marks the piece as done in this way, by its differences; rebook.lua sets it too, when it puts back a
-- piece that Redis had forgotten
-- ARGV[8] the way  ARGV[9] number of the piece  ARGV[10] seconds to keep KEYS[14]
-- ARGV[11...] product, units counted ('' for no count), reason, threshold ('' leaves it), and so for each row
-- Returns {'ok', rows that are dealt with by this, rows that changed something, rows left for more, its first entry in
-- the ledger ('' when it was done already, or nothing moved), differences ...},
-- {'short', product, reserved, ...} when fewer were counted than are promised, {'busy', product} while a
-- correction is under way, {'undone'} when the piece was put back, {'lost'} when more is to be booked and it is not
-- known any more what less has done: it has to come first, once more.
local way, piece = ARGV[8], ARGV[9]
local diffs = redis.call('HGET', KEYS[14], piece)
local marked = redis.call('GET', KEYS[7])
if way ~= 'undo' and redis.call('HEXISTS', KEYS[14], 'undo:' .. piece) == 1 then return { 'undone' } end
if way == 'less' and marked and not diffs then
  diffs = marked
  redis.call('HSET', KEYS[14], piece, diffs)
end
if way == 'more' and not diffs then return { 'lost' } end

local list, low = {}, {}
local function answer()
  local rows, changed, left = 0, 0, 0
  for i, diff in ipairs(list) do
    local later = diff > 0 or diff == 0 and low[i]
    if way == 'less' and not later or way == 'more' and later then rows = rows + 1 end
    if way == 'less' and diff < 0 or way == 'more' and later then changed = changed + 1 end
    if diff > 0 or low[i] then left = left + 1 end
  end
  local result = { 'ok', tostring(rows), tostring(changed), tostring(left), entered }
  for i, diff in ipairs(list) do result[5 + i] = diff .. (low[i] and 't' or '') end
  return result
end

for diff, sets in string.gmatch(diffs or '', '(-?%d+)(t?)') do
  list[#list + 1] = tonumber(diff)
  low[#list] = sets == 't'
end

if way == 'less' and not diffs then
  local short = { 'short' }
  for i = 11, #ARGV, 4 do
    local product, threshold = ARGV[i], ARGV[i + 3]
    local h, r = units(KEYS[1], product), units(KEYS[2], product)
    local counted = tonumber(ARGV[i + 1]) or h
    if ARGV[i + 1] ~= '' and redis.call('HEXISTS', KEYS[15], product) == 1 then return { 'busy', product } end
    if counted < h and counted < r then
      short[#short + 1] = product
      short[#short + 1] = tostring(r)
    end
    list[#list + 1] = counted - h
    low[#list] = threshold ~= '' and tonumber(threshold) ~= units(KEYS[12], product)
  end
  if #short > 1 then return short end
end

-- book moves those rows whose difference is wanted, by it or back.
local function book(wanted, sign)
  local n = 0
  for i, diff in ipairs(list) do
    if wanted(diff) then
      ARGV[4] = way == 'undo' and 'another row of the file was refused' or ARGV[9 + 4 * i]
      move(ARGV[7 + 4 * i], sign * diff, 0)
      n = n + 1
    end
  end
  return n
end

-- threshold sets those that differ.
local function threshold()
  local n = 0
  for i, differs in ipairs(low) do
    if differs then
      below(ARGV[7 + 4 * i], ARGV[10 + 4 * i])
      n = n + 1
    end
  end
  return n
end
local function fewer(diff) return diff < 0 end
local function more(diff) return diff > 0 end

local done = 0
if way == 'less' and not diffs then
  done = book(fewer, 1)
  local kept = {}
  for i, diff in ipairs(list) do kept[i] = diff .. (low[i] and 't' or '') end
  redis.call('HSET', KEYS[14], piece, table.concat(kept, ' '))
  redis.call('SET', KEYS[7], table.concat(kept, ' '), 'EX', 604800)
elseif way ~= 'less' and redis.call('HSETNX', KEYS[14], way .. ':' .. piece, '1') == 1 then
  if not marked then done = book(way == 'more' and more or fewer, way == 'more' and 1 or -1) end
  if way == 'more' then done = done + threshold() end
  redis.call('SET', KEYS[7], diffs or '', 'EX', 604800)
end
if done > 0 then hint() end
redis.call('EXPIRE', KEYS[14], ARGV[10])
return answer()
