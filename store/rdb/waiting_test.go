package rdb

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"waybill/store"
)

// waits places an order whose customer is ready to wait.
func waits(t testing.TB, s *Store, lines ...store.Line) store.Order {
	t.Helper()
	p := placement(lines...)
	p.Draft.Backorder = true
	o, _, err := s.Place(t.Context(), p)
	must(t, err)
	return o
}

// setTerms changes a product's terms.
func setTerms(t testing.TB, s *Store, product string, terms store.Terms) {
	t.Helper()
	directory, err := s.readDirectory(t.Context())
	must(t, err)
	p := directory.Products[product]
	p.Terms = terms
	must(t, s.SaveProduct(t.Context(), p))
}

func statuses(t testing.TB, s *Store, orders ...store.Order) (all []store.Status) {
	t.Helper()
	for _, o := range orders {
		all = append(all, mustOrder(t, s, o.Number).Status)
	}
	return all
}

func wantStatuses(t testing.TB, s *Store, orders []store.Order, want ...store.Status) {
	t.Helper()
	if got := statuses(t, s, orders...); asJSON(got) != asJSON(want) {
		t.Errorf("the orders are %v, want %v", got, want)
	}
}

// What an older order waits for is nobody else's, not a waiting one's and not a new one's; what is there
// beyond it is.
func TestNobodyIsOvertaken(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	first, second, third := waits(t, s, line("prod6", 40), line("prod1", 1)), waits(t, s, line("prod6", 2)), waits(t, s, line("prod6", 24))
	orders := []store.Order{first, second, third}
	const waiting, placed = store.Backordered, store.Placed
	wantStatuses(t, s, orders, waiting, waiting, waiting)
	if _, _, err := s.Place(ctx, placement(line("prod6", 1))); store.KindOf(err) != store.Conflict {
		t.Errorf("a new order took a unit that is claimed: %v", err)
	}
	check(t, s)
	_, err := s.SetStock(ctx, clerk, "warehouse2", "prod6", 40, "delivery") // one is order 123's
	must(t, err)
	wantStatuses(t, s, orders, waiting, waiting, waiting)
	_, err = s.SetStock(ctx, clerk, "warehouse2", "prod6", 60, "delivery")
	must(t, err)
	wantStatuses(t, s, orders, placed, placed, waiting)
	check(t, s)
	_, err = s.SetStock(ctx, clerk, "warehouse1", "prod6", 10, "delivery") // 17 are left there, 27 in all
	must(t, err)
	wantStatuses(t, s, orders, placed, placed, placed)
	mustPlace(t, s, line("prod6", 3))
	check(t, s)
}

// An order that lacks two products keeps its units of the first while it waits for the second, and holds
// back no more than those.
func TestAnOrderThatLacksTwoProducts(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	both := waits(t, s, line("prod6", 30), line("prod2", 50))
	one := waits(t, s, line("prod6", 26))
	_, err := s.SetStock(ctx, clerk, "warehouse2", "prod6", 57, "delivery")
	must(t, err)
	wantStatuses(t, s, []store.Order{both, one}, store.Backordered, store.Placed)
	if _, _, err := s.Place(ctx, placement(line("prod6", 1))); store.KindOf(err) != store.Conflict {
		t.Errorf("a new order took a unit that is claimed: %v", err)
	}
	check(t, s)
	_, err = s.SetStock(ctx, clerk, "warehouse2", "prod2", 51, "delivery")
	must(t, err)
	wantStatuses(t, s, []store.Order{both}, store.Placed)
	check(t, s)
}

// Whoever wants to wait for more than there is room for is told for how many there is: before anybody waits,
// by the dates on the form, and when somebody else was faster.
func TestRoomToWait(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	must(t, s.SaveProduct(ctx, store.Product{ID: "prod20", Name: "Globe", Terms: store.Terms{Kind: store.TermsPreOrder, Cap: 10, Release: time.Now().Add(48 * time.Hour)}}))
	quotes, err := s.Quotes(ctx, []store.Line{line("prod20", 12)}, nil)
	must(t, err)
	if short := quotes[0].Short; len(short) != 1 || !short[0].Ahead || !short[0].Full || short[0].Room != 10 || quotes[0].Waits {
		t.Errorf("the form says %+v", quotes[0])
	}
	waits(t, s, line("prod20", 4))
	p := placement(line("prod20", 7))
	p.Draft.Backorder = true
	_, _, err = s.Place(ctx, p)
	e, _ := errors.AsType[*store.Error](err)
	if e == nil || len(e.Short) != 1 || e.Short[0].Room != 6 || e.Fields["lines[0].quantity"] != "Only 6 more can be ordered ahead." {
		t.Errorf("it was refused by %+v", e)
	}
	waits(t, s, line("prod20", 6))
	check(t, s)
}

