package rdb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"waybill/store"
)

// guards are the checks of this file: of the atomic steps as they are when several hands are at the same
// thing. TestMutantsAreCaught lets them look at broken steps too.
func guards() map[string]guard {
	return map[string]guard{
		"stale plans": stalePlans, "earlier attempts": earlierAttempts, "an order never made": neverMade, "another's number": anothersNumber,
		"below what is promised": belowPromised, "figures that have moved": movedFigures, "asks for the same": sameAsks, "full queues": fullQueues,
		"the last units": theLastUnits, "one wish": oneWish, "a mark of a later step": laterMark, "a slower hand": slowerHand,
		"an overtaken file": overtakenFile, "leftovers where a transfer arrives": leftAtAssembly, "leftovers where more is found": leftElsewhere,
		"leftovers where an edit goes": leftForEdit, "what has joined": joinedStays, "what is not held any more": notHeldAnyMore,
		"an overtaken attempt": overtaken,
	}
}

func TestGuards(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, checks := range []map[string]guard{guards(), putBackGuards()} {
		for name, check := range checks {
			t.Run(name, func(t *testing.T) { check(t, l) })
		}
	}
}

// stalePlans reserves by plans of which one line after the other has been sold meanwhile.
func stalePlans(t testing.TB, l *lab) {
	lines := []store.Line{line("prod1", 2), line("prod9", 2), line("prod4", 2)}
	for i, gone := range lines {
		s := l.shop(t)
		stock := mustStock(t, s, lines)
		level, err := s.level(t.Context(), "warehouse1", gone.Product)
		must(t, err)
		mustPlace(t, s, line(gone.Product, level.OnHand-1))
		o := store.Order{Number: 300100, UID: "stale", Lines: lines, Speed: store.Standard}
		_, _, err = s.routeAndReserve(t.Context(), o, 1, shopper, stock)
		if short, ok := shortOf(err); !ok || len(short) != 1 || short[0].Product != gone.Product || short[0].Left != 1 {
			t.Errorf("line %d is gone: %v, %s", i, err, asJSON(short))
		}
		check(t, s)
		checkLegs(t, s)
	}
}

// earlierAttempts lets a later attempt at an order take over what an earlier one has reserved; what comes
// of the earlier one after that changes nothing.
func earlierAttempts(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	o := store.Order{Number: 300101, UID: "twice", Token: "twice", Lines: []store.Line{line("prod1", 3), line("prod9", 2)}, Speed: store.Standard, Status: store.Placed}
	earlier, first, err := s.routeAndReserve(ctx, o, 1, shopper, mustStock(t, s, o.Lines))
	must(t, err)
	checkStock(t, s)
	o.Lines = []store.Line{line("prod1", 1), line("prod4", 2)} // it is another one by now
	o.Plan, o.Attempt, err = s.routeAndReserve(ctx, o, 1001, shopper, mustStock(t, s, o.Lines))
	must(t, err)
	o.Warehouse, o.PromisedAt = o.Plan.Assembly, o.Plan.PromisedAt
	checkStock(t, s)
	if short, err := s.reserve(ctx, o, first, earlier, shopper); store.KindOf(err) != store.Conflict {
		t.Errorf("the earlier attempt reserved: %v, %v", short, err)
	}
	must(t, s.release(ctx, o, first, warehousesOf(earlier), "too late"))
	_, err = s.create(ctx, shopper, o, "body")
	must(t, err)
	check(t, s)
	sweep(t, l.later(), "earlier attempts")
}

// neverMade frees what a dead node has reserved for an order that it did not make; its late steps do not
// make it any more.
func neverMade(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	o := store.Order{Number: 200123, UID: "dead", Token: "t", Lines: []store.Line{line("prod5", 18)}, Speed: store.Standard}
	plan, attempt, err := s.routeAndReserve(ctx, o, 1, shopper, mustStock(t, s, o.Lines))
	must(t, err)
	if _, _, err := s.Place(ctx, placement(line("prod5", 1))); store.KindOf(err) != store.Conflict {
		t.Errorf("the units were not reserved: %v", err)
	}
	sweep(t, l.later(), "an order that was never made")
	mustPlace(t, s, line("prod5", 1))

	o.Status, o.Plan, o.Attempt, o.Warehouse = store.Placed, plan, attempt, plan.Assembly
	if _, err := s.create(ctx, shopper, o, "body"); store.KindOf(err) != store.Conflict {
		t.Errorf("the dead node made its order: %v", err)
	}
	if short, err := s.reserve(ctx, o, attempt, plan, shopper); err == nil {
		t.Errorf("the dead node reserved again: %v", short)
	}
	sweep(t, l.later(), "late steps of a dead node")
}

