package rdb

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/storetest"
)

// laneShop has three warehouses and one product, p, of which each has so many.
func laneShop(t *testing.T, s *Store, units ...int) {
	t.Helper()
	ctx := t.Context()
	for i, w := range []store.Warehouse{
		{ID: "a", Name: "A", At: store.Point{Lat: 54.3, Lon: 18.6}}, {ID: "b", Name: "B", At: store.Point{Lat: 52.2, Lon: 21}}, {ID: "c", Name: "C", At: store.Point{Lat: 50, Lon: 20}},
	} {
		must(t, s.SaveWarehouse(ctx, w))
		must(t, s.SaveProduct(ctx, store.Product{ID: "p", Name: "P", Terms: store.Terms{Kind: store.TermsBackorder}}))
		must(t, s.SaveProduct(ctx, store.Product{ID: "q", Name: "Q", Terms: store.Terms{Kind: store.TermsBackorder}}))
		_, err := s.SetStock(ctx, clerk, w.ID, "p", units[i], "test")
		must(t, err)
	}
	_, err := s.SetStock(ctx, clerk, "a", "q", 100, "test") // the place of assembly has this
	must(t, err)
	check(t, s)
}

// fromB places an order of three p's that come to a from b, where they were asked for.
func fromB(t *testing.T, s *Store) (store.Order, store.Transfer) {
	t.Helper()
	o := mustPlace(t, s, line("p", 3), line("q", 5))
	if o.Warehouse != "a" || len(o.Transfers) != 1 || o.Transfers[0].From != "b" {
		t.Fatalf("placed as %s", asJSON(o))
	}
	return o, o.Transfers[0]
}

func inAMinute() time.Time { return time.Now().Add(time.Minute) }

func lastEvent(o store.Order) store.Event { return o.History[len(o.History)-1] }

func freeAt(t *testing.T, s *Store, warehouse string) int {
	t.Helper()
	level, err := s.level(t.Context(), warehouse, "p")
	must(t, err)
	return level.Free()
}

func TestARefusedTransferComesFromElsewhere(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 3, 5)
	o, transfer := fromB(t, s)
	refused, err := s.RefuseTransfer(t.Context(), clerk, transfer.ID, store.Shortfall{Cause: store.CauseGone, Note: "looked twice"})
	must(t, err)
	if refused.State != store.TransferRefused || refused.Why != "not on the shelf: looked twice" {
		t.Errorf("%+v", refused)
	}
	check(t, s)
	got := mustOrder(t, s, o.Number)
	if got.Status != store.Placed || len(got.Transfers) != 2 || got.Transfers[1].From != "c" || len(got.Moving) != 1 || len(got.Lacking()) != 0 {
		t.Errorf("re-routed to %s", asJSON(got))
	}
	e := lastEvent(got)
	if e.Type != store.EventRerouted || e.Data["from"] != "b" || e.Data["reason"] != "gone" || e.Data["old"] == "" || e.Data["promised_at"] == "" || !got.FirstDate.Equal(o.FirstDate) {
		t.Errorf("the history ends with %s", asJSON(e))
	}
	if level, _ := s.level(t.Context(), "b", "p"); level != (store.Level{}) {
		t.Errorf("the books of b say %+v", level)
	}
	if _, err := s.RefuseTransfer(t.Context(), clerk, transfer.ID, store.Shortfall{Cause: store.CauseGone}); err != nil {
		t.Errorf("refused twice: %v", err)
	}
	bring(t, s, got.Transfers[1].ID)
	packAll(t, s, o.Number)
	must(t, s.Ready(t.Context(), clerk, o.Number))
	must(t, s.PickUp(t.Context(), courier, o.Number))
	check(t, s)
	if level, _ := s.level(t.Context(), "c", "p"); level != (store.Level{OnHand: 2}) {
		t.Errorf("the books of c say %+v", level)
	}
}

// wantWho checks that the entries of one kind for an order in a warehouse's ledger, the newest first, are by
// these people.
func wantWho(t *testing.T, s *Store, warehouse string, n store.Number, kind store.MovementKind, who ...store.Actor) {
	t.Helper()
	page, err := s.Ledger(t.Context(), warehouse, store.LedgerQuery{Order: n, Kind: kind, Limit: 20})
	must(t, err)
	var got, want []string
	for _, e := range page.Entries {
		got = append(got, e.Who)
	}
	for _, w := range who {
		want = append(want, ledgerName(w))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s for order %s in the ledger of %s is by %q, want %q", kind, n, warehouse, got, want)
	}
}

