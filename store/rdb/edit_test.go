package rdb

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"waybill/store"
)

// wish is an edit of an order as it is: what a form shows before anything is typed.
func wish(o store.Order) store.Edit {
	return store.Edit{Draft: store.Draft{Recipient: o.Recipient, Lines: o.Lines, Speed: o.Speed}, To: o.At, Version: o.Version}
}

// editTo asks for other lines.
func editTo(ctx context.Context, s *Store, o store.Order, lines ...store.Line) error {
	e := wish(o)
	e.Draft.Lines = lines
	_, err := s.Edit(ctx, shopper, o.Number, e)
	return err
}

// Another address and speed: the date is promised anew, nothing is reserved, and the first date stays.
func TestEditAddress(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	ledgerBefore := s.client.XLen(ctx, s.keyMovements("warehouse1")).Val() + s.client.XLen(ctx, s.keyMovements("warehouse2")).Val()
	must(t, s.Pack(ctx, clerk, o.Number, "prod6", 1)) // packing does not stand in the way of an address
	o = mustOrder(t, s, o.Number)
	e := wish(o)
	e.Draft.Recipient.Address = store.Address{Line1: "Rynek 1", City: "Wrocław", PostalCode: "50-101", Country: "PL"}
	e.To = &store.Point{Lat: 51.11, Lon: 17.03}
	got, err := s.Edit(ctx, helper, o.Number, e)
	must(t, err)
	again, err := s.Edit(ctx, helper, o.Number, e)
	must(t, err)
	if got.Recipient.Address.City != "Wrocław" || got.At.Lat != 51.11 || !got.PromisedAt.After(o.PromisedAt) || !got.FirstDate.Equal(o.FirstDate) || got.Warehouse != o.Warehouse || again.Version != got.Version {
		t.Errorf("edited: %s", asJSON(got))
	}
	last := got.History[len(got.History)-1]
	if last.Type != store.EventEdited || last.Data["changed"] != "address" || last.Who.ID != helper.ID {
		t.Errorf("the history says %+v", last)
	}
	if ledgerAfter := s.client.XLen(ctx, s.keyMovements("warehouse1")).Val() + s.client.XLen(ctx, s.keyMovements("warehouse2")).Val(); ledgerAfter != ledgerBefore {
		t.Error("the ledger has new entries")
	}
	if score := s.client.ZScore(ctx, keyToAssemble(s.part(got.Number), got.Warehouse), orderName(got.Number)).Val(); int64(score) != got.PromisedAt.Unix() {
		t.Errorf("the board sorts by %v", score)
	}
	e.Version, e.Draft.Speed = got.Version, store.Express
	faster, err := s.Edit(ctx, shopper, o.Number, e)
	must(t, err)
	if faster.Speed != store.Express || faster.PromisedAt.After(got.PromisedAt) {
		t.Errorf("express: %s, was %s", faster.PromisedAt, got.PromisedAt)
	}
	check(t, s)
}

// Other lines: only the difference moves, what is not needed is free, transfers follow.
func TestEditLines(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	was := map[string]int{}
	for _, p := range []string{"prod1", "prod2", "prod5", "prod6"} {
		was[p] = free(t, s, p)
	}
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	first := o.Transfers[0]
	for _, lines := range [][]store.Line{
		{line("prod1", 3), line("prod6", 1)},                   // more of what travels
		{line("prod6", 4)},                                     // nothing travels any more
		{line("prod6", 2), line("prod5", 1), line("prod2", 1)}, // something else travels
		{line("prod5", 18)},                                    // all of it, assembled elsewhere
		{line("prod1", 1), line("prod6", 24)},
	} {
		must(t, editTo(ctx, s, o, lines...))
		got := mustOrder(t, s, o.Number)
		check(t, s)
		for product, units := range was {
			if now := free(t, s, product); now != units-store.Quantity(lines, product) {
				t.Errorf("%v: %d of %s free", lines, now, product)
			}
		}
		if !store.SameUnits(got.Lines, lines) || !got.FirstDate.Equal(o.FirstDate) || len(got.Transfers) != len(got.Moving) {
			t.Errorf("%v: %s", lines, asJSON(got))
		}
		for _, w := range []string{"warehouse1", "warehouse2", "warehouse3"} {
			board, err := s.Board(ctx, w)
			must(t, err)
			if here := len(board.ToAssemble) == 1; here != (w == got.Warehouse) {
				t.Errorf("%v: on the board of %s: %v, assembled in %s", lines, w, here, got.Warehouse)
			}
			for _, transfer := range append(board.ToSend, board.ToReceive...) {
				if transfer.ID == first.ID {
					t.Errorf("%v: %s still asks for %s", lines, w, first.ID)
				}
			}
		}
		o = got
	}
	bringAll(t, s, o.Number)
	packAll(t, s, o.Number)
	must(t, s.Ready(ctx, clerk, o.Number))
	must(t, s.PickUp(ctx, courier, o.Number))
	check(t, s)
}

