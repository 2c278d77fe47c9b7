package rdb

import (
	"context"
	_ "embed"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

var (
	//go:embed lua/prelude.lua
	luaPrelude string
	//go:embed lua/reserve.lua
	luaReserve string
	//go:embed lua/release.lua
	luaRelease string
	//go:embed lua/ship.lua
	luaShip string
	//go:embed lua/transfer.lua
	luaTransfer string
	//go:embed lua/join.lua
	luaJoin string
	//go:embed lua/count.lua
	luaCount string
	//go:embed lua/claim.lua
	luaClaim string
	//go:embed lua/fence.lua
	luaFence string
	//go:embed lua/numbers.lua
	luaNumbers string
	//go:embed lua/unclaim.lua
	luaUnclaim string
	//go:embed lua/settled.lua
	luaSettled string
	//go:embed lua/reached.lua
	luaReached string
	//go:embed lua/edit.lua
	luaEdit string
	//go:embed lua/inspect.lua
	luaInspect string
	//go:embed lua/lease.lua
	luaLease string
	//go:embed lua/low.lua
	luaLow string
	//go:embed lua/productlist.lua
	luaProductList string
	//go:embed lua/arrive.lua
	luaArrive string
	//go:embed lua/wait.lua
	luaWait string
	//go:embed lua/leave.lua
	luaLeave string
	//go:embed lua/ahead.lua
	luaAhead string
	//go:embed lua/turn.lua
	luaTurn string

	//go:embed lua/audit.lua
	luaAudit string
	//go:embed lua/rebuild.lua
	luaRebuild string
	//go:embed lua/book.lua
	luaBook string
	//go:embed lua/countrows.lua
	luaCountRows string
	//go:embed lua/corrected.lua
	luaCorrected string
	//go:embed lua/hold.lua
	luaHold string
	//go:embed lua/redo.lua
	luaRedo string
	//go:embed lua/rebook.lua
	luaRebook string

	scriptReserve  = redis.NewScript(luaPrelude + luaReserve)
	scriptRelease  = redis.NewScript(luaPrelude + luaRelease)
	scriptShip     = redis.NewScript(luaPrelude + luaShip)
	scriptTransfer = redis.NewScript(luaPrelude + luaTransfer)
	scriptJoin     = redis.NewScript(luaPrelude + luaJoin)
	scriptEdit     = redis.NewScript(luaPrelude + luaEdit)
	scriptInspect  = redis.NewScript(luaPrelude + luaInspect)
	scriptCount    = redis.NewScript(luaPrelude + luaCount)
	scriptClaim    = redis.NewScript(luaClaim)
	scriptUnclaim  = redis.NewScript(luaUnclaim)
	scriptFence    = redis.NewScript(luaFence)
	scriptNumbers  = redis.NewScript(luaNumbers)
	scriptSettled  = redis.NewScript(luaSettled)
	scriptReached  = redis.NewScript(luaReached)
	scriptLow      = redis.NewScript(luaPrelude + luaLow)
	scriptLease    = redis.NewScript(luaLease)

	scriptProductList = redis.NewScript(luaProductList)
	scriptAudit       = redis.NewScript(luaAudit)
	scriptBook        = redis.NewScript(luaPrelude + luaBook)
	scriptRebuild     = redis.NewScript(luaPrelude + luaRebuild)
	scriptCountRows   = redis.NewScript(luaPrelude + luaCountRows)
	scriptCorrected   = redis.NewScript(luaCorrected)

	scriptArrive = redis.NewScript(luaPrelude + luaArrive)
	scriptHold   = redis.NewScript(luaPrelude + luaHold)
	scriptRedo   = redis.NewScript(luaPrelude + luaRedo)
	scriptRebook = redis.NewScript(luaPrelude + luaRebook)

	scriptWait  = redis.NewScript(luaWait)
	scriptLeave = redis.NewScript(luaLeave)
	scriptAhead = redis.NewScript(luaAhead)
	scriptTurn  = redis.NewScript(luaTurn)
)

// movement is one call of a warehouse script: which warehouse, for whom, and what the
// ledger will say about it.
type movement struct {
	script    *redis.Script
	warehouse string
	holder    string // whose reservation it touches: an order's number, or "" for nobody's
	step      string // names a step that must not happen twice; "" when the script needs none
	kind      store.MovementKind
	reference string
	who       string
	why       string
	args      []any
	keys      []string // KEYS[14] and on, for scripts that need more than the common ones
}

// move runs warehouse scripts, all in one round trip, and gives what each answered. A script
// that Redis does not know (it was restarted) is sent again in full.
func (s *Store) move(ctx context.Context, movements ...movement) ([]any, error) {
	if err := s.pass(); err != nil {
		return nil, err
	}
	results := make([]any, len(movements))
	commands := make([]*redis.Cmd, len(movements))
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, m := range movements {
			keys, args := s.moveArgs(m)
			commands[i] = m.script.EvalSha(ctx, p, keys, args...)
		}
		return nil
	})
	for i, m := range movements {
		results[i], err = commands[i].Result()
		if redis.HasErrorPrefix(err, "NOSCRIPT") {
			keys, args := s.moveArgs(m)
			results[i], err = m.script.Eval(ctx, s.client, keys, args...).Result()
		}
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

func (s *Store) moveArgs(m movement) ([]string, []any) {
	w := m.warehouse
	keys := []string{
		s.keyStock(w), s.keyReserved(w), s.keyProductList(w), s.keyMovements(w), s.keyOpen(w),
		s.keyReservation(w, m.holder), s.keyStep(w, m.step),
		keyRevision(s.at(w), liveWarehouse(w)), keyRevision(s.at(w), liveCatalogue),
		s.keyHolders(w), keyEvents(s.at(w)), s.keyThresholds(w), s.keyLow(w),
	}
	at := strconv.FormatInt(s.now().UnixMilli(), 10)
	args := []any{string(m.kind), m.reference, m.who, m.why, at, liveTalk(liveWarehouse(w)), liveTalk(liveCatalogue)}
	return append(keys, m.keys...), append(args, m.args...)
}

// lineArgs lays lines out as product, units, product, units ...
func lineArgs(lines []store.Line) []any {
	args := make([]any, 0, 2*len(lines))
	for _, line := range lines {
		args = append(args, line.Product, strconv.Itoa(line.Quantity))
	}
	return args
}

// answer reads what a script returned: a word and its details.
func answer(result any) (word string, details []string) {
	list, _ := result.([]any)
	for i, item := range list {
		text, _ := item.(string)
		if i == 0 {
			word = text
		} else {
			details = append(details, text)
		}
	}
	return word, details
}

// shortages reads the details of a "short" answer.
func shortages(details []string, lines []store.Line) []store.Shortage {
	var short []store.Shortage
	for i := 0; i+1 < len(details); i += 2 {
		left, _ := strconv.Atoi(details[i+1])
		short = append(short, store.Shortage{Product: details[i], Wanted: store.Quantity(lines, details[i]), Left: left})
	}
	return short
}
