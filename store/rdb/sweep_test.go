package rdb

import (
	"context"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// A node that dies between reserving and creating leaves units reserved for an order that nobody made:
// they are freed, and the dead node's late step cannot make the order any more.
func TestReservationOfAnOrderThatWasNeverMade(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := store.Order{Number: 200123, UID: "dead", Token: "t", Lines: []store.Line{line("prod5", 17)}, Speed: store.Standard}
	plan, attempt, err := s.routeAndReserve(ctx, o, 1, shopper, mustStock(t, s, o.Lines))
	must(t, err)
	if _, _, err := s.Place(ctx, placement(line("prod5", 1))); store.KindOf(err) != store.Conflict {
		t.Fatalf("the units were not reserved: %v", err)
	}
	later := newStore(s.client)
	later.now = func() time.Time { return time.Now().Add(time.Minute) }
	repairs, err := later.Reconcile(ctx, false)
	must(t, err)
	if len(repairs) != 1 {
		t.Errorf("repaired %v", repairs)
	}
	check(t, s)
	mustPlace(t, s, line("prod5", 1))

	o.Status, o.Plan, o.Attempt, o.Warehouse = store.Placed, plan, attempt, plan.Assembly
	if _, err := s.create(ctx, shopper, o, "body"); store.KindOf(err) != store.Conflict {
		t.Errorf("the dead node made its order: %v", err)
	}
	if short, err := s.reserve(ctx, o, attempt, plan, shopper); err == nil {
		t.Errorf("the dead node reserved again: %v", short)
	}
	check(t, s)
}

// A node that dies after an order's own step leaves its effects to the sweeper, which does them once.
func TestStepsLeftHalfDone(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	transfer := o.Transfers[0]

	// The transfer's own change, and then nothing.
	_, err := s.changeTransfer(ctx, clerk, transfer.ID, func(store.Transfer) (store.TransferState, string, error) {
		return store.TransferSent, "", nil
	})
	must(t, err)
	// An order placed with transfers that nobody raised.
	half := store.Order{Number: 200124, UID: "half", Token: "half", Lines: []store.Line{line("prod4", 1), line("prod7", 1)}, Speed: store.Standard, PlacedAt: time.Now()}
	half.Plan, half.Attempt, err = s.routeAndReserve(ctx, half, 1, shopper, mustStock(t, s, half.Lines))
	must(t, err)
	half.Status, half.Warehouse, half.PromisedAt = store.Placed, half.Plan.Assembly, half.Plan.PromisedAt
	_, err = s.create(ctx, shopper, half, "body")
	must(t, err)

	for range 2 {
		secondPassRepairsNothing(t, s)
	}
	if got := mustOrder(t, s, o.Number); got.History[len(got.History)-1].Type != store.EventTransferSent || len(got.History) != 2 {
		t.Errorf("the history is %s", asJSON(got.History))
	}
	if got := mustOrder(t, s, half.Number); len(got.Transfers) != 1 {
		t.Errorf("the transfers are %v", got.Transfers)
	}
	if left := leftUnsettled(ctx, s); left != 0 {
		t.Errorf("%d things are left unsettled", left)
	}
}

// Redis forgets its scripts when it restarts; nothing of that is seen.
func TestScriptsAreSentAgain(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, s.SaveWarehouse(t.Context(), store.Warehouse{ID: "w", Name: "W", At: store.Point{Lat: 50, Lon: 20}}))
	must(t, s.SaveProduct(t.Context(), store.Product{ID: "p", Name: "P"}))
	_, err := s.SetStock(t.Context(), clerk, "w", "p", 5, "count")
	must(t, err)
	must(t, server.Client().ScriptFlush(t.Context()).Err())
	mustPlace(t, s, line("p", 1))
	check(t, s)
}

// What follows from a step has no more time than whoever asked for the step: the answer does not wait for
// it, and the sweeper finishes it.
func TestWhatFollowsHasThePatienceOfWhoAsked(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	link := storetest.Proxy(t, server.Addr())
	s := newStore(storetest.Client(t, link.URL()))
	must(t, demo.Load(t.Context(), s))
	o := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	_, err := s.Directory(t.Context())
	must(t, err)
	link.Slow(100 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond) // the step is two questions, what follows some ten more
	defer cancel()
	err = s.Cancel(ctx, shopper, o.Number, "")
	late := time.Until(deadlineOf(ctx)) < -time.Second
	link.Heal()
	if late {
		t.Error("the answer waited for what follows")
	}
	must(t, err)
	if now := mustOrder(t, s, o.Number); now.Status != store.Cancelled {
		t.Fatalf("it is %s", now.Status)
	}
	eventually(t, 5*time.Second, "the sweeper frees what it held", func() (bool, string) {
		_, err := s.Reconcile(t.Context(), false)
		must(t, err)
		left := s.client.ZCard(t.Context(), keyUnsettled(s.part(o.Number))).Val()
		return left == 0, "unsettled orders are left"
	})
	check(t, s)
}

func deadlineOf(ctx context.Context) time.Time {
	at, _ := ctx.Deadline()
	return at
}
