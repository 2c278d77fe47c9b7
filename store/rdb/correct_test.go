package rdb

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/storetest"
)

// countedDown is a correction of one product at a warehouse to so many units, for which those give way whom the
// shop proposes, or who is chosen.
func countedDown(t testing.TB, s *Store, warehouse, product string, units int, chosen ...string) store.Correction {
	t.Helper()
	losers, err := s.Losers(t.Context(), warehouse, product, store.Remains{Units: units}, chosen)
	must(t, err)
	return store.Correction{
		Warehouse: warehouse, Kind: store.MoveCounted, Reason: "counted twice", Key: rand.Text(), Yields: losers.Yields(),
		Lines: []store.CorrectionLine{{Product: product, Change: units - losers.Level.OnHand, Seen: losers.Level.OnHand}},
	}
}

func mustCorrect(t testing.TB, s *Store, c store.Correction) {
	t.Helper()
	_, err := s.Correct(t.Context(), clerk, c)
	must(t, err)
}

// Of three orders that hold all of a shelf, the newest gives way: what it loses comes from elsewhere, or it
// waits, and its customer is told. Asking for the same again changes nothing.
func TestTheNewestOrderGivesWay(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 10, 2, 0)
	ctx := t.Context()
	first, second, third := mustPlace(t, s, line("p", 3), line("q", 1)), mustPlace(t, s, line("p", 3), line("q", 1)), mustPlace(t, s, line("p", 3))
	must(t, s.Pack(ctx, clerk, third.Number, "p", 3))
	if _, err := s.SetStock(ctx, clerk, "a", "p", 4, "counted"); store.KindOf(err) != store.Conflict {
		t.Errorf("a plain count below what is promised: %v", err)
	}
	losers, err := s.Losers(ctx, "a", "p", store.Remains{Units: 4}, nil)
	must(t, err)
	if losers.Need != 5 || losers.Left != 0 || len(losers.List) != 3 ||
		losers.List[0].Order != third.Number || losers.List[0].Gives != 3 || losers.List[0].Packed != 3 || !losers.List[0].Then.Waits ||
		losers.List[1].Order != second.Number || losers.List[1].Gives != 2 || asJSON(losers.List[1].Then.From) != asJSON([]string{"b"}) ||
		losers.List[2].Gives != 0 {
		t.Fatalf("%s", asJSON(losers))
	}
	c := countedDown(t, s, "a", "p", 4)
	levels, err := s.Correct(ctx, clerk, c)
	if err != nil || levels[0] != (store.Level{OnHand: 4, Reserved: 4}) {
		t.Fatalf("%v, %v", levels, err)
	}
	check(t, s)
	got := mustOrder(t, s, third.Number)
	gave := got.History[2]
	if got.Status != store.Backordered || got.Packed["p"] != 0 || gave.Type != store.EventGaveWay || gave.Who.ID != clerk.ID || gave.Why != "counted twice" || gave.Data["from"] != "a" || lastEvent(got).Data["reason"] != "gone" {
		t.Errorf("the newest is %s: %s", got.Status, asJSON(got.History))
	}
	got = mustOrder(t, s, second.Number)
	if got.Status != store.Placed || len(got.Transfers) != 1 || got.Transfers[0].From != "b" || lastEvent(got).Type != store.EventRerouted || lastEvent(got).Data["from"] != "a" || !got.PromisedAt.Equal(losers.List[1].Then.PromisedAt) {
		t.Errorf("the second is %s", asJSON(got))
	}
	wantWho(t, s, "b", second.Number, store.MoveReserved, clerk)
	if got := mustOrder(t, s, first.Number); got.Version != first.Version {
		t.Errorf("the oldest was touched: %s", asJSON(got.History))
	}
	mustCorrect(t, s, c)
	c.Reason = "something else"
	if _, err := s.Correct(ctx, clerk, c); store.KindOf(err) != store.Invalid {
		t.Errorf("the same key for something else: %v", err)
	}
	check(t, s)
	secondPassRepairsNothing(t, s)
	levels2, err := s.levelsOf(ctx, "a", []string{"p"})
	if err != nil || levels2[0].OnHand != 4 {
		t.Errorf("asked again: %+v, %v", levels2, err)
	}
	_, err = s.SetStock(ctx, clerk, "a", "p", 9, "found")
	must(t, err)
	packAll(t, s, third.Number)
	must(t, s.Ready(ctx, clerk, third.Number))
	must(t, s.PickUp(ctx, courier, third.Number))
	check(t, s)
}

