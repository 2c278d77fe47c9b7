package rdb

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"waybill/store"
)

// checkLoads holds that each warehouse's load of each day is the number of orders that are promised
// to leave it then.
func checkLoads(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	counted := map[slot]int{}
	for _, n := range numbersOf(t, s) {
		counted[slotOf(mustOrder(t, s, n))]++
	}
	delete(counted, slot{})
	directory, err := s.readDirectory(ctx)
	must(t, err)
	for _, w := range directory.WarehouseIDs {
		for day, n := range loadOf(ctx, s, w) {
			if n != counted[slot{w, day}] {
				t.Errorf("%s: %d orders are counted to leave on %s, there are %d", w, n, day, counted[slot{w, day}])
			}
			delete(counted, slot{w, day})
		}
	}
	if len(counted) > 0 {
		t.Errorf("nobody counted the orders that leave at %v", counted)
	}
}

// loadOf reads what a warehouse has of each day, over all partitions.
func loadOf(ctx context.Context, s *Store, w string) map[store.Day]int {
	sums := map[store.Day]int{}
	for _, at := range s.parts() {
		for day, n := range decodeLoad(decodeUnits(s.client.HGetAll(ctx, keyLoad(at, w)).Val())) {
			sums[day] += n
		}
	}
	return sums
}

// stopped gives the demo shop with a clock that stands at a Tuesday morning.
func stopped(t *testing.T) *Store {
	t.Helper()
	s := demoShop(t)
	now := time.Now().AddDate(0, 0, 14) // the demo's own orders have left by then
	for now.Weekday() != time.Tuesday {
		now = now.AddDate(0, 0, 1)
	}
	now = time.Date(now.Year(), now.Month(), now.Day(), 9, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return now }
	return s
}

func limit(t *testing.T, s *Store, id string, capacity int) store.Warehouse {
	t.Helper()
	directory, err := s.readDirectory(t.Context())
	must(t, err)
	w := directory.Warehouses[id]
	w.Capacity = capacity
	must(t, s.SaveWarehouse(t.Context(), w))
	return w
}

// A full day moves the promise to the next working day; what is cancelled makes room again.
func TestFullDay(t *testing.T) {
	t.Parallel()
	s := stopped(t)
	ctx := t.Context()
	limit(t, s, "warehouse2", 2)
	today := s.calendar().DayOf(s.now())
	tomorrow := s.calendar().DayOf(s.now().AddDate(0, 0, 1))
	var orders []store.Order
	for _, want := range []store.Day{today, today, tomorrow, tomorrow} {
		o := mustPlace(t, s, line("prod2", 1))
		if o.Plan.LeavesOn != want || o.Warehouse != "warehouse2" {
			t.Errorf("order %d leaves %s on %s, not on %s", len(orders)+1, o.Warehouse, o.Plan.LeavesOn, want)
		}
		orders = append(orders, o)
	}
	if late := orders[2].PromisedAt.Sub(orders[1].PromisedAt); late != 24*time.Hour {
		t.Errorf("the promise moved by %v", late)
	}
	if held, want := orders[2].Plan.Candidates[0].Held, "Full on "+s.now().Format("Mon 2 Jan")+"."; held != want {
		t.Errorf("the plan says %q, not %q", held, want)
	}
	check(t, s)
	must(t, s.client.Set(ctx, s.keyStatus(orders[0].Number), "cancelled", 0).Err())
	must(t, s.heed(ctx, orders[0].Number))
	check(t, s)
	if o := mustPlace(t, s, line("prod2", 1)); o.Plan.LeavesOn != today {
		t.Errorf("the place that became free is not taken: it leaves on %s", o.Plan.LeavesOn)
	}
	check(t, s)
}