// anothersNumber wants an order under a number that another one has: it takes nothing from it.
func anothersNumber(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	p := placement(line("prod1", 1), line("prod6", 2))
	p.Number = o.Number
	if _, _, err := s.Place(ctx, p); store.KindOf(err) != store.Conflict {
		t.Errorf("a second order %s: %v", o.Number, err)
	}
	other := store.Order{Number: o.Number, UID: "other", Lines: p.Draft.Lines}
	if _, err := s.reserve(ctx, other, 9001, o.Plan, shopper); !errors.Is(err, errNumberTaken) {
		t.Errorf("it reserved: %v", err)
	}
	check(t, s)
	sweep(t, l.later(), "another's number")
}

// belowPromised tries all ways to leave fewer units on a shelf than are promised. Each is refused, and
// nothing of what it was part of is booked.
func belowPromised(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	mustPlace(t, s, line("prod1", 100))
	before := holdings(t, s)
	unchanged := func(how string, err error) {
		t.Helper()
		if now := holdings(t, s); err == nil || now != before {
			t.Errorf("%s: %v; the shelves are %s", how, err, now)
		}
		check(t, s)
	}
	_, err := s.SetStock(ctx, clerk, "warehouse1", "prod1", 99, "counted")
	unchanged("counted", err)
	_, err = s.Adjust(ctx, clerk, store.Adjustment{Warehouse: "warehouse1", Product: "prod1", Kind: store.MoveDamaged, Change: -21, Reason: "wet", Key: "1"})
	unchanged("damaged", err)
	_, err = s.BookSheet(ctx, clerk, "warehouse1", []store.Counted{{Product: "prod4", Units: 70, Seen: 80}, {Product: "prod1", Units: 99, Seen: 120}}, "counted")
	unchanged("count sheet", err)
	file, err := s.BookFile(ctx, clerk, "x.csv", []store.StockRow{
		{Line: 2, Warehouse: "warehouse2", Product: "prod2", OnHand: 1, Reason: "file"},
		{Line: 3, Warehouse: "warehouse1", Product: "prod4", OnHand: 90, Reason: "file"}, {Line: 4, Warehouse: "warehouse1", Product: "prod1", OnHand: 99, Reason: "file"},
	}, func(store.Import) {})
	must(t, err)
	if file.State == store.ImportDone {
		t.Errorf("the file was booked: %+v", file)
	}
	unchanged("file", fmt.Errorf("%v", file.Faults))
}

// movedFigures books a sheet by figures that are no longer true.
func movedFigures(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	_, err := s.SetStock(ctx, clerk, "warehouse1", "prod1", 130, "came")
	must(t, err)
	_, err = s.BookSheet(ctx, clerk, "warehouse1", []store.Counted{{Product: "prod1", Units: 119, Seen: 120}}, "counted")
	if level, _ := s.level(ctx, "warehouse1", "prod1"); store.KindOf(err) != store.Conflict || level.OnHand != 130 {
		t.Errorf("%v; on hand are %d", err, level.OnHand)
	}
}

// sameAsks asks twice for more than half of a shelf.
func sameAsks(t testing.TB, l *lab) {
	s := l.shop(t)
	var errs []error
	for _, key := range []string{"a", "b"} {
		_, _, err := s.AskTransfer(t.Context(), clerk, store.Ask{To: "warehouse3", From: "warehouse1", Product: "prod1", Units: 70, Key: key})
		errs = append(errs, err)
	}
	if errs[0] != nil || store.KindOf(errs[1]) != store.Conflict {
		t.Errorf("%v", errs)
	}
	check(t, s)
	sweep(t, l.later(), "asks for the same")
}

// fullQueues has more wait for a product than may.
func fullQueues(t testing.TB, l *lab) {
	s := l.shop(t)
	setTerms(t, s, "prod6", store.Terms{Kind: store.TermsBackorder, Cap: 50})
	waits(t, s, line("prod6", 30))
	p := placement(line("prod6", 30))
	p.Draft.Backorder = true
	if o, _, err := s.Place(t.Context(), p); store.KindOf(err) != store.Conflict {
		t.Errorf("order %s waits too: %v", o.Number, err)
	}
	check(t, s)
	sweep(t, l.later(), "full queues")
}

