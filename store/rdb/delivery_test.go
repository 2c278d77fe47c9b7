package rdb

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"waybill/store"
)

// ahead is the end of a day, some days ahead.
func ahead(days int) time.Time {
	y, m, d := time.Now().UTC().Date()
	return time.Date(y, m, d+days, 18, 0, 0, 0, time.UTC)
}

func announce(t testing.TB, s *Store, days int, lines ...store.Line) store.Delivery {
	t.Helper()
	d := store.Delivery{Warehouse: "warehouse2", Supplier: "Młyny Sp. z o.o.", Reference: "WZ/" + ahead(days).Format("2006-01-02"), Due: ahead(days)}
	for _, l := range lines {
		d.Lines = append(d.Lines, store.DeliveryLine{Product: l.Product, Announced: l.Quantity})
	}
	d, _, err := s.Announce(t.Context(), clerk, d)
	must(t, err)
	return d
}

// A customer reads when it comes, before ordering and after; the units come in parts, to whoever has
// waited longest; what is missing in the end needs a reason.
func TestDeliveryFromAnnouncementToShelf(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	first := waits(t, s, line("prod6", 30))
	if !first.ExpectedAt.IsZero() {
		t.Errorf("expected %s though nothing is announced", first.ExpectedAt)
	}
	d := announce(t, s, 3, line("prod6", 20), line("prod2", 10))
	late := announce(t, s, 9, line("prod6", 20))
	again, made, err := s.Announce(ctx, clerk, store.Delivery{Warehouse: d.Warehouse, Supplier: d.Supplier, Reference: d.Reference, Due: d.Due, Lines: d.Lines})
	must(t, err)
	if made || again.Version != 1 || again.ID != d.ID {
		t.Errorf("announced twice: %+v", again)
	}
	if o := mustOrder(t, s, first.Number); !o.ExpectedAt.Equal(ahead(3)) || o.History[1].Type != store.EventExpected {
		t.Errorf("expected %s, %s", o.ExpectedAt, asJSON(o.History))
	}
	quotes, err := s.Quotes(ctx, []store.Line{line("prod6", 20)}, nil)
	must(t, err)
	if q := quotes[0]; !q.Waits || !q.Expected.Equal(ahead(9)) {
		t.Errorf("quoted %+v", q)
	}
	second := waits(t, s, line("prod6", 20))
	third := waits(t, s, line("prod6", 14))
	if !second.ExpectedAt.Equal(ahead(9)) || !third.ExpectedAt.IsZero() {
		t.Errorf("expected %s and %s", second.ExpectedAt, third.ExpectedAt)
	}
	counted, err := s.Scan(ctx, d.ID, "prod6", 1)
	must(t, err)
	if counted != 1 {
		t.Errorf("counted %d", counted)
	}
	d, err = s.ReceiveDelivery(ctx, clerk, d.ID, d.Version, store.DeliveryReceipt{Lines: []store.Line{line("prod6", 7)}})
	must(t, err)
	wantStatuses(t, s, []store.Order{first, second, third}, store.Placed, store.Backordered, store.Backordered)
	if _, err := s.ReceiveDelivery(ctx, clerk, d.ID, 1, store.DeliveryReceipt{Lines: []store.Line{line("prod6", 7)}}); store.KindOf(err) != store.Conflict {
		t.Errorf("the same form booked twice: %v", err)
	}
	if _, err := s.ReceiveDelivery(ctx, clerk, d.ID, d.Version, store.DeliveryReceipt{Last: true}); store.KindOf(err) != store.Invalid {
		t.Errorf("units are missing without a reason: %v", err)
	}
	check(t, s)
	d, err = s.ReceiveDelivery(ctx, clerk, d.ID, d.Version, store.DeliveryReceipt{Lines: []store.Line{line("prod2", 10)}, Last: true, Why: "13 broken on the way"})
	must(t, err)
	if d.State != store.DeliveryReceived {
		t.Errorf("the delivery is %s", d.State)
	}
	// Of the 20 of the first delivery 7 came: the second order's date moves out of sight.
	if o := mustOrder(t, s, second.Number); !o.ExpectedAt.Equal(ahead(9)) {
		t.Errorf("expected %s", o.ExpectedAt)
	}
	_, err = s.MoveDelivery(ctx, clerk, store.Delivery{ID: late.ID, Due: ahead(12)}, "the ship is late")
	must(t, err)
	if o := mustOrder(t, s, second.Number); !o.ExpectedAt.Equal(ahead(12)) {
		t.Errorf("expected %s after the delivery was moved", o.ExpectedAt)
	}
	open, closed, err := s.Deliveries(ctx, "warehouse2")
	must(t, err)
	if len(open) != 1 || len(closed) != 1 {
		t.Errorf("%d open, %d closed", len(open), len(closed))
	}
	check(t, s)
}

