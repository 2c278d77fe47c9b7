package rdb

import (
	"sync/atomic"
	"testing"

	"waybill/store"
)

// sentOrder is an order that a courier has on board.
func sentOrder(t testing.TB, s *Store, lines ...store.Line) store.Order {
	t.Helper()
	o := mustPlace(t, s, lines...)
	bringAll(t, s, o.Number)
	packAll(t, s, o.Number)
	must(t, s.Ready(t.Context(), clerk, o.Number))
	must(t, s.PickUp(t.Context(), courier, o.Number))
	return mustOrder(t, s, o.Number)
}

// A courier who finds nobody tries again, and then brings the parcel back; there it is looked into.
func TestBroughtBack(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	o := sentOrder(t, s, line("prod2", 3), line("prod3", 2))
	was := [2]int{free(t, s, "prod2"), free(t, s, "prod3")}
	nobody := store.Failure{Attempt: 1, Problem: store.ProblemNobody}
	if err := s.CouldNotDeliver(ctx, kasia, o.Number, nobody); store.KindOf(err) != store.Conflict {
		t.Errorf("another courier said so: %v", err)
	}
	if err := s.CouldNotDeliver(ctx, courier, o.Number, store.Failure{Attempt: 1, Problem: store.ProblemOther}); store.KindOf(err) != store.Invalid {
		t.Errorf("took a failure without a reason: %v", err)
	}
	must(t, s.CouldNotDeliver(ctx, courier, o.Number, nobody))
	must(t, s.CouldNotDeliver(ctx, courier, o.Number, nobody))
	if got := mustOrder(t, s, o.Number); got.Status != store.Sent || got.Failures != 1 || got.Version != o.Version+1 {
		t.Errorf("after one failure: %s", asJSON(got))
	}
	back := store.Failure{Attempt: 2, Problem: store.ProblemRefused, Back: true}
	must(t, s.CouldNotDeliver(ctx, courier, o.Number, back))
	must(t, s.CouldNotDeliver(ctx, courier, o.Number, back))
	rounds, err := s.Rounds(ctx, courier.ID)
	must(t, err)
	board, err := s.Board(ctx, o.Warehouse)
	must(t, err)
	if len(rounds.Run) != 0 || len(board.ToInspect) != 1 {
		t.Errorf("on board %d, to inspect %d", len(rounds.Run), len(board.ToInspect))
	}
	check(t, s)

	for _, found := range [][]store.Inspected{{{Product: "prod2", Sellable: 4}}, {{Product: "prod2", Sellable: 2, Damaged: 2}}, {{Product: "prod2", Sellable: -1}}, {{Product: "prod3", Damaged: -1}}} {
		if err := s.Inspect(ctx, clerk, o.Number, found); store.KindOf(err) != store.Invalid {
			t.Errorf("found %v: %v", found, err)
		}
	}
	found := []store.Inspected{{Product: "prod3", Sellable: 2}, {Product: "prod2", Sellable: 1, Damaged: 1}, {Product: "prod9", Sellable: 5}}
	must(t, s.Inspect(ctx, clerk, o.Number, found))
	must(t, s.Inspect(ctx, clerk, o.Number, found))
	if err := s.Inspect(ctx, clerk, o.Number, found[:1]); store.KindOf(err) != store.Conflict {
		t.Errorf("inspected again: %v", err)
	}
	if now := [2]int{free(t, s, "prod2"), free(t, s, "prod3")}; now != [2]int{was[0] + 1, was[1] + 2} {
		t.Errorf("free %v, was %v", now, was)
	}
	if board, err = s.Board(ctx, o.Warehouse); err != nil || len(board.ToInspect) != 0 {
		t.Errorf("still to inspect: %v, %v", board.ToInspect, err)
	}
	kinds := map[string]int{}
	for _, entry := range s.client.XRange(ctx, s.keyMovements(o.Warehouse), "-", "+").Val() {
		if entry.Values["reference"] == orderName(o.Number) && entry.Values["product"] == "prod2" {
			kinds[entry.Values["kind"].(string)+entry.Values["on_hand"].(string)]++
		}
	}
	if kinds["returned2"] != 1 || kinds["damaged-1"] != 1 {
		t.Errorf("the ledger says %v", kinds)
	}
	check(t, s)
}