// A transfer that brings the same as before is not asked for again.
func TestEditKeepsTransfers(t *testing.T) {
	s := emptyShop(t)
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	must(t, editTo(t.Context(), s, o, line("prod1", 2), line("prod6", 3)))
	if got := mustOrder(t, s, o.Number); len(got.Transfers) != 1 || got.Transfers[0].ID != o.Transfers[0].ID || got.Transfers[0].Version != 1 {
		t.Errorf("transfers %s", asJSON(got.Transfers))
	}
	check(t, s)
	later := newStore(s.client)
	later.now = func() time.Time { return time.Now().Add(time.Minute) }
	sweep(t, later, "reservations that an edit left alone are judged")
}

// What cannot be changed any more says why, and what is wrong is said at its field.
func TestEditRefused(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	refused := func(name string, err error, want store.Kind, says string) {
		t.Helper()
		if store.KindOf(err) != want || says != "" && store.MessageOf(err) != says {
			t.Errorf("%s: %v", name, err)
		}
		check(t, s)
	}
	_, err := s.Edit(ctx, clerk, o.Number, wish(o))
	refused("a clerk", err, store.Forbidden, "")
	refused("too many", editTo(ctx, s, o, line("prod6", 25)), store.Conflict, "")
	refused("unknown", editTo(ctx, s, o, line("prod77", 1)), store.Invalid, "")
	refused("nothing", editTo(ctx, s, o), store.Invalid, "")
	stale := o
	stale.Version--
	refused("stale", editTo(ctx, s, stale, line("prod6", 2)), store.Conflict, "")
	must(t, s.Pack(ctx, clerk, o.Number, "prod6", 1))
	packed := mustOrder(t, s, o.Number)
	refused("packed", editTo(ctx, s, packed, line("prod6", 2)), store.Conflict, packed.CheckEditLines().Error())
	must(t, s.Pack(ctx, clerk, o.Number, "prod6", 0))
	_, err = s.SendTransfer(ctx, clerk, o.Transfers[0].ID)
	must(t, err)
	left := mustOrder(t, s, o.Number)
	refused("left", editTo(ctx, s, left, line("prod6", 2)), store.Conflict, left.CheckEditLines().Error())
	must(t, s.Cancel(ctx, shopper, o.Number, ""))
	refused("cancelled", editTo(ctx, s, mustOrder(t, s, o.Number), line("prod6", 2)), store.Conflict, "")
}

// What is not sold any more stays in an order that has it, and does not grow.
func TestEditWithWithdrawnProduct(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod2", 2))
	must(t, s.SaveProduct(ctx, store.Product{ID: "prod2", Name: "Wool blanket", Withdrawn: true}))
	if err := editTo(ctx, s, o, line("prod2", 3)); store.KindOf(err) != store.Invalid {
		t.Errorf("it grew: %v", err)
	}
	must(t, editTo(ctx, s, o, line("prod2", 1), line("prod3", 1)))
	check(t, s)
}

// A waiting order that asks for less, or for something else, goes on when that is there, and waits on
// when it is not.
func TestEditWhileWaiting(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	p := placement(line("prod6", 30))
	p.Draft.Backorder = true
	o, _, err := s.Place(ctx, p)
	must(t, err)
	if err := editTo(ctx, s, o, line("prod5", 30)); store.KindOf(err) != store.Conflict {
		t.Errorf("waits for what may not be waited for: %v", err)
	}
	must(t, editTo(ctx, s, o, line("prod6", 28), line("prod1", 1)))
	got := mustOrder(t, s, o.Number)
	if got.Status != store.Backordered || len(got.Lines) != 2 {
		t.Errorf("it is %s with %v", got.Status, got.Lines)
	}
	check(t, s)
	must(t, editTo(ctx, s, got, line("prod6", 20), line("prod1", 1)))
	if got = mustOrder(t, s, o.Number); got.Status != store.Placed || s.client.ZCard(ctx, s.keyProductWaiting("prod6")).Val() != 0 {
		t.Errorf("it is %s", got.Status)
	}
	check(t, s)
}