// Many clerks book the same form at once: it is booked once.
func TestOneReceiptManyClerks(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	d := announce(t, s, 1, line("prod2", 40))
	before := onHand(t, s, "warehouse2", "prod2")
	var booked atomic.Int64
	together(16, func(int) {
		_, err := s.ReceiveDelivery(ctx, clerk, d.ID, d.Version, store.DeliveryReceipt{Lines: []store.Line{line("prod2", 5)}})
		switch {
		case err == nil:
			booked.Add(1)
		case store.KindOf(err) != store.Conflict:
			t.Error(err)
		}
	})
	if got := onHand(t, s, "warehouse2", "prod2") - before; booked.Load() != 1 || got != 5 {
		t.Errorf("booked %d times, %d units", booked.Load(), got)
	}
	together(20, func(int) {
		if _, err := s.Scan(ctx, d.ID, "prod2", 1); err != nil && store.KindOf(err) != store.Conflict {
			t.Error(err)
		}
	})
	check(t, s)
}

// A waiting order whose day has passed is shown to staff, and taken off when it goes on.
func TestOverdue(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	d := announce(t, s, 1, line("prod6", 10))
	o := waits(t, s, line("prod6", 30))
	late := newStore(s.client)
	late.now = func() time.Time { return ahead(2) }
	must(t, late.tellDates(ctx))
	must(t, late.tellDates(ctx))
	list, err := s.Attention(ctx)
	must(t, err)
	if len(list) != 1 || list[0].Order != o.Number {
		t.Fatalf("needs a person: %+v", list)
	}
	if got := mustOrder(t, s, o.Number); len(got.History) != 1 {
		t.Errorf("the date was told again: %s", asJSON(got.History))
	}
	_, err = late.ReceiveDelivery(ctx, clerk, d.ID, d.Version, store.DeliveryReceipt{Lines: []store.Line{line("prod6", 10)}})
	must(t, err)
	wantStatuses(t, s, []store.Order{o}, store.Placed)
	if list, err := s.Attention(ctx); err != nil || len(list) != 0 {
		t.Errorf("needs a person: %+v, %v", list, err)
	}
	check(t, s)
}

// receiving is the saga of a receipt: 30 wait, 24 are there, 10 of 11 announced ones come. In the end they
// have come once.
func receiving() saga {
	var shop *Store
	receipt := store.DeliveryReceipt{Lines: []store.Line{line("prod6", 10)}}
	return saga{"receive a delivery", func(t testing.TB, s *Store) store.Order {
		shop = s
		announce(t, s, 1, line("prod6", 11))
		return waits(t, s, line("prod6", 30), line("prod1", 1))
	}, func(ctx context.Context, s *Store, _ store.Order) error {
		open, _, err := s.Deliveries(ctx, "warehouse2")
		if err != nil {
			return err
		}
		_, err = s.ReceiveDelivery(ctx, clerk, open[0].ID, 1, receipt)
		return err
	}, func(o store.Order) bool {
		level, err := shop.level(context.Background(), "warehouse2", "prod6")
		return err == nil && level.OnHand == 34 && o.Status == store.Placed
	}}
}