// What has not left for its order yet gives way too, in part or whole; what was only asked for a shelf
// gives way first.
func TestTransfersGiveWay(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 10, 1)
	ctx := t.Context()
	o, transfer := fromB(t, s)
	ask, _, err := s.AskTransfer(ctx, clerk, asking(6, "k"))
	must(t, err)
	mustCorrect(t, s, countedDown(t, s, "b", "p", 5)) // one is free, the ask loses four
	check(t, s)
	if got, _ := s.Transfer(ctx, ask.ID); store.Units(got.Lines) != 2 || got.State != store.TransferRequested || mustOrder(t, s, o.Number).Version != o.Version {
		t.Errorf("the ask is %s", asJSON(got))
	}
	mustCorrect(t, s, countedDown(t, s, "b", "p", 2))
	check(t, s)
	got := mustOrder(t, s, o.Number)
	if ask, _ := s.Transfer(ctx, ask.ID); ask.State != store.TransferRefused || got.Transfers[0].State != store.TransferRequested || store.Units(got.Transfers[0].Lines) != 2 || got.Transfers[1].From != "c" {
		t.Errorf("after the second count: %s", asJSON(got))
	}
	bring(t, s, transfer.ID)
	mustCorrect(t, s, countedDown(t, s, "a", "p", 1)) // of the two that have just come one is broken
	check(t, s)
	if got = mustOrder(t, s, o.Number); got.Status != store.Backordered || store.Quantity(got.Waits, "p") != 1 {
		t.Errorf("after the third count: %s", asJSON(got))
	}
	if _, err := s.UnreceiveTransfer(ctx, clerk, transfer.ID); store.KindOf(err) != store.Conflict {
		t.Errorf("the receipt was undone: %v", err)
	}
	mustCorrect(t, s, countedDown(t, s, "a", "p", 0)) // also of an order that waits
	if got = mustOrder(t, s, o.Number); store.Quantity(got.Waits, "p") != 2 {
		t.Errorf("it waits for %v", got.Waits)
	}
	check(t, s)
	secondPassRepairsNothing(t, s)
	must(t, s.Cancel(ctx, shopper, o.Number, ""))
	check(t, s)
}

// A parcel that is ready gives nothing: the count is refused and says so. Damage makes orders give way
// just as well.
func TestWhoMayNotGiveWay(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 5, 0, 0)
	ctx := t.Context()
	ready, open := mustPlace(t, s, line("p", 2)), mustPlace(t, s, line("p", 2))
	packAll(t, s, ready.Number)
	must(t, s.Ready(ctx, clerk, ready.Number))
	losers, err := s.Losers(ctx, "a", "p", store.Remains{Take: 4}, nil)
	must(t, err)
	if losers.Left != 1 || len(losers.Yields()) != 1 {
		t.Errorf("%s", asJSON(losers))
	}
	c := countedDown(t, s, "a", "p", 1)
	if _, err := s.Correct(ctx, clerk, c); store.KindOf(err) != store.Conflict {
		t.Errorf("counted below what a parcel holds: %v", err)
	}
	for name, change := range map[string]func(*store.Correction){
		"loses more than is missing": func(c *store.Correction) { c.Yields[0].Units = 9 },
		"loses something else":       func(c *store.Correction) { c.Yields[0].Product = "q" },
		"nobody loses":               func(c *store.Correction) { c.Yields[0].Order = 0 },
		"no key":                     func(c *store.Correction) { c.Key = "" },
	} {
		bad := countedDown(t, s, "a", "p", 2)
		change(&bad)
		if _, err := s.Correct(ctx, clerk, bad); store.KindOf(err) != store.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	check(t, s)
	damage := store.Correction{
		Warehouse: "a", Kind: store.MoveDamaged, Reason: "wet", Key: "k", Lines: []store.CorrectionLine{{Product: "p", Change: -2, Seen: store.AnyLevel}},
		Yields: []store.Yield{{Order: open.Number, Product: "p", Units: 1}},
	}
	mustCorrect(t, s, damage)
	check(t, s)
	got := mustOrder(t, s, open.Number)
	if got.Status != store.Backordered || lastEvent(got).Data["reason"] != "damaged" {
		t.Errorf("%s", asJSON(got.History))
	}
	gone := 0
	for _, entry := range s.client.XRange(ctx, s.keyMovements("a"), "-", "+").Val() {
		if entry.Values["kind"] == "damaged" {
			gone -= integer(entry.Values["on_hand"])
		}
	}
	if gone != 2 {
		t.Errorf("%d damaged units in the ledger", gone)
	}
}