// What a waiting order could have had when it was placed, and that has been sold since, it waits for too.
func TestSomethingElseRunsOut(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := waits(t, s, line("prod6", 30), line("prod7", 50))
	mustPlace(t, s, line("prod7", 50))
	_, err := s.SetStock(ctx, clerk, "warehouse2", "prod6", 31, "delivery")
	must(t, err)
	got := mustOrder(t, s, o.Number)
	if got.Status != store.Backordered || store.Quantity(got.Waits, "prod7") != 50 || got.History[1].Type != store.EventStillWaits {
		t.Errorf("the order is %s, waits for %v, %s", got.Status, got.Waits, asJSON(got.History))
	}
	check(t, s)
	_, err = s.SetStock(ctx, clerk, "warehouse3", "prod7", 100, "delivery")
	must(t, err)
	wantStatuses(t, s, []store.Order{o}, store.Placed)
	check(t, s)
}

// Fifty customers at once for ten places to wait: ten wait, forty are told.
func TestTheLastPlacesToWait(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	setTerms(t, s, "prod5", store.Terms{Kind: store.TermsBackorder, Cap: 10})
	_, err := s.SetStock(ctx, clerk, "warehouse3", "prod5", 1, "test") // order 124's
	must(t, err)
	var waiting, told atomic.Int64
	together(50, func(int) {
		p := placement(line("prod5", 1))
		p.Draft.Backorder = true
		o, _, err := s.Place(ctx, p)
		short, _ := shortOf(err)
		switch {
		case err == nil && o.Status == store.Backordered:
			waiting.Add(1)
		case store.KindOf(err) == store.Conflict && len(short) == 1 && short[0].Full:
			told.Add(1)
		default:
			t.Error(o.Status, err)
		}
	})
	if waiting.Load() != 10 || told.Load() != 40 {
		t.Errorf("%d wait, %d were told", waiting.Load(), told.Load())
	}
	check(t, s)
	_, err = s.SetStock(ctx, clerk, "warehouse3", "prod5", 4, "delivery")
	must(t, err)
	check(t, s)
	together(6, func(int) {
		p := placement(line("prod5", 1))
		p.Draft.Backorder = true
		_, _, _ = s.Place(ctx, p)
	})
	if sum := s.client.HGet(ctx, s.keyProductUnits("prod5"), "#").Val(); sum != "10" {
		t.Errorf("%s units wait", sum)
	}
	check(t, s)
}

// Units arrive in small lots at two warehouses while new customers storm the shop: no new customer gets
// one as long as an older order waits.
func TestNewOrdersDoNotSnatch(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	_, err := s.SetStock(ctx, clerk, "warehouse2", "prod2", 1, "test") // order 125's
	must(t, err)
	var queue []store.Order
	for range 12 {
		queue = append(queue, waits(t, s, line("prod2", 2)))
	}
	stop := make(chan struct{})
	var rushed atomic.Int64
	together(9, func(i int) {
		if i == 0 {
			defer close(stop)
			for lot := 1; lot <= 9; lot++ { // 27 units, three more than are waited for
				_, err := s.SetStock(ctx, clerk, "warehouse1", "prod2", onHand(t, s, "warehouse1", "prod2")+3, "delivery")
				if err != nil && store.KindOf(err) != store.Conflict {
					t.Error(err)
				}
			}
			return
		}
		for {
			select {
			case <-stop:
				return
			default:
			}
			if o, _, err := s.Place(ctx, placement(line("prod2", 1))); err == nil {
				rushed.Add(1)
				for _, w := range queue {
					if older := mustOrder(t, s, w.Number); older.Status == store.Backordered {
						t.Errorf("order %s got a unit while order %s waits", o.Number, w.Number)
					}
				}
			}
		}
	})
	must(t, s.serveWaiting(ctx))
	check(t, s)
	t.Logf("%d new orders were placed", rushed.Load())
}

func onHand(t testing.TB, s *Store, warehouse, product string) int {
	level, err := s.level(t.Context(), warehouse, product)
	if err != nil {
		t.Error(err)
	}
	return level.OnHand
}

