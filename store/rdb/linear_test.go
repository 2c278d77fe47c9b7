package rdb

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"waybill/store"
)

const (
	linearOrders   = 4
	linearReceipts = 3
	linearAttempts = 3 // at each order
)

// shelfState is one product at one warehouse as a single hand would keep it.
type shelfState struct {
	onHand   int
	orders   [linearOrders]shelfOrder
	received [linearReceipts]bool
}

// shelfOrder is what an order holds, by which attempt, and up to which attempt its door is closed.
type shelfOrder struct{ units, attempt, fence int }

func (s shelfState) free() int {
	free := s.onHand
	for _, o := range s.orders {
		free -= o.units
	}
	return free
}

// shelfCall is one thing that is asked of the shelf, and shelfAnswer what comes back: a word, and how many
// are left if it is "short".
type shelfCall struct {
	what                  string
	order, attempt, units int
}

type shelfAnswer struct {
	word string
	left int
}

// shelfModel says what a shelf must answer, and what it is afterwards.
func shelfModel(onHand int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return shelfState{onHand: onHand} },
		Step: func(state, input, output any) (bool, any) {
			after, want := shelfStep(state.(shelfState), input.(shelfCall))
			return want == output.(shelfAnswer), after
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v gives %+v", input, output) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
	}
}

func shelfStep(s shelfState, c shelfCall) (shelfState, shelfAnswer) {
	if c.what == "receive" {
		if s.received[c.order] {
			return s, shelfAnswer{word: "again"}
		}
		s.received[c.order] = true
		s.onHand += c.units
		return s, shelfAnswer{word: "ok"}
	}
	o := &s.orders[c.order]
	switch c.what {
	case "reserve":
		switch left := s.free() + o.units; {
		case o.attempt == c.attempt:
			return s, shelfAnswer{word: "ok"}
		case o.attempt > c.attempt || o.fence >= c.attempt:
			return s, shelfAnswer{word: "stale"}
		case left < c.units:
			return s, shelfAnswer{"short", max(left, 0)}
		}
		*o = shelfOrder{units: c.units, attempt: c.attempt}
	case "release":
		if o.attempt <= c.attempt {
			*o = shelfOrder{fence: max(o.fence, c.attempt)}
		}
	case "ship":
		s.onHand -= o.units
		*o = shelfOrder{fence: everyAttempt}
	case "look":
		return s, shelfAnswer{left: s.free()}
	}
	return s, shelfAnswer{word: "ok"}
}

// TestShelfIsLinearizable has several hands on two nodes reserve, release, ship and receive one product at
// one warehouse, some of it twice and some of it late. Each answer is what a single hand would have given
// who did it all one after the other, each thing at some moment between its call and its answer.
func TestShelfIsLinearizable(t *testing.T) {
	t.Parallel()
	linearShelves(t, newLab(t))
}

func linearShelves(t testing.TB, l *lab) {
	for seed := range uint64(12) {
		linearShelf(t, l, seed)
	}
}

func linearShelf(t testing.TB, l *lab, seed uint64) {
	const onHand, hands, calls = 9, 5, 10
	s := l.shop(t)
	_, err := s.SetStock(t.Context(), clerk, "warehouse3", "prod9", onHand, "test")
	must(t, err)
	nodes := []*Store{s, newStore(l.newClient())}
	began := time.Now()
	var mu sync.Mutex
	var history []porcupine.Operation
	together(hands, func(hand int) {
		random := rand.New(rand.NewPCG(seed, uint64(hand)))
		for range calls {
			call := someCall(random)
			at := time.Since(began).Nanoseconds()
			answer, err := askShelf(t, nodes[hand%2], call)
			done := time.Since(began).Nanoseconds()
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			history = append(history, porcupine.Operation{ClientId: hand, Input: call, Call: at, Output: answer, Return: done})
			mu.Unlock()
		}
	})
	switch porcupine.CheckOperationsTimeout(shelfModel(onHand), history, time.Minute) {
	case porcupine.Illegal:
		t.Errorf("seed %d: no single hand could have given these answers: %s", seed, asJSON(describe(history)))
	case porcupine.Unknown:
		t.Errorf("seed %d: not decided within a minute", seed)
	}
	checkStock(t, s)
}

func describe(history []porcupine.Operation) []string {
	lines := make([]string, len(history))
	for i, o := range history {
		lines[i] = fmt.Sprintf("hand %d, %d to %d: %+v gives %+v", o.ClientId, o.Call, o.Return, o.Input, o.Output)
	}
	return lines
}

func someCall(random *rand.Rand) shelfCall {
	call := shelfCall{order: random.IntN(linearOrders), attempt: 1 + random.IntN(linearAttempts)}
	switch pick := random.IntN(20); {
	case pick < 10:
		call.what, call.units = "reserve", 1+(call.order+call.attempt)%4 // an attempt always wants the same
	case pick < 15:
		call.what = "release"
	case pick < 16:
		call.what = "ship"
	case pick < 18:
		call.what, call.order, call.attempt = "look", 0, 0
	default:
		call.what, call.order, call.attempt = "receive", random.IntN(linearReceipts), 0
		call.units = 1 + call.order
	}
	return call
}

// askShelf does one call by the ways of the shop itself.
func askShelf(t testing.TB, s *Store, c shelfCall) (shelfAnswer, error) {
	ctx := t.Context()
	o := store.Order{Number: store.Number(400100 + c.order), UID: fmt.Sprint("linear ", c.order)}
	lines := []store.Line{line("prod9", c.units)}
	switch c.what {
	case "reserve":
		results, err := s.move(ctx, movement{ // as reserve does, which frees again what was too little
			script: scriptReserve, warehouse: "warehouse3", holder: o.Number.String(), kind: store.MoveReserved, reference: orderName(o.Number), who: ledgerName(shopper),
			args: append([]any{orderName(o.Number), strconv.Itoa(c.attempt), o.UID}, lineArgs(lines)...),
		})
		if err != nil {
			return shelfAnswer{}, err
		}
		word, details := answer(results[0])
		if short := shortages(details, lines); len(short) > 0 {
			return shelfAnswer{word, short[0].Left}, nil
		}
		return shelfAnswer{word: word}, nil
	case "release":
		return shelfAnswer{word: "ok"}, s.release(ctx, o, c.attempt, []string{"warehouse3"}, "test")
	case "ship":
		return shelfAnswer{word: "ok"}, s.ship(ctx, courier, o.Number, []string{"warehouse3"})
	case "look":
		level, err := s.levelsOf(ctx, "warehouse3", []string{"prod9"})
		if err != nil {
			return shelfAnswer{}, err
		}
		return shelfAnswer{left: level[0].Free()}, nil
	}
	_, created, err := s.Receive(ctx, clerk, store.Receipt{Warehouse: "warehouse3", Reference: "note", Lines: lines, Reason: "came", Caller: "linear", Key: fmt.Sprint(c.order)})
	if created {
		return shelfAnswer{word: "ok"}, err
	}
	return shelfAnswer{word: "again"}, err
}
