-- Books what was found in a returned parcel, once: sellable units join what is on hand; damaged ones are
-- written as come back and as damaged, so that the ledger tells of them and the shelf does not change.
-- ARGV[8] kind of movement for damage  ARGV[9...] product, sellable, damaged, product ...
-- Returns 1 when it was booked, 0 when it had been. The step marker stays for good.
if redis.call('EXISTS', KEYS[7]) == 1 then return 0 end
local returned = ARGV[1]
for i = 9, #ARGV, 3 do
  local sellable, damaged = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  if sellable + damaged > 0 then move(ARGV[i], sellable + damaged, 0) end
  if damaged > 0 then
    ARGV[1] = ARGV[8]
    move(ARGV[i], -damaged, 0)
    ARGV[1] = returned
  end
end
redis.call('SET', KEYS[7], '1')
hint()
return 1