// Goods that are found elsewhere are reserved in the name of whoever reported the loss.
func TestTheLedgerSaysWhoReportedALoss(t *testing.T) {
	t.Parallel()
	ola := store.Actor{Role: store.Clerk, ID: "ola", Name: "Ola"}
	for name, lose := range map[string]func(*Store, store.Transfer) error{
		"refused": func(s *Store, transfer store.Transfer) error {
			_, err := s.RefuseTransfer(t.Context(), ola, transfer.ID, store.Shortfall{Cause: store.CauseGone})
			return err
		},
		"lost": func(s *Store, transfer store.Transfer) error {
			if _, err := s.SendTransfer(t.Context(), clerk, transfer.ID); err != nil {
				return err
			}
			_, err := s.ReceivePart(t.Context(), ola, transfer.ID, nil, nil, "the lorry burnt")
			return err
		},
	} {
		s := newStore(storetest.Redis(t).Client())
		laneShop(t, s, 0, 3, 5)
		o, transfer := fromB(t, s)
		if err := lose(s, transfer); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantWho(t, s, "c", o.Number, store.MoveReserved, ola)
	}
}

func bring(t *testing.T, s *Store, id string) {
	t.Helper()
	_, err := s.SendTransfer(t.Context(), clerk, id)
	must(t, err)
	_, err = s.ReceiveTransfer(t.Context(), clerk, id)
	must(t, err)
}

// What a warehouse keeps for itself is free there, and is not asked for again for this order.
func TestAWarehouseThatRefusesIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 9, 0)
	o, transfer := fromB(t, s)
	_, err := s.RefuseTransfer(t.Context(), clerk, transfer.ID, store.Shortfall{Cause: store.CauseKept})
	must(t, err)
	check(t, s)
	got := mustOrder(t, s, o.Number)
	if got.Status != store.Backordered || !got.PromisedAt.IsZero() || !got.FirstDate.Equal(o.FirstDate) || freeAt(t, s, "b") != 9 {
		t.Fatalf("the order is %s, promised %s, b has %d free", got.Status, got.PromisedAt, freeAt(t, s, "b"))
	}
	keeper := &keeper{Store: s, reconciler: &reconciler{Store: s}}
	turn := mustOrder(t, s, o.Number).Turn
	must(t, keeper.serveWaiting(t.Context()))
	if got := mustOrder(t, s, o.Number); got.Status != store.Backordered || got.Turn != turn {
		t.Errorf("b was asked again: turn %d, then %d, %s", turn, got.Turn, asJSON(got.Transfers))
	}
	queue, err := s.Queue(t.Context(), "p", 0)
	must(t, err)
	if share := queue.Shares[0]; share.Goes || share.Barred != 3 || share.Gets != 3 {
		t.Errorf("the queue says %+v", share)
	}
	queue, err = s.Queue(t.Context(), "p", 3)
	must(t, err)
	if share := queue.Shares[0]; !share.Goes {
		t.Errorf("if three arrived the queue says %+v", share)
	}
	other := mustPlace(t, s, line("p", 2), line("q", 1)) // another order may have them
	check(t, s)
	_, err = s.SetStock(t.Context(), clerk, "c", "p", 3, "delivery")
	must(t, err)
	got = mustOrder(t, s, o.Number)
	if got.Status != store.Placed || got.PromisedAt.IsZero() || got.Transfers[len(got.Transfers)-1].From != "c" || got.Warehouse != "a" {
		t.Errorf("served as %s", asJSON(got))
	}
	check(t, s)
	bringAll(t, s, other.Number)
	bring(t, s, got.Transfers[1].ID)
	packAll(t, s, o.Number)
	must(t, s.Ready(t.Context(), clerk, o.Number))
	check(t, s)
}

// A clerk who has refused takes it back: the order that waits gets its units from there after all, once.
func TestARefusalIsTakenBack(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 9, 0)
	ctx := t.Context()
	o, transfer := fromB(t, s)
	_, err := s.SendPart(ctx, clerk, transfer.ID, []store.Line{line("p", 1)}, store.Shortfall{Cause: store.CauseKept})
	must(t, err)
	wantStatuses(t, s, []store.Order{o}, store.Backordered)
	for range 2 {
		_, err = s.UnrefuseTransfer(ctx, clerk, transfer.ID)
		must(t, err)
		got := mustOrder(t, s, o.Number)
		if got.Status != store.Placed || len(got.Lacking()) > 0 || len(got.Transfers) != 2 || got.Transfers[1].From != "b" || store.Units(got.Transfers[1].Lines) != 2 {
			t.Fatalf("it goes on as %s", asJSON(got))
		}
		check(t, s)
	}
	var asked int
	for _, e := range mustOrder(t, s, o.Number).History {
		if e.Type == store.EventAskedAgain && e.Data["from"] == "b" && e.Data["products"] == "p" && e.Who.ID == clerk.ID {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("asked again %d times: %s", asked, asJSON(mustOrder(t, s, o.Number).History))
	}
	_, err = s.ReceiveTransfer(ctx, clerk, transfer.ID)
	must(t, err)
	bring(t, s, mustOrder(t, s, o.Number).Transfers[1].ID)
	packAll(t, s, o.Number)
	must(t, s.Ready(ctx, clerk, o.Number))
	check(t, s)
	secondPassRepairsNothing(t, s)
}