// Many nodes serve the queue at once: each order is placed once, with what it needs.
func TestManyServeTheQueue(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	var queue []store.Order
	for range 6 {
		queue = append(queue, waits(t, s, line("prod6", 24), line("prod1", 1)))
	}
	together(8, func(i int) {
		if i == 0 {
			_, err := s.SetStock(ctx, clerk, "warehouse2", "prod6", 24*6+1, "delivery")
			if err != nil {
				t.Error(err)
			}
		}
		for range 4 {
			if err := s.serveWaiting(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	must(t, s.serveWaiting(ctx))
	for _, o := range queue {
		wantStatuses(t, s, []store.Order{o}, store.Placed)
	}
	sweep(t, s, "many served the queue")
}

// A pre-order waits for its day, even if the product is on the shelf.
func TestPreOrder(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	day := time.Now().Add(72 * time.Hour).Truncate(time.Second).UTC()
	setTerms(t, s, "prod7", store.Terms{Kind: store.TermsPreOrder, Cap: 20, Release: day})
	if _, _, err := s.Place(ctx, placement(line("prod7", 1))); store.KindOf(err) != store.Conflict {
		t.Errorf("it was sent before its day: %v", err)
	}
	o := waits(t, s, line("prod7", 12), line("prod1", 1))
	if o.Status != store.Backordered || !o.ExpectedAt.Equal(day) {
		t.Errorf("the order is %s, expected %s", o.Status, o.ExpectedAt)
	}
	offers, err := s.Catalogue(ctx)
	must(t, err)
	if offer := offers[6]; offer.Free != 0 || !offer.Expected.Equal(day) || !offer.Waits() {
		t.Errorf("it is offered as %+v", offer)
	}
	must(t, s.serveWaiting(ctx))
	wantStatuses(t, s, []store.Order{o}, store.Backordered)
	p := placement(line("prod7", 9))
	p.Draft.Backorder = true
	if _, _, err := s.Place(ctx, p); store.KindOf(err) != store.Conflict {
		t.Errorf("more wait than may: %v", err)
	}
	check(t, s)
	s.now = func() time.Time { return day.Add(time.Second) }
	must(t, s.serveWaiting(ctx))
	wantStatuses(t, s, []store.Order{o}, store.Placed)
	check(t, s)
}

// A node that dies between the queue and the order leaves a claim behind: it is freed, and the dead node's
// late step cannot make the order any more.
func TestClaimOfAnOrderThatWasNeverMade(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	setTerms(t, s, "prod5", store.Terms{Kind: store.TermsBackorder, Cap: 20})
	o := store.Order{
		Number: 200125, UID: "dead", Token: "dead", Lines: []store.Line{line("prod5", 20)}, Waits: []store.Line{line("prod5", 20)},
		Speed: store.Standard, Status: store.Backordered, PlacedAt: time.Now(), Attempt: 1,
	}
	full, err := s.joinQueues(ctx, o, o.Attempt, func(string) int { return 20 })
	must(t, err)
	if len(full) > 0 {
		t.Fatal("there was no room")
	}
	p := placement(line("prod5", 20))
	p.Draft.Backorder = true
	if _, _, err := s.Place(ctx, p); store.KindOf(err) != store.Conflict {
		t.Fatalf("the place was not taken: %v", err)
	}
	later := newStore(s.client)
	later.now = func() time.Time { return time.Now().Add(time.Minute) }
	repairs, err := later.Reconcile(ctx, false)
	must(t, err)
	if len(repairs) != 1 {
		t.Errorf("repaired %v", repairs)
	}
	check(t, s)
	if _, err := s.create(ctx, shopper, o, "body"); store.KindOf(err) != store.Conflict {
		t.Errorf("the dead node made its order: %v", err)
	}
	waits(t, s, line("prod5", 20))
	check(t, s)
}

// Whatever somebody does to the queues, they are made what the orders say.
func TestQueuesAreRepaired(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	waits(t, s, line("prod6", 30), line("prod2", 60))
	o := waits(t, s, line("prod6", 5))
	for _, damage := range []func(){
		func() { s.client.ZAdd(ctx, s.keyProductWaiting("prod6"), zAt(1, "order:123")) },
		func() { s.client.Del(ctx, s.keyProductWaiting("prod6"), s.keyProductUnits("prod6")) },
		func() { s.client.HSet(ctx, s.keyProductUnits("prod6"), "#", "7", orderName(o.Number), "3") },
		func() { s.client.ZAdd(ctx, s.keyProductWaiting("prod6"), zAt(5, orderName(o.Number))) },
		func() { s.client.Del(ctx, keyWaiting(s.partOf("prod6"))) },
	} {
		damage()
		sweep(t, s, "a queue was damaged")
	}
}
