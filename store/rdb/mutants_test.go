package rdb

import (
	"slices"
	"testing"
)

// mutants are the ways in which a shop like this one may be wrong, each with the checks that must notice.
func mutants(t *testing.T) []mutant {
	reserve, release, ship := luaPrelude+luaReserve, luaPrelude+luaRelease, luaPrelude+luaShip
	transfer, join, edit, book := luaPrelude+luaTransfer, luaPrelude+luaJoin, luaPrelude+luaEdit, luaPrelude+luaBook
	frees := "for _, line in ipairs(lines) do move(line[1], 0, -line[2]) end"
	tombstone := "redis.call('HSET', KEYS[6], '#fence', attempt)"
	marker := "redis.call('SET', KEYS[7], '1', 'EX', 604800)"
	all := []mutant{
		// Reserving.
		{"a reserve is not idempotent", lua(t, scriptReserve, reserve, "if seen == attempt then return { 'ok' } end", "", "for _, line in ipairs(held()) do old[line[1]] = line[2] end", ""), []guard{repeats("place")}},
		{"a reserve checks only its first line", lua(t, scriptReserve, reserve, "if left < wants then", "if i == 11 and left < wants then"), []guard{stalePlans}},
		{"a reserve checks nothing", lua(t, scriptReserve, reserve, "if #short > 1 then return short end", ""), []guard{stalePlans}},
		{"a reserve passes a fence", lua(t, scriptReserve, reserve, "if seen > attempt or fenced >= attempt then", "if seen > attempt then"), []guard{neverMade}},
		{"a reserve overtakes a later attempt", lua(t, scriptReserve, reserve, "if seen > attempt or fenced >= attempt then", "if fenced >= attempt then"), []guard{earlierAttempts}},
		{"a reserve takes over what another order holds", lua(t, scriptReserve, reserve, "if owner and owner ~= ARGV[10] then return { 'taken' } end", ""), []guard{anothersNumber}},
		{"a reserve keeps what the later attempt does not want", lua(t, scriptReserve, reserve, "if not wanted[product] then move(product, 0, -units) end", ""), []guard{earlierAttempts}},
		{"a reserve is not written down for the sweeper", lua(t, scriptReserve, reserve, "redis.call('ZADD', KEYS[5], ARGV[5], ARGV[8])", ""), []guard{dies("place")}},
		{"the ledger misses a reserve", lua(t, scriptReserve, reserve, "  enter(product, onhand, reserved)\n  if reserved", "  if reserved"), []guard{repeats("place")}},
		{"a shelf is listed that has nothing free", lua(t, scriptReserve, reserve, "redis.call(left > 0 and 'SADD' or 'SREM', KEYS[3], product)", "redis.call('SADD', KEYS[3], product)"), []guard{theLastUnits}},
		{"a holder is not listed", lua(t, scriptReserve, reserve, "if reserved > 0 then redis.call('SADD', KEYS[10], KEYS[6]) end", ""), []guard{repeats("place")}},
		// Releasing and shipping.
		{"a release frees twice", lua(t, scriptRelease, release, "fence(ARGV[9])", ""), []guard{repeats("cancel")}},
		{"a release frees only the first line", lua(t, scriptRelease, release, frees, "if lines[1] then move(lines[1][1], 0, -lines[1][2]) end"), []guard{repeats("cancel")}},
		{"a release frees what a later attempt holds", lua(t, scriptRelease, release, "if math.max(seen, joined) > tonumber(ARGV[9]) then return 0 end", ""), []guard{earlierAttempts, overtaken}},
		{"a release frees what another order holds", lua(t, scriptRelease, release, "if owner and owner ~= ARGV[10] then return 0 end", ""), []guard{anothersNumber}},
		{"a release leaves no tombstone", lua(t, scriptRelease, release, tombstone, ""), []guard{lags("cancel")}},
		{"cancelling forgets the reservation", deaf(scriptRelease, release, int64(0)), []guard{repeats("cancel")}},
		{"a parcel ships twice", lua(t, scriptShip, ship, "fence('999999999')", ""), []guard{repeats("pick up")}},
		{"shipping leaves no tombstone", lua(t, scriptShip, ship, tombstone, ""), []guard{lags("pick up")}},
		{"a late release opens a closed door", lua(t, scriptRelease, release, "if before and tonumber(before) > tonumber(attempt) then attempt = before end", ""), []guard{linearShelves}},
		{"shipping leaves the units reserved", lua(t, scriptShip, ship, "-line[2], -line[2]", "-line[2], 0"), []guard{repeats("pick up")}},
		{"picking up forgets the stock", deaf(scriptShip, ship, int64(0)), []guard{repeats("pick up")}},
		// Transfers and further sources.
		{"a transfer joins twice", lua(t, scriptTransfer, transfer, marker, ""), []guard{repeats("receive")}},
		{"a transfer takes what is not free", lua(t, scriptTransfer, transfer, "if #short > 1 then", "if false then"), []guard{sameAsks}},
		{"a transfer gives to an order that is through", lua(t, scriptTransfer, transfer, "if closed() and reserved > 0 then reserved = 0 end", ""), []guard{dies("unsend after cancelling")}},
		{"what was found elsewhere does not join", deaf(scriptJoin, join, int64(0)), []guard{repeats("find elsewhere what was refused")}},
		{"what was found elsewhere joins twice", lua(t, scriptJoin, join, "fence(ARGV[9])", ""), []guard{repeats("find elsewhere what was refused")}},
		{"what has joined is freed by who does not know of it", lua(t, scriptRelease, release, "if math.max(seen, joined) > tonumber(ARGV[9]) then return 0 end", "if seen > tonumber(ARGV[9]) then return 0 end"), []guard{joinedStays}},
		{"an edit is made twice", lua(t, scriptEdit, edit, "local over = seen >= attempt or closed >= attempt", "local over = false"), []guard{repeats("edit to fewer")}},
		{"an edit frees nothing", lua(t, scriptEdit, edit, "if n > 0 then", "if false then"), []guard{repeats("edit to fewer")}},
		// What comes and goes by hand.
		{"a receipt is booked twice", lua(t, scriptBook, book, "if ARGV[8] ~= '' then redis.call('SET', KEYS[7], ARGV[8], 'EX', 604800) end", ""), []guard{repeats("receive goods")}},
		{"a delivery arrives twice", lua(t, scriptArrive, luaPrelude+luaArrive, marker, ""), []guard{repeats("receive a delivery")}},
		{"an inspection is booked twice", lua(t, scriptInspect, luaPrelude+luaInspect, "redis.call('SET', KEYS[7], '1')", ""), []guard{repeats("inspect")}},
		{"damage takes what is promised", lua(t, scriptBook, book, "if change < 0 and h + change < r then", "if false then"), []guard{belowPromised}},
		{"a sheet is booked by figures that have moved", lua(t, scriptBook, book, "if seen ~= '' and tonumber(seen) ~= h then", "if false then"), []guard{movedFigures}},
		{"a count takes what is promised", lua(t, scriptCount, luaPrelude+luaCount, "if counted < reserved then", "if false then"), []guard{belowPromised}},
		{"a file takes what is promised", lua(t, scriptCountRows, luaPrelude+luaCountRows, "if counted < h and counted < r then", "if false then"), []guard{overtakenFile}},
		{"a refused file stays booked in part", lua(t, scriptCountRows, luaPrelude+luaCountRows, "if not marked then done = book(", "if not marked and way == 'more' then done = book("), []guard{overtakenFile}},
		// Queues, wishes, fences.
		{"more wait than may", lua(t, scriptWait, luaWait, "if most > 0 and others + units > most then", "if false then"), []guard{fullQueues}},
		{"an order waits twice", lua(t, scriptWait, luaWait, "local had = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')", "local had = 0"), []guard{repeats("place to wait")}},
		{"who leaves a queue is still counted", lua(t, scriptLeave, luaLeave, "redis.call('HINCRBY', KEYS[2], '#', -tonumber(had))", ""), []guard{repeats("prioritize")}},
		{"a served order stays in its queue", deaf(scriptLeave, luaLeave, []any{"ok"}), []guard{repeats("release")}},
		{"a wish is a new one each time", lua(t, scriptClaim, luaClaim, "if not number then", "if true then"), []guard{oneWish}},
		{"a dead node's order is made after all", lua(t, scriptFence, luaFence, "redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])", ""), []guard{neverMade}},
		{"an earlier step takes the mark of a later one", lua(t, scriptSettled, luaSettled, "if due and tonumber(due) <= tonumber(ARGV[2]) then", "if due then"), []guard{laterMark}},
		{"a slower hand takes back how far a transfer has come", lua(t, scriptReached, luaReached, "< tonumber(ARGV[2])", "~= tonumber(ARGV[2])"), []guard{slowerHand}},
	}
	return slices.Concat(all, forgetfulSweepers(), putBackMutants(t))
}

// forgetfulSweepers look after all but one kind of what a dead node leaves behind.
func forgetfulSweepers() []mutant {
	return []mutant{
		{"the sweeper forgets orders", blind("unsettled.orders"), []guard{dies("cancel")}},
		{"the sweeper forgets transfers", blind("unsettled.transfer"), []guard{dies("receive")}},
		{"the sweeper forgets deliveries", blind("unsettled.delivery"), []guard{dies("receive a delivery")}},
		{"the sweeper forgets reservations", blind(":open"), []guard{dies("place")}},
		{"the sweeper forgets corrections", blind(":correcting"), []guard{dies("give way from the box")}},
		{"the sweeper forgets queues", blind("waiting.products"), []guard{dies("place to wait")}},
	}
}