// A refusal is not taken back where the units have left the books, where the order has got others, or is gone.
func TestARefusalStands(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 9, 3)
	ctx := t.Context()
	o, transfer := fromB(t, s)
	_, err := s.RefuseTransfer(ctx, clerk, transfer.ID, store.Shortfall{Cause: store.CauseKept})
	must(t, err)
	stands := func(why string) {
		t.Helper()
		before := mustOrder(t, s, o.Number)
		if _, err := s.UnrefuseTransfer(ctx, clerk, transfer.ID); store.KindOf(err) != store.Conflict {
			t.Errorf("%s: %v", why, err)
		}
		if after := mustOrder(t, s, o.Number); after.Version != before.Version {
			t.Errorf("%s: %s", why, asJSON(lastEvent(after)))
		}
		check(t, s)
	}
	stands("it comes from c")
	must(t, s.Cancel(ctx, shopper, o.Number, ""))
	stands("it is cancelled")
	o, transfer = fromB(t, s)
	_, err = s.RefuseTransfer(ctx, clerk, transfer.ID, store.Shortfall{Cause: store.CauseGone})
	must(t, err)
	stands("it was not on the shelf")
}

// A part is sent; the rest lies at the place of assembly itself by then.
func TestAPartIsSent(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 3, 0)
	o, transfer := fromB(t, s)
	_, err := s.SetStock(t.Context(), clerk, "a", "p", 4, "delivery")
	must(t, err)
	sent, err := s.SendPart(t.Context(), clerk, transfer.ID, []store.Line{line("p", 1)}, store.Shortfall{Cause: store.CauseDamaged})
	must(t, err)
	if sent.State != store.TransferSent || store.Units(sent.Lines) != 1 || store.Units(sent.Missing) != 2 {
		t.Errorf("%+v", sent)
	}
	check(t, s)
	got := mustOrder(t, s, o.Number)
	if got.Here("p") != 2 || got.Travelling("p") != 1 || freeAt(t, s, "a") != 2 || got.Status != store.Placed {
		t.Errorf("here %d, travelling %d, %d free at a: %s", got.Here("p"), got.Travelling("p"), freeAt(t, s, "a"), asJSON(got))
	}
	_, err = s.UnsendTransfer(t.Context(), clerk, transfer.ID) // the part can be taken back
	must(t, err)
	check(t, s)
	bring(t, s, transfer.ID)
	packAll(t, s, o.Number)
	must(t, s.Ready(t.Context(), clerk, o.Number))
	must(t, s.PickUp(t.Context(), courier, o.Number))
	check(t, s)
	if level, _ := s.level(t.Context(), "a", "p"); level != (store.Level{OnHand: 2}) {
		t.Errorf("the books of a say %+v", level)
	}
	if level, _ := s.level(t.Context(), "b", "p"); level != (store.Level{}) {
		t.Errorf("the books of b say %+v", level)
	}
}