// A waiting order cannot be edited above the limit of how many may wait, and then waits as before. Whoever
// stood before it stays before it.
func TestEditWaitingWithinLimits(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	must(t, s.SaveProduct(ctx, store.Product{ID: "prod6", Name: "Coffee grinder", Terms: store.Terms{Kind: store.TermsBackorder, Cap: 70}}))
	waits := func(units int) store.Order {
		p := placement(line("prod6", units))
		p.Draft.Backorder = true
		o, _, err := s.Place(ctx, p)
		must(t, err)
		return o
	}
	first, second := waits(30), waits(30)
	if err := editTo(ctx, s, second, line("prod6", 41)); store.KindOf(err) != store.Conflict {
		t.Errorf("above the limit: %v", err)
	}
	check(t, s)
	must(t, editTo(ctx, s, second, line("prod6", 40)))
	check(t, s)
	must(t, editTo(ctx, s, mustOrder(t, s, second.Number), line("prod6", 26), line("prod1", 1)))
	check(t, s)
	_, err := s.SetStock(ctx, clerk, "warehouse2", "prod6", 34, "delivery")
	must(t, err)
	if a, b := mustOrder(t, s, first.Number), mustOrder(t, s, second.Number); a.Status != store.Placed || b.Status != store.Backordered {
		t.Errorf("the first is %s, the second %s", a.Status, b.Status)
	}
	must(t, editTo(ctx, s, mustOrder(t, s, second.Number), line("prod6", 4)))
	if b := mustOrder(t, s, second.Number); b.Status != store.Placed {
		t.Errorf("the second is %s", b.Status)
	}
	sweep(t, s, "edits of waiting orders")
}

// Edits against packing, sending and cancelling, and against other edits: stock and order always agree,
// and nothing is changed behind a clerk's back.
func TestEditAmongOthers(t *testing.T) {
	ctx := t.Context()
	for range 6 {
		s := emptyShop(t)
		o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
		var written atomic.Int64
		together(12, func(i int) {
			var err error
			switch i % 6 {
			case 0, 1:
				if err = editTo(ctx, s, o, line("prod1", 1+i), line("prod6", 2)); err == nil {
					written.Add(1)
				}
			case 2:
				err = editTo(ctx, s, o, line("prod5", 2), line("prod6", 3))
			case 3:
				err = s.Pack(ctx, clerk, o.Number, "prod6", 1)
			case 4:
				_, err = s.SendTransfer(ctx, clerk, o.Transfers[0].ID)
			case 5:
				if i == 11 {
					err = s.Cancel(ctx, shopper, o.Number, "")
				}
			}
			if err != nil && store.KindOf(err) != store.Conflict && store.KindOf(err) != store.NotFound {
				t.Error(err)
			}
		})
		sweep(t, s, "edit among others")
		got := mustOrder(t, s, o.Number)
		for _, transfer := range got.Transfers {
			if transfer.State == store.TransferSent {
				_, err := s.ReceiveTransfer(ctx, clerk, transfer.ID)
				must(t, err)
			}
		}
		check(t, s)
		if got.Status != store.Cancelled {
			t.Errorf("it is %s", got.Status)
		}
	}
}

// The same edit asked for many times at once is one edit.
func TestOneEdit(t *testing.T) {
	s := emptyShop(t)
	o := mustPlace(t, s, line("prod1", 2))
	together(10, func(int) {
		if err := editTo(t.Context(), s, o, line("prod1", 5), line("prod9", 1)); err != nil {
			t.Error(err)
		}
	})
	if got := mustOrder(t, s, o.Number); got.Version != o.Version+1 {
		t.Errorf("%d entries: %s", got.Version, asJSON(got.History))
	}
	check(t, s)
}

// What a change frees and takes is in the ledger in the name of whoever changed the order.
func TestTheLedgerSaysWhoChangedAnOrder(t *testing.T) {
	s := emptyShop(t)
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	e := wish(o)
	e.Draft.Lines = []store.Line{line("prod1", 1), line("prod6", 2)}
	_, err := s.Edit(t.Context(), helper, o.Number, e)
	must(t, err)
	wantWho(t, s, "warehouse1", o.Number, store.MoveReleased, helper)
	wantWho(t, s, "warehouse2", o.Number, store.MoveReserved, helper, shopper)
	check(t, s)
}