// Whatever happens to orders, in any order of steps, the load is their number.
func TestLoadAfterRandomHistories(t *testing.T) {
	t.Parallel()
	s := stopped(t)
	ctx := t.Context()
	limit(t, s, "warehouse1", 3)
	limit(t, s, "warehouse2", 4)
	random := rand.New(rand.NewPCG(1, 2))
	products := []string{"prod1", "prod2", "prod3", "prod4", "prod6", "prod8"}
	var numbers []store.Number
	for step := range 150 {
		switch pick := random.IntN(10); {
		case pick < 4 || len(numbers) == 0:
			p := placement(line(products[random.IntN(6)], 1+random.IntN(12)), line(products[random.IntN(6)], 1))
			p.Draft.Lines = store.Merge(p.Draft.Lines)
			p.Draft.Backorder = true
			if o, _, err := s.Place(ctx, p); err == nil {
				numbers = append(numbers, o.Number)
			}
		case pick < 6:
			_, err := s.SetStock(ctx, clerk, "warehouse2", "prod6", 20+step, "delivery")
			if err != nil && store.KindOf(err) != store.Conflict {
				t.Fatal(err)
			}
		case pick < 8: // an outside program ends an order, or moves it on
			status := []string{"cancelled", "ready", "sent", "delivered", "returned"}[random.IntN(5)]
			n := numbers[random.IntN(len(numbers))]
			must(t, s.client.Set(ctx, s.keyStatus(n), status, 0).Err())
			must(t, s.heed(ctx, n))
		default: // somebody works on one, as far as that is possible
			n := numbers[random.IntN(len(numbers))]
			for _, transfer := range mustOrder(t, s, n).Transfers {
				_, _ = s.SendTransfer(ctx, clerk, transfer.ID)
				_, _ = s.ReceiveTransfer(ctx, clerk, transfer.ID)
			}
			for _, l := range mustOrder(t, s, n).Lines {
				_ = s.Pack(ctx, clerk, n, l.Product, l.Quantity)
			}
			if s.Ready(ctx, clerk, n) == nil && random.IntN(2) == 0 {
				_ = s.Unready(ctx, clerk, n)
			}
			_ = s.PickUp(ctx, courier, n)
		}
		if step%25 == 24 {
			check(t, s)
		}
	}
	check(t, s)
}

// A load that somebody has spoilt, and one of days that are over, is mended; a second look finds
// nothing.
func TestLoadIsMended(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod2", 1))
	must(t, s.client.HIncrBy(ctx, keyLoad(s.part(o.Number), o.Warehouse), string(o.Plan.LeavesOn), 5).Err())
	must(t, s.client.HSet(ctx, keyLoad(s.part(7), "warehouse3"), "2020-02-02", 7, "garbage", "x").Err())
	must(t, s.client.HDel(ctx, keyLoad(s.part(o.Number), "warehouse1"), string(o.Plan.LeavesOn)).Err())
	secondPassRepairsNothing(t, s)
	check(t, s)
	if s.client.HExists(ctx, keyLoad(s.part(7), "warehouse3"), "2020-02-02").Val() {
		t.Error("a day that is over is still counted")
	}
}

// To count the orders takes a while: a load that has moved meanwhile is not judged by that count.
func TestLoadThatMovesIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 1))
	directory, err := s.Directory(ctx)
	must(t, err)
	r := &reconciler{Store: s}
	_, err = r.lookAtOrders(ctx, directory, true)
	must(t, err)
	if next := mustPlace(t, s, line("prod1", 1)); next.Plan.LeavesOn != o.Plan.LeavesOn {
		t.Fatal("they leave on different days")
	}
	findings, err := r.lookAtLoads(ctx, directory, true)
	must(t, err)
	if len(findings) > 0 {
		t.Errorf("found %q", findings[0].what)
	}
}

// The same day is promised while a warehouse can keep it. An order that cannot be there today is
// refused at its field, and nothing is reserved.
func TestSameDayOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := stopped(t)
	ctx := t.Context()
	wish := func(lines ...store.Line) store.Placement {
		p := placement(lines...)
		p.Draft.Speed = store.SameDay
		return p
	}
	o, _, err := s.Place(ctx, wish(line("prod2", 1)))
	must(t, err)
	if want := s.calendar().DayOf(s.now()); s.calendar().DayOf(o.PromisedAt) != want || o.Plan.LeavesOn != want {
		t.Errorf("promised for %v, leaves on %s", o.PromisedAt, o.Plan.LeavesOn)
	}
	_, _, err = s.Place(ctx, wish(line("prod2", 1), line("prod1", 1)))
	if e, ok := err.(*store.Error); !ok || e.Kind != store.Invalid || e.Fields["speed"] == "" {
		t.Errorf("an order that needs a transfer: %v", err)
	}
	check(t, s)
	quotes, err := s.Quotes(ctx, []store.Line{line("prod2", 1)}, &store.Point{Lat: 50.06, Lon: 19.94})
	must(t, err)
	if last := quotes[len(quotes)-1]; last.Speed != store.SameDay || last.WhyNot != "Today is possible only within 30 km of Warszawa and Gdańsk." {
		t.Errorf("in Kraków: %+v", last)
	}
}