// Of three that were sent one arrives whole and one broken: the broken one is in the ledger of where it came,
// the lost one in that of where it left, and two come from elsewhere.
func TestAShortReceipt(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 3, 2)
	ctx := t.Context()
	o, transfer := fromB(t, s)
	_, err := s.SendTransfer(ctx, clerk, transfer.ID)
	must(t, err)
	if _, err := s.ReceivePart(ctx, clerk, transfer.ID, []store.Line{line("p", 1)}, nil, ""); store.KindOf(err) != store.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := s.ReceivePart(ctx, clerk, transfer.ID, []store.Line{line("p", 3)}, []store.Line{line("p", 1)}, "x"); store.KindOf(err) != store.Invalid {
		t.Errorf("more than was sent: %v", err)
	}
	got, err := s.ReceivePart(ctx, clerk, transfer.ID, []store.Line{line("p", 1)}, []store.Line{line("p", 1)}, "the box was open")
	must(t, err)
	if got.State != store.TransferDelivered || store.Units(got.Lost) != 1 || store.Units(got.Damaged) != 1 || store.Units(got.Lines) != 1 {
		t.Errorf("%+v", got)
	}
	check(t, s)
	after := mustOrder(t, s, o.Number)
	if after.Here("p") != 1 || after.Travelling("p") != 2 || after.Transfers[1].From != "c" || lastEvent(after).Type != store.EventRerouted {
		t.Errorf("after the receipt: %s", asJSON(after))
	}
	damaged := 0
	for _, entry := range s.client.XRange(ctx, s.keyMovements("a"), "-", "+").Val() {
		if entry.Values["kind"] == "damaged" && entry.Values["on_hand"] == "-1" {
			damaged++
		}
	}
	if damaged != 1 {
		t.Errorf("%d damaged units in the ledger", damaged)
	}
	wantLost(t, s, transfer.ID, "1 unit did not arrive: the box was open")
	if _, err := s.UnreceiveTransfer(ctx, clerk, transfer.ID); store.KindOf(err) != store.Conflict {
		t.Errorf("the receipt was undone: %v", err)
	}
	check(t, s)
}

// wantLost checks that what a transfer has lost is found in the ledger of b, from where it was sent: who wrote
// it down, why and for which transfer. No counter moves by it.
func wantLost(t *testing.T, s *Store, transfer, why string) {
	t.Helper()
	page, err := s.Ledger(t.Context(), "b", store.LedgerQuery{Kind: store.MoveLost, Limit: 5})
	must(t, err)
	if len(page.Entries) != 1 {
		t.Fatalf("%d entries of lost units: %+v", len(page.Entries), page.Entries)
	}
	if e := page.Entries[0]; e.Product != "p" || e.OnHand != 0 || e.Reserved != 0 || e.Who != ledgerName(clerk) || e.Why != why || e.Reference != transferName(transfer) {
		t.Errorf("%+v", e)
	}
}

// Nothing of a transfer arrives and nobody has more: the order waits with what it holds, and goes on
// when there is some.
func TestALostTransferIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 3, 0)
	ctx := t.Context()
	o, transfer := fromB(t, s)
	_, err := s.SendTransfer(ctx, clerk, transfer.ID)
	must(t, err)
	lost, err := s.ReceivePart(ctx, clerk, transfer.ID, nil, nil, "the van burnt")
	must(t, err)
	got := mustOrder(t, s, o.Number)
	if lost.State != store.TransferClosed || got.Status != store.Backordered || len(got.Moving) != 0 {
		t.Fatalf("%+v, the order is %s", lost, got.Status)
	}
	wantLost(t, s, transfer.ID, "3 units did not arrive: the van burnt")
	check(t, s)
	_, err = s.SetStock(ctx, clerk, "a", "p", 3, "delivery")
	must(t, err)
	packAll(t, s, o.Number)
	must(t, s.Ready(ctx, clerk, o.Number))
	check(t, s)
}

// A waiting order that holds a part is cancelled from outside: all that it holds is free again.
func TestAWaitingOrderLetsGo(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 3, 1)
	ctx := t.Context()
	o, transfer := fromB(t, s)
	_, err := s.SendPart(ctx, clerk, transfer.ID, []store.Line{line("p", 2)}, store.Shortfall{Cause: store.CauseGone})
	must(t, err)
	must(t, s.client.Set(ctx, s.keyStatus(o.Number), "cancelled", 0).Err())
	must(t, s.heed(ctx, o.Number))
	check(t, s)
	if left := freeAt(t, s, "c"); left != 1 {
		t.Errorf("%d free at c", left)
	}
}

// Every step of refusing, sending in part and receiving in part may be the last one of its node: what
// is left the sweeper finishes. Only the transfer's own change was made here.
func TestShortfallsLeftHalfDone(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*store.Transfer) (transferStep, error){
		"refused": func(t *store.Transfer) (transferStep, error) {
			t.State, t.Missing, t.Cause, t.Lines = store.TransferRefused, t.Lines, store.CauseGone, nil
			return transferStep{Missing: t.Missing, Cause: t.Cause}, nil
		},
		"sent in part": func(t *store.Transfer) (transferStep, error) {
			t.State, t.Missing, t.Cause, t.Lines = store.TransferSent, []store.Line{line("p", 2)}, store.CauseKept, []store.Line{line("p", 1)}
			return transferStep{Lines: t.Lines, Missing: t.Missing, Cause: t.Cause}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(storetest.Redis(t).Client())
			laneShop(t, s, 0, 3, 3)
			o, transfer := fromB(t, s)
			_, err := s.editTransfer(t.Context(), clerk, transfer.ID, edit)
			must(t, err)
			for range 2 {
				_, err := s.Reconcile(t.Context(), false)
				must(t, err)
			}
			check(t, s)
			if got := mustOrder(t, s, o.Number); got.Transfers[1].From != "c" || len(got.Lacking()) != 0 {
				t.Errorf("after the sweeper: %s", asJSON(got))
			}
			secondPassRepairsNothing(t, s)
		})
	}
}