// What a customer sends back comes to the warehouse that customer service names, and its sellable units
// go to the order that waits for them.
func TestSentBack(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	o := sentOrder(t, s, line("prod6", 24))
	if err := s.Return(ctx, shopper, o.Number, "", ""); store.KindOf(err) != store.Forbidden {
		t.Errorf("a customer returned it: %v", err)
	}
	must(t, s.Deliver(ctx, courier, o.Number, store.Proof{ReceivedBy: "Anna"}))
	p := placement(line("prod6", 2))
	p.Draft.Backorder = true
	waiting, _, err := s.Place(ctx, p)
	must(t, err)
	if err := s.Return(ctx, helper, o.Number, "warehouse9", ""); store.KindOf(err) != store.Invalid {
		t.Errorf("returned to nowhere: %v", err)
	}
	must(t, s.Return(ctx, helper, o.Number, "warehouse3", "too many"))
	must(t, s.Return(ctx, helper, o.Number, "warehouse1", "again"))
	board, err := s.Board(ctx, "warehouse3")
	must(t, err)
	if len(board.ToInspect) != 1 {
		t.Errorf("to inspect: %v", board.ToInspect)
	}
	s.client.Del(ctx, keyToInspect(s.part(o.Number), "warehouse3")) // an outside program did that
	sweep(t, s, "a return that stands nowhere")
	if board, err = s.Board(ctx, "warehouse3"); err != nil || len(board.ToInspect) != 1 {
		t.Errorf("not put back on the list: %v", err)
	}
	must(t, s.Inspect(ctx, clerk, o.Number, []store.Inspected{{Product: "prod6", Sellable: 20, Damaged: 4}}))
	if got := mustOrder(t, s, waiting.Number); got.Status != store.Placed || got.Warehouse != "warehouse3" {
		t.Errorf("the waiting order is %s in %s", got.Status, got.Warehouse)
	}
	if now := free(t, s, "prod6"); now != 18 {
		t.Errorf("%d free", now)
	}
	check(t, s)
}

// Delivered, brought back, cancelled and inspected by many at once: one thing happens, and its stock once.
func TestOneEndOfAParcel(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	for range 5 {
		o := sentOrder(t, s, line("prod4", 2))
		was := free(t, s, "prod4")
		var delivered atomic.Int64
		together(9, func(i int) {
			var err error
			switch i % 3 {
			case 0:
				if err = s.Deliver(ctx, courier, o.Number, store.Proof{ReceivedBy: "Anna"}); err == nil {
					delivered.Add(1)
				}
			case 1:
				err = s.CouldNotDeliver(ctx, courier, o.Number, store.Failure{Attempt: 1, Problem: store.ProblemRefused, Back: true})
			case 2:
				err = s.Inspect(ctx, clerk, o.Number, []store.Inspected{{Product: "prod4", Sellable: 2}})
			}
			if err != nil && store.KindOf(err) != store.Conflict {
				t.Error(err)
			}
		})
		got, now := mustOrder(t, s, o.Number), free(t, s, "prod4")
		if got.Status == store.Returned {
			together(4, func(int) {
				if err := s.Inspect(ctx, clerk, o.Number, []store.Inspected{{Product: "prod4", Sellable: 2}}); err != nil {
					t.Error(err)
				}
			})
			now = free(t, s, "prod4") - 2
		}
		if (got.Status == store.Delivered) != (delivered.Load() > 0) || now != was {
			t.Errorf("%s, delivered %d times; free %d, was %d", got.Status, delivered.Load(), now, was)
		}
		check(t, s)
	}
}