// theLastUnits has many customers want the last units, on two nodes at once.
func theLastUnits(t testing.TB, l *lab) {
	s := l.shop(t)
	for w, units := range map[string]int{"warehouse1": 6, "warehouse3": 9} {
		_, err := s.SetStock(t.Context(), clerk, w, "prod7", units, "test")
		must(t, err)
	}
	nodes := []*Store{s, newStore(l.newClient())}
	var mu sync.Mutex
	placed := 0
	together(40, func(i int) {
		_, _, err := nodes[i%2].Place(t.Context(), placement(line("prod7", 1)))
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			placed++
		} else if store.KindOf(err) != store.Conflict {
			t.Error(err)
		}
	})
	if placed != 15 {
		t.Errorf("%d placed, of 15 units", placed)
	}
	check(t, s)
}

// oneWish is asked for many times at once.
func oneWish(t testing.TB, l *lab) {
	s := l.shop(t)
	wish := placement(line("prod1", 1))
	together(8, func(int) {
		if _, _, err := s.Place(t.Context(), wish); err != nil {
			t.Error(err)
		}
	})
	if n := len(numbersOf(t, s)); n != 1 {
		t.Errorf("%d orders were made of it", n)
	}
	check(t, s)
}

// laterMark has somebody who settled an order's earlier step say so after a later step was taken: the later
// one is still to be settled.
func laterMark(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	o := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	_, err := s.change(ctx, shopper, o.Number, func(store.Order) (change, error) {
		return change{to: store.Cancelled}, nil // and the node dies
	})
	must(t, err)
	must(t, s.settled(ctx, keyUnsettled(s.part(o.Number)), orderName(o.Number), o.Version))
	sweep(t, l.later(), "a mark of a later step")
}

// slowerHand: two bring a transfer up to date at once; the slower one says last how far it has come. What a
// later step has been done about stays done.
func slowerHand(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	o := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	id := o.Transfers[0].ID
	_, err := s.SendTransfer(ctx, clerk, id)
	must(t, err)
	_, err = s.ReceiveTransfer(ctx, clerk, id)
	must(t, err)
	must(t, s.reached(ctx, s.keyTransfer(id), "settled", 2)) // the hand that applied the sending
	if got := s.client.HGet(ctx, s.keyTransfer(id), "settled").Val(); got != "3" {
		t.Errorf("the transfer's effects have come to %s", got)
	}
}

// leftBehind has an earlier attempt at an order reserve a unit at warehouse3 and go no further; a later one
// makes the order by another plan.
func leftBehind(t testing.TB, s *Store, plan store.Plan, lines ...store.Line) store.Order {
	t.Helper()
	ctx := t.Context()
	_, err := s.SetStock(ctx, clerk, "warehouse3", "prod1", 9, "came")
	must(t, err)
	o := store.Order{Number: 300102, UID: "left", Token: "left", Lines: lines, Speed: store.Standard, Status: store.Placed, PlacedAt: s.now(), Recipient: draft().Recipient}
	short, err := s.reserve(ctx, o, 1, store.Plan{Assembly: "warehouse3", Sources: []store.Source{{Warehouse: "warehouse3", Lines: []store.Line{line("prod1", 1)}}}}, shopper)
	if must(t, err); len(short) > 0 {
		t.Fatalf("short of %v", short)
	}
	short, err = s.reserve(ctx, o, 1001, plan, shopper)
	if must(t, err); len(short) > 0 {
		t.Fatalf("short of %v", short)
	}
	o.Plan, o.Attempt, o.Warehouse = plan, 1001, plan.Assembly
	o.PromisedAt, o.FirstDate = s.now(), s.now()
	_, err = s.create(ctx, shopper, o, "body")
	must(t, err)
	must(t, s.settle(ctx, o.Number))
	return mustOrder(t, s, o.Number)
}

// leftAtAssembly has a transfer arrive where an earlier attempt has left a unit: the sweeper frees that one
// and no other.
func leftAtAssembly(t testing.TB, l *lab) {
	s := l.shop(t)
	o := leftBehind(t, s, store.Plan{Assembly: "warehouse3", Sources: []store.Source{{Warehouse: "warehouse1", Lines: []store.Line{line("prod1", 2)}, Transfer: "300102-1001-warehouse1"}}}, line("prod1", 2))
	bringAll(t, s, o.Number)
	sweep(t, l.later(), "leftovers where a transfer arrives")
	packAll(t, s, o.Number)
	must(t, s.Ready(t.Context(), clerk, o.Number))
	must(t, s.PickUp(t.Context(), courier, o.Number))
	sweep(t, l.later(), "leftovers where a transfer arrived")
}