// A node dies after it has held units for an order's new source and before the plan knew of it: they are
// free again, and its late step cannot write the plan.
func TestHeldForAPlanThatWasNeverWritten(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	laneShop(t, s, 0, 3, 3)
	ctx := t.Context()
	o, transfer := fromB(t, s)
	_, err := s.editTransfer(ctx, clerk, transfer.ID, func(t *store.Transfer) (transferStep, error) {
		t.State, t.Missing, t.Cause, t.Lines = store.TransferRefused, t.Lines, store.CauseKept, nil
		return transferStep{Missing: t.Missing, Cause: t.Cause}, nil
	})
	must(t, err)
	must(t, s.applyTransfer(ctx, transfer.ID))
	lacks := mustOrder(t, s, o.Number)
	more := store.Refill{Sources: []store.Source{{Warehouse: "c", Lines: lacks.Lacking()}}}
	nameSources(more.Sources, lacks, 9001)
	if short, err := s.hold(ctx, clerk, o, 9001, more.Sources); err != nil || len(short) > 0 {
		t.Fatal(short, err)
	}
	checkStock(t, s)
	later := newStore(server.Client())
	later.now = inAMinute
	sweep(t, later, "held and died")
	if free := freeAt(t, s, "c"); free != 0 { // the sweeper's own plan has them, once
		t.Errorf("%d free at c", free)
	}
	if err := s.addSources(ctx, clerk, lacks, more, 9001, 0); err != nil && !errors.Is(err, errOvertaken) && store.KindOf(err) != store.Conflict {
		t.Error(err)
	}
	sweep(t, later, "and came late")
	if got := mustOrder(t, s, o.Number); slices.ContainsFunc(got.Plan.Sources, func(source store.Source) bool { return source.Held == more.Sources[0].Held }) {
		t.Errorf("the dead node wrote its plan: %s", asJSON(got.Plan.Sources))
	}
}

// Many clerks send, refuse, send in part, receive and receive in part the same transfers at once.
func TestManyClerksAndShortTransfers(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 12, 12)
	ctx := t.Context()
	var orders []store.Order
	for range 4 {
		orders = append(orders, mustPlace(t, s, line("p", 3), line("q", 2)))
	}
	acts := []func(context.Context, store.Actor, string) (store.Transfer, error){
		s.SendTransfer, s.UnsendTransfer, s.ReceiveTransfer,
		func(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
			return s.RefuseTransfer(ctx, who, id, store.Shortfall{Cause: store.CauseGone})
		},
		func(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
			return s.SendPart(ctx, who, id, []store.Line{line("p", 2)}, store.Shortfall{Cause: store.CauseKept})
		},
		func(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
			return s.ReceivePart(ctx, who, id, []store.Line{line("p", 1)}, []store.Line{line("p", 1)}, "wet")
		},
		s.UnreceiveTransfer,
	}
	for round := range 3 {
		together(21, func(i int) {
			for k := range orders {
				o := orders[(i+k)%len(orders)]
				now, err := s.Order(ctx, o.Number)
				if err != nil {
					t.Error(err)
					return
				}
				for _, transfer := range now.Transfers {
					if _, err := acts[(i+round)%len(acts)](ctx, clerk, transfer.ID); err != nil && store.KindOf(err) != store.Conflict && store.KindOf(err) != store.Invalid {
						t.Error(err)
					}
				}
			}
		})
	}
	later := newStore(s.client)
	later.now = inAMinute
	sweep(t, later, "many clerks")
	for _, o := range orders {
		now := mustOrder(t, s, o.Number)
		for _, transfer := range now.Transfers {
			if transfer.State == store.TransferRequested {
				_, err := s.SendTransfer(ctx, clerk, transfer.ID)
				must(t, err)
			}
		}
		for _, id := range now.Moving {
			_, err := s.ReceiveTransfer(ctx, clerk, id)
			must(t, err)
		}
		if now = mustOrder(t, s, o.Number); now.Status == store.Placed {
			packAll(t, s, o.Number)
			must(t, s.Ready(ctx, clerk, o.Number))
			must(t, s.PickUp(ctx, courier, o.Number))
		}
	}
	check(t, s)
}
