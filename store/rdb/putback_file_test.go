package rdb

import (
	"testing"
	"time"

	"waybill/store"
)

// countsFile is a file by which one product becomes fewer, and two become more.
func countsFile() []store.StockRow {
	return []store.StockRow{
		{Line: 2, Warehouse: "warehouse1", Product: "prod1", OnHand: 3, Reason: "counted"},
		{Line: 3, Warehouse: "warehouse1", Product: "prod4", OnHand: 90, Reason: "counted"},
		{Line: 4, Warehouse: "warehouse3", Product: "prod4", OnHand: 80, Reason: "counted"},
	}
}

// confirmed is a file that is about to be booked.
func confirmed(t testing.TB, s *Store) store.Import {
	t.Helper()
	im, err := s.StageImport(t.Context(), clerk, "counts.csv", countsFile())
	must(t, err)
	must(t, s.ConfirmImport(t.Context(), clerk, im.ID))
	return im
}

func mustBook(t testing.TB, s *Store, id string) {
	t.Helper()
	must(t, s.nextImport(t.Context()))
	if im, err := s.Import(t.Context(), id); err != nil || im.State != store.ImportDone {
		t.Fatalf("the file is %s (%v): %v", im.State, err, im.Faults)
	}
}

// fileGoesOn sets Redis back to when a file was confirmed: it is booked by a node that goes on with it, and put back
// from where it was kept, in either order. It counts once, and what came after it stays.
func fileGoesOn(t testing.TB, l *lab) {
	for _, goesOnFirst := range []bool{false, true} {
		f := forgetfulIn(t, l, 1)
		im := confirmed(t, f.nodes[0])
		f.remember()
		mustBook(t, f.nodes[0], im.ID)
		_, _, err := f.nodes[0].Receive(t.Context(), clerk, store.Receipt{Warehouse: "warehouse1", Lines: []store.Line{line("prod1", 5), line("prod4", 5)}, Reason: "came", Caller: "test", Key: "1"})
		must(t, err)
		before := f.forget()
		if goesOnFirst {
			mustBook(t, f.nodes[0], im.ID)
			f.restore(0)
		} else {
			f.restore(0)
			mustBook(t, f.nodes[0], im.ID)
		}
		f.same(before)
	}
}

// fileAtOneWarehouse has one warehouse forget what was done of a file there, while the file itself is further: on a
// cluster they lie apart. It is gone through once more.
func fileAtOneWarehouse(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	im := confirmed(t, s)
	must(t, s.client.HSet(ctx, s.keyImport(im.ID), "way", wayMore, "next", 0).Err())
	mustBook(t, s, im.ID)
	for _, row := range countsFile() {
		if level, err := s.level(ctx, row.Warehouse, row.Product); err != nil || level.OnHand != row.OnHand {
			t.Errorf("%s has %d of %s (%v), the file says %d", row.Warehouse, level.OnHand, row.Product, err, row.OnHand)
		}
	}
	check(t, s)
}

// A program that keeps nothing leaves a file to a node that does, as long as one is at work.
func TestAProgramLeavesAFileToANode(t *testing.T) {
	t.Parallel()
	f := newForgetful(t, 1)
	ctx, program := t.Context(), f.stranger()
	booked := func() int {
		im, err := program.BookFile(ctx, clerk, "counts.csv", countsFile(), func(store.Import) {})
		if must(t, err); im.State != store.ImportDone {
			t.Fatalf("the file is %s: %v", im.State, im.Faults)
		}
		changes, _ := f.kept[0].Newest(nil, 100)
		return len(changes)
	}
	must(t, program.client.Set(ctx, program.keyLease("keeper"), "a node", time.Minute).Err())
	working(t, f.nodes[0])
	if n := booked(); n != 3 {
		t.Errorf("%d bookings were kept: what becomes fewer, and more, at one warehouse, and more at another make 3", n)
	}
}