// leftElsewhere has an order find what was refused where an earlier attempt has left a unit.
func leftElsewhere(t testing.TB, l *lab) {
	s := l.shop(t)
	o := leftBehind(t, s, store.Plan{Assembly: "warehouse2", Sources: []store.Source{
		{Warehouse: "warehouse2", Lines: []store.Line{line("prod6", 1)}},
		{Warehouse: "warehouse1", Lines: []store.Line{line("prod1", 2)}, Transfer: "300102-1001-warehouse1"},
	}}, line("prod1", 2), line("prod6", 1))
	_, err := s.RefuseTransfer(t.Context(), clerk, o.Transfers[0].ID, store.Shortfall{Cause: store.CauseKept})
	must(t, err)
	if o = mustOrder(t, s, o.Number); len(o.Transfers) != 2 || o.Transfers[1].From != "warehouse3" {
		t.Fatalf("it comes from elsewhere: %s", asJSON(o.Transfers))
	}
	check(t, s)
	sweep(t, l.later(), "leftovers where more is found")
}

// leftForEdit has an order be changed to what only lies where an earlier attempt has left a unit.
func leftForEdit(t testing.TB, l *lab) {
	s := l.shop(t)
	o := leftBehind(t, s, store.Plan{Assembly: "warehouse2", Sources: []store.Source{{Warehouse: "warehouse2", Lines: []store.Line{line("prod6", 1)}}}}, line("prod6", 1))
	must(t, editTo(t.Context(), s, o, line("prod5", 2)))
	if o = mustOrder(t, s, o.Number); o.Warehouse != "warehouse3" {
		t.Fatalf("it is assembled in %s", o.Warehouse)
	}
	check(t, s)
	sweep(t, l.later(), "leftovers where an edit goes")
}

// joinedStays has a node that knows nothing of an order's further source clear it of leftovers.
func joinedStays(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	_, err := s.SetStock(ctx, clerk, "warehouse3", "prod1", 9, "came")
	must(t, err)
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	_, err = s.RefuseTransfer(ctx, clerk, o.Transfers[0].ID, store.Shortfall{Cause: store.CauseKept})
	must(t, err)
	_, err = s.move(ctx, s.clearing(o, []string{"warehouse3"})...)
	must(t, err)
	check(t, s)
	if short, err := s.reserve(ctx, o, 1, store.Plan{Sources: []store.Source{{Warehouse: "warehouse3", Lines: []store.Line{line("prod1", 1)}}}}, shopper); store.KindOf(err) != store.Conflict {
		t.Errorf("an attempt that comes late reserved: %v, %v", short, err)
	}
	check(t, s)
	sweep(t, l.later(), "what has joined")
}

// notHeldAnyMore has a warehouse send, send in part, or refuse what somebody has freed by hand: nothing
// leaves the books, and the order gets all of it from elsewhere.
func notHeldAnyMore(t testing.TB, l *lab) {
	for what, act := range map[string]func(context.Context, *Store, string) error{
		"send": func(ctx context.Context, s *Store, id string) error {
			_, err := s.SendTransfer(ctx, clerk, id)
			return err
		},
		"send a part": func(ctx context.Context, s *Store, id string) error {
			_, err := s.SendPart(ctx, clerk, id, []store.Line{line("prod1", 1)}, store.Shortfall{Cause: store.CauseGone})
			return err
		},
		"refuse": func(ctx context.Context, s *Store, id string) error {
			_, err := s.RefuseTransfer(ctx, clerk, id, store.Shortfall{Cause: store.CauseGone})
			return err
		},
	} {
		s, ctx := l.shop(t), t.Context()
		_, err := s.SetStock(ctx, clerk, "warehouse3", "prod1", 9, "came")
		must(t, err)
		o := mustPlace(t, s, line("prod1", 3), line("prod6", 1))
		must(t, s.release(ctx, o, everyAttempt, []string{"warehouse1"}, "by hand"))
		if err := act(ctx, s, o.Transfers[0].ID); store.KindOf(err) != store.Conflict {
			t.Errorf("%s: %v", what, err)
		}
		sweep(t, l.later(), what)
		if o = mustOrder(t, s, o.Number); len(o.Transfers) != 2 || o.Transfers[1].From != "warehouse3" || store.Units(o.Transfers[1].Lines) != 3 {
			t.Errorf("%s: it comes by %s", what, asJSON(o.Transfers))
		}
		if level, err := s.level(ctx, "warehouse1", "prod1"); err != nil || level.OnHand != 120 {
			t.Errorf("%s: on hand %d, %v", what, level.OnHand, err)
		}
	}
}