// The order that was to give way has been cancelled, or has gone, by then: what it lets go is taken off
// the shelf all the same; what it took along cannot be, and whoever counts is told.
func TestTheOrderHasMovedOn(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 8, 0, 0)
	ctx := t.Context()
	cancelled, gone := mustPlace(t, s, line("p", 4)), mustPlace(t, s, line("p", 4))
	packAll(t, s, gone.Number)
	c := countedDown(t, s, "a", "p", 6, cancelled.Number.String())
	must(t, s.Cancel(ctx, shopper, cancelled.Number, ""))
	mustCorrect(t, s, c)
	levels(t, s, "a", store.Level{OnHand: 6, Reserved: 4})
	check(t, s)
	_, err := s.SetStock(ctx, clerk, "a", "p", 4, "counted")
	must(t, err)
	c = countedDown(t, s, "a", "p", 3)
	must(t, s.Ready(ctx, clerk, gone.Number))
	if _, err := s.Correct(ctx, clerk, c); store.KindOf(err) != store.Conflict {
		t.Errorf("the parcel was ready by then: %v", err)
	}
	if _, err := s.Correct(ctx, clerk, c); store.KindOf(err) != store.Conflict {
		t.Errorf("asked again: %v", err)
	}
	levels(t, s, "a", store.Level{OnHand: 4, Reserved: 4})
	c = countedDown(t, s, "a", "p", 4)
	c.Lines[0].Seen = 7
	if _, err := s.Correct(ctx, clerk, c); store.KindOf(err) != store.Conflict {
		t.Errorf("from figures that are no longer true: %v", err)
	}
	check(t, s)
	secondPassRepairsNothing(t, s)
}

// Many clerks count the same shelf down at once, while customers order and cancel: one count is booked after
// the other, nobody loses more than once, and the books are what was counted last.
func TestManyCountTheSameShelf(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 30, 30, 0)
	ctx := t.Context()
	var orders []store.Order
	for range 10 {
		orders = append(orders, mustPlace(t, s, line("p", 3), line("q", 1)))
	}
	together(12, func(i int) {
		switch {
		case i < 6: // a clerk who is told that things have moved on looks again
			for try := 0; ; try++ {
				losers, err := s.Losers(ctx, "a", "p", store.Remains{Units: 20 - 2*i}, nil)
				if err == nil {
					_, err = s.Correct(ctx, clerk, store.Correction{
						Warehouse: "a", Kind: store.MoveCounted, Reason: fmt.Sprint("clerk ", i), Key: fmt.Sprint(i, " ", try), Yields: losers.Yields(),
						Lines: []store.CorrectionLine{{Product: "p", Change: 20 - 2*i - losers.Level.OnHand, Seen: losers.Level.OnHand}},
					})
				}
				if err == nil {
					break
				}
				if store.KindOf(err) != store.Conflict || try == 200 {
					t.Error(err)
					break
				}
			}
		case i < 9:
			if err := s.Cancel(ctx, shopper, orders[i].Number, ""); err != nil {
				t.Error(err)
			}
		default:
			if _, _, err := s.Place(ctx, placement(line("p", 2))); err != nil && store.KindOf(err) != store.Conflict {
				t.Error(err)
			}
		}
	})
	later := newStore(s.client)
	later.now = inAMinute
	sweep(t, later, "many counts")
	if n := s.client.HLen(ctx, s.keyCorrecting("a")).Val(); n != 0 {
		t.Errorf("%d counts are under way still", n)
	}
}

