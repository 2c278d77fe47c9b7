-- Sets thresholds, and judges anew whether the warehouse runs low of the products.
-- ARGV[8...] product, threshold ('0' takes it away, '' leaves it), and so for each
-- Returns how many products began to run low, or do so no more.
local set = false
for i = 8, #ARGV, 2 do
  if ARGV[i + 1] ~= '' then
    below(ARGV[i], ARGV[i + 1])
    set = true
  else
    touch(ARGV[i])
  end
end
local changed = judge()
if set or changed > 0 then hint() end
return changed
