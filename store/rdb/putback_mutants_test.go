package rdb

import "testing"

// putBackMutants are the ways in which putting back what Redis had forgotten may be wrong.
func putBackMutants(t *testing.T) []mutant {
	hold, redo, rebook := luaPrelude+luaHold, luaPrelude+luaRedo, luaPrelude+luaRebook
	wanted := "if wanted[product] then redis.call('HSET', KEYS[6], product, wanted[product]) else redis.call('HDEL', KEYS[6], product) end"
	marks := "redis.call('HSET', KEYS[6], '#attempt', ARGV[8], '#owner', ARGV[9])"
	entry := "if fields.product == ARGV[first] and fields.on_hand == ARGV[first + 1] then"
	forgotten := "if redis.call('HEXISTS', KEYS[14], ARGV[8]) == 1 then return { 'there' } end"
	named := "if redis.call('EXISTS', KEYS[7]) == 1 then return { 'there' } end"
	return []mutant{
		// What an order holds.
		{"what is closed is held again", lua(t, scriptHold, hold, "if closed() then return { 'closed' } end", ""), []guard{forgets("delivered")}},
		{"an order that was put back takes over what another one holds", lua(t, scriptHold, hold, "if owner and owner ~= ARGV[9] then return { 'taken' } end", ""), []guard{besideAnother}},
		{"an older story undoes a later attempt", lua(t, scriptHold, hold, "then return { 'stale' } end", "then end"), []guard{olderStory}},
		{"who gave way keeps its units", lua(t, scriptHold, hold, "if (wanted[product] or 0) < n then", "if false then"), []guard{sells("sent, and sold again")}},
		{"what is given up stays in the reservation", lua(t, scriptHold, hold, wanted, ""), []guard{sells("sent, and sold again")}},
		{"an order takes again what others hold", lua(t, scriptHold, hold, "math.min(n - had, math.max(free(product), 0))", "n - had"), []guard{sells("placed, and sold again")}},
		{"nobody hears of what an order cannot hold", lua(t, scriptHold, hold, "if had + more < n then", "if false then"), []guard{sells("placed, and sold again")}},
		{"an order gives up what it could hold", lua(t, scriptHold, hold, "tostring(had + more)", "'0'"), []guard{sells("placed, and sold again but for three")}},
		{"who holds nothing any more stays a holder", lua(t, scriptHold, hold, "redis.call('SREM', KEYS[10], KEYS[6])\nelse", "else"), []guard{sells("all of it sent, and sold again")}},
		{"what was put back bears no attempt", lua(t, scriptHold, hold, marks, "redis.call('HSET', KEYS[6], '#owner', ARGV[9])"), []guard{afterPutBack}},
		{"what was put back bears no owner", lua(t, scriptHold, hold, marks, "redis.call('HSET', KEYS[6], '#attempt', ARGV[8])"), []guard{afterPutBack}},
		{"what was put back expires", lua(t, scriptHold, hold, "redis.call('PERSIST', KEYS[6])", ""), []guard{openedAgain}},
		// What transfers have moved.
		{"a move is done anew each time", lua(t, scriptRedo, redo, "if done and string.sub(done, 1, 1) ~= '[' then return { 'ok' } end", ""), []guard{forgets("transfer received", twice())}},
		{"a move that is done anew leaves no mark", lua(t, scriptRedo, redo, "redis.call('SET', KEYS[7], '1', 'EX', 604800)", ""), []guard{forgets("transfer received", twice())}},
		{"a move that is done anew gives to an order that is through", lua(t, scriptRedo, redo, "if closed() and reserved > 0 then reserved = 0 end", ""), []guard{arrivesBehindDoor}},
		{"a move takes from a reservation what is not in it", lua(t, scriptRedo, redo, "if r < 0 then r =", "if false then r ="), []guard{forgets("from the basket to the door")}},
		{"a move takes what others hold", lua(t, scriptRedo, redo, "if #short > 1 then return short end", ""), []guard{sells("left for another warehouse, and sold")}},
		{"a move asks for its first line only", lua(t, scriptRedo, redo, "if left < 0 and h - r < 0 then", "if i == 11 and left < 0 and h - r < 0 then"), []guard{sells("left for an order, and sold")}},
		{"what comes must wait for what is missing", lua(t, scriptRedo, redo, "if left < 0 and h - r < 0 then", "if left < 0 then"), []guard{belowByHand}},
		{"others give way for what is free", lua(t, scriptRedo, redo, "tostring(math.max(n + left, 0))", "'0'"), []guard{sells("left for another warehouse, and sold but for two")}},
		{"what was lost on the way is not written down again", lua(t, scriptRedo, redo, "enter(product, 0, 0)", ""), []guard{forgets("lost on the way")}},
		{"a reservation keeps lines of nothing", lua(t, scriptRedo, redo, "if r ~= 0 and redis.call('HINCRBY', KEYS[6], product, r) == 0 then redis.call('HDEL', KEYS[6], product) end", "if r ~= 0 then redis.call('HINCRBY', KEYS[6], product, r) end"), []guard{forgets("transfer sent")}},
		{"what arrived anew expires", lua(t, scriptRedo, redo, "if not closed() then redis.call('PERSIST', KEYS[6]) end", ""), []guard{arrivesBehindDoor}},
		{"a closed door is kept for ever", lua(t, scriptRedo, redo, "if not closed() then redis.call('PERSIST', KEYS[6]) end", "redis.call('PERSIST', KEYS[6])"), []guard{arrivesBehindDoor}},
		{"a transfer that has left stays a holder", lua(t, scriptRedo, redo, "if reserved < 0 and #held() == 0 then", "if false then"), []guard{forgets("asked, sent and taken in for a shelf")}},
		{"a transfer of another order of the number is put back", blindTo("uid"), []guard{numberUsedAnew}},
		// What was booked by hand.
		{"a file that goes on does not know what was put back", lua(t, scriptCountRows, luaPrelude+luaCountRows, "if way == 'less' and marked and not diffs then", "if false then"), []guard{fileGoesOn}},
		{"a file that goes on books again what was put back", lua(t, scriptCountRows, luaPrelude+luaCountRows, "if not marked then done = book(", "if true then done = book("), []guard{fileGoesOn}},
		{"a file that went on leaves no mark", lua(t, scriptCountRows, luaPrelude+luaCountRows, "redis.call('SET', KEYS[7], table.concat(kept, ' '), 'EX', 604800)", ""), []guard{fileGoesOn}},
		{"a file goes on without what is not known any more", lua(t, scriptCountRows, luaPrelude+luaCountRows, "if way == 'more' and not diffs then return { 'lost' } end", ""), []guard{fileAtOneWarehouse}},
		{"a count is booked anew each time", lua(t, scriptRebook, rebook, forgotten, ""), []guard{forgets("counted, received, damaged", twice())}},
		{"a count that was booked anew leaves no mark", lua(t, scriptRebook, rebook, "redis.call('HSET', KEYS[14], ARGV[8], '1')", ""), []guard{forgets("counted, received, damaged", twice())}},
		{"a receipt that was sent again is put back too", lua(t, scriptRebook, rebook, named, ""), []guard{receiptAgain}},
		{"a receipt that was put back can be sent again", lua(t, scriptRebook, rebook, "if ARGV[9] ~= '' then redis.call('SET', KEYS[7], ARGV[9], 'EX', 604800) end", ""), []guard{receiptAgain}},
		{"one count without a name stands for all", lua(t, scriptRebook, rebook, "if ARGV[9] ~= '' then redis.call('SET', KEYS[7], ARGV[9], 'EX', 604800) end", "redis.call('SET', KEYS[7], ARGV[9], 'EX', 604800)"), []guard{forgets("counted twice")}},
		{"a count that is there is booked anew", lua(t, scriptRebook, rebook, entry, "if false then"), []guard{nothingForgotten}},
		{"an entry of another product is taken for it", lua(t, scriptRebook, rebook, entry, "if fields.on_hand == ARGV[first + 1] then"), []guard{anotherEntry}},
		{"an entry of other units is taken for it", lua(t, scriptRebook, rebook, entry, "if fields.product == ARGV[first] then"), []guard{anotherEntry}},
		{"a count that is booked anew takes what is promised", lua(t, scriptRebook, rebook, "then return { 'short' } end", "then end"), []guard{sells("counted, and sold")}},
		{"only the first line of a sheet is looked at", lua(t, scriptRebook, rebook, "if change < 0 and", "if i == first and change < 0 and"), []guard{sells("counted on a sheet, and sold")}},
		{"what came must wait for what is missing", lua(t, scriptRebook, rebook, "if change < 0 and", "if"), []guard{belowByHand}},
		{"nobody gives way after all", lua(t, scriptRebook, rebook, "for i = 13, first - 1 do redis.call('HSET', KEYS[15], ARGV[i], ARGV[10]) end", ""), []guard{twoCorrections}},
		{"who gives way is forgotten", lua(t, scriptRebook, rebook, "if ARGV[10] ~= '' then redis.call('SET', KEYS[16], ARGV[11]) end", ""), []guard{twoCorrections}},
		{"a correction takes another one's place", lua(t, scriptRebook, rebook, "if redis.call('HEXISTS', KEYS[15], ARGV[i]) == 1 then return { 'busy' } end", ""), []guard{twoCorrections}},
	}
}