// correctionSagas are the flows of this file, for crash_test.go: an order gives up what is in its box, what
// another warehouse was to send, and what it holds while it waits.
func correctionSagas() []saga {
	gives := func(name, warehouse, product string, prepare func(testing.TB, *Store) store.Order) saga {
		return saga{name, prepare, func(ctx context.Context, s *Store, o store.Order) error {
			_, err := s.Correct(ctx, clerk, store.Correction{
				Warehouse: warehouse, Kind: store.MoveCounted, Reason: "counted", Key: "once",
				Lines:  []store.CorrectionLine{{Product: product, Change: -1, Seen: store.AnyLevel}, {Product: "prod8", Change: 1, Seen: store.AnyLevel}},
				Yields: []store.Yield{{Order: o.Number, Product: product, Units: 1}},
			})
			return err
		}, func(o store.Order) bool {
			units := 0
			for _, g := range o.Given {
				units += g.Units
			}
			for _, t := range o.Transfers {
				for _, g := range t.Given {
					units += g.Units
				}
			}
			return units == 1
		}}
	}
	place := func(t testing.TB, s *Store) store.Order { return mustPlace(t, s, line("prod1", 2), line("prod6", 2)) }
	return []saga{
		gives("give way from the box", "warehouse2", "prod6", func(t testing.TB, s *Store) store.Order {
			o := place(t, s)
			must(t, s.Pack(t.Context(), clerk, o.Number, "prod6", 2))
			return o
		}),
		gives("give way before it is sent", "warehouse1", "prod1", place),
		gives("give way while waiting", "warehouse2", "prod6", func(t testing.TB, s *Store) store.Order {
			setTerms(t, s, "prod1", store.Terms{Kind: store.TermsBackorder})
			o := place(t, s)
			for _, w := range []string{"warehouse1", "warehouse2", "warehouse3"} {
				level, err := s.level(t.Context(), w, "prod1")
				must(t, err)
				_, err = s.SetStock(t.Context(), clerk, w, "prod1", level.Reserved, "gone")
				must(t, err)
			}
			_, err := s.RefuseTransfer(t.Context(), clerk, o.Transfers[0].ID, store.Shortfall{Cause: store.CauseGone})
			must(t, err)
			return o
		}),
	}
}

// An order that got units twice from the shelf of its place of assembly gives them all back when it is
// changed.
func TestEditAfterGivingWay(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 10, 0, 0)
	o := mustPlace(t, s, line("p", 8), line("q", 1))
	mustCorrect(t, s, countedDown(t, s, "a", "p", 3))
	_, err := s.SetStock(t.Context(), clerk, "a", "p", 20, "found")
	must(t, err)
	if o = mustOrder(t, s, o.Number); o.Status != store.Placed || len(o.Plan.Sources) != 2 {
		t.Fatalf("%s", asJSON(o.Plan))
	}
	must(t, editTo(t.Context(), s, o, line("p", 1)))
	levels(t, s, "a", store.Level{OnHand: 20, Reserved: 1})
	check(t, s)
}

// A node is slow at taking off the books what an order gave up; meanwhile the order gives up more, and others
// do all that follows. What they have said of it stays said: when the marks of the moves have run out, and the
// order is looked at again, nothing leaves the books a second time.
func TestASlowerHandAtWhatWasGiven(t *testing.T) {
	t.Parallel()
	server, ctx := storetest.Redis(t), t.Context()
	s, client := newStore(server.Client()), server.NewClient()
	laneShop(t, s, 10, 0, 0)
	o := mustPlace(t, s, line("p", 8))
	meanwhile := func() {
		must(t, s.finishCorrections(ctx, "a"))
		mustCorrect(t, s, countedDown(t, s, "a", "p", 5))
	}
	client.AddHook(between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		err := next(cmds)
		if args := cmds[0].Args(); meanwhile != nil && cmds[0].Name() == "hget" && args[len(args)-1] == "given_settled" {
			do := meanwhile
			meanwhile = nil
			do()
		}
		return err
	}))
	mustCorrect(t, newStore(client), countedDown(t, s, "a", "p", 6))
	if got := mustOrder(t, s, o.Number); meanwhile != nil || len(got.Given) != 2 {
		t.Fatalf("it gave %s", asJSON(got.Given))
	}
	levels(t, s, "a", store.Level{OnHand: 5, Reserved: 5})
	for key := range keysLike(ctx, s, s.keyStep("a", "give.*")) {
		must(t, s.client.Del(ctx, key).Err())
	}
	must(t, s.settle(ctx, o.Number))
	levels(t, s, "a", store.Level{OnHand: 5, Reserved: 5})
	check(t, s)
}
