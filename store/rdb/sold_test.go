package rdb

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"waybill/store"
)

// later gives the shop as it is when nothing is waited for any more.
func (f *forgetful) later() *Store {
	s := f.node(0)
	s.now = func() time.Time { return time.Now().Add(time.Minute) }
	return s
}

// stranger is a node that knows nothing of what Redis has forgotten.
func (f *forgetful) stranger() *Store {
	s := newStore(f.lab.newClient())
	s.numbers.next, s.numbers.last = 500_000, 500_100
	return s
}

// sale is something that Redis forgets, and what is done with the same units since; then, how both orders end
// and how many units each of them waits for.
type sale struct {
	name                string
	lost, since         func(testing.TB, *Store) store.Order
	lostEnds, sinceEnd  store.Status
	lostWait, sinceWait int
}

// sales are all kinds of ways in which units may be promised while Redis has forgotten who has them.
func sales() []sale {
	placeBut := func(left int) func(testing.TB, *Store) store.Order {
		return func(t testing.TB, s *Store) store.Order {
			level, err := s.level(t.Context(), "warehouse1", "prod9")
			must(t, err)
			return mustPlace(t, s, line("prod9", level.Free()-left))
		}
	}
	place := placeBut(0)
	sendSo := func(units int) func(testing.TB, *Store) store.Order {
		return func(t testing.TB, s *Store) store.Order {
			o := mustPlace(t, s, line("prod9", units))
			packAll(t, s, o.Number)
			must(t, s.Ready(t.Context(), clerk, o.Number))
			must(t, s.PickUp(t.Context(), courier, o.Number))
			return o
		}
	}
	send := sendSo(5)
	count := func(t testing.TB, s *Store) store.Order {
		_, err := s.SetStock(t.Context(), clerk, "warehouse1", "prod9", 3, "counted")
		must(t, err)
		return store.Order{}
	}
	ship := func(t testing.TB, s *Store) store.Order {
		ask, _, err := s.AskTransfer(t.Context(), clerk, store.Ask{To: "warehouse3", From: "warehouse1", Product: "prod9", Units: 6, Key: "1"})
		must(t, err)
		_, err = s.SendTransfer(t.Context(), clerk, ask.ID)
		must(t, err)
		return store.Order{}
	}
	sheet := func(t testing.TB, s *Store) store.Order {
		_, err := s.BookSheet(t.Context(), clerk, "warehouse1", []store.Counted{{Product: "prod4", Units: 70, Seen: 80}, {Product: "prod9", Units: 3, Seen: 60}}, "counted")
		must(t, err)
		return store.Order{}
	}
	bring := func(t testing.TB, s *Store) store.Order {
		o := mustPlace(t, s, line("prod4", 1), line("prod9", 6), line("prod6", 1))
		_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
		must(t, err)
		return o
	}
	return []sale{
		{"placed, and sold again", place, place, store.Backordered, store.Placed, 60, 0},
		{"placed, and sold again but for three", place, placeBut(3), store.Backordered, store.Placed, 57, 0},
		{"placed, and sent with another", place, send, store.Backordered, store.Sent, 5, 0},
		{"sent, and sold again", send, place, store.Sent, store.Backordered, 0, 5},
		{"all of it sent, and sold again", sendSo(60), place, store.Sent, store.Backordered, 0, 60},
		{"counted, and sold", count, place, "", store.Backordered, 0, 57},
		{"counted on a sheet, and sold", sheet, place, "", store.Backordered, 0, 57},
		{"left for another warehouse, and sold", ship, place, "", store.Backordered, 0, 6},
		{"left for another warehouse, and sold but for two", ship, placeBut(2), "", store.Backordered, 0, 4},
		{"left for an order, and sold", bring, place, store.Placed, store.Backordered, 0, 6},
	}
}

// TestSoldMeanwhile promises units to others while Redis has forgotten that somebody has them: nothing is
// promised twice, what has happened stands, and whoever gives way gets it from elsewhere or waits.
func TestSoldMeanwhile(t *testing.T) {
	t.Parallel()
	for _, c := range sales() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sellsMeanwhile(t, newLab(t), c)
		})
	}
}

func sellsMeanwhile(t testing.TB, l *lab, c sale) {
	t.Helper()
	f := forgetfulIn(t, l, 1)
	setTerms(t, f.nodes[0], "prod9", store.Terms{Kind: store.TermsBackorder})
	for _, w := range []string{"warehouse2", "warehouse3"} {
		_, err := f.nodes[0].SetStock(t.Context(), clerk, w, "prod9", 0, "nothing else anywhere")
		must(t, err)
	}
	f.remember()
	lost := c.lost(t, f.nodes[0])
	f.forget()
	since := c.since(t, f.stranger())
	changes, _ := f.kept[0].Newest(nil, 1000)
	slices.Reverse(changes)
	for range 3 {
		s := f.later()
		missing, err := s.Lost(t.Context(), changes)
		must(t, err)
		_, left, err := s.PutRight(t.Context(), missing, time.Now())
		must(t, err)
		if len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		checkStock(t, s) // before the sweeper, who would hide it
		s.now = func() time.Time { return time.Now().Add(2 * time.Minute) }
		sweep(t, s, "after it was put back")
	}
	ends := func(which string, n store.Number, status store.Status, waits int) {
		if o := mustOrder(t, f.nodes[0], n); o.Status != status || store.Units(claims(o)) != waits {
			t.Errorf("%s is %s and waits for %d, not %s for %d: %s", which, o.Status, store.Units(claims(o)), status, waits, asJSON(o.History))
		}
	}
	if lost.Number != 0 {
		ends("what was lost", lost.Number, c.lostEnds, c.lostWait)
	}
	ends("what was sold since", since.Number, c.sinceEnd, c.sinceWait)
	for _, key := range f.nodes[0].client.SMembers(t.Context(), f.nodes[0].keyHolders("warehouse1")).Val() {
		if dumpKey(t.Context(), f.server.Client(), key) == "" {
			t.Errorf("%s holds nothing and stands among the holders", key)
		}
	}
}

// siteKeys are the keys that lie in a warehouse's own slot of a cluster.
var siteKeys = regexp.MustCompile(`^\{?warehouse1\}?:(stock|reserved|product_list|movements|open|holders|audit|rebooked|reservation:.*|step:.*|correct.*)$`)

// TestOneShardForgets sets one warehouse's shelves back, and nothing else: as when one shard of a cluster
// comes back older.
func TestOneShardForgets(t *testing.T) {
	t.Parallel()
	f := newForgetful(t, 1)
	s, ctx := f.nodes[0], t.Context()
	old := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	f.remember()
	then := map[string]string{}
	for _, key := range s.client.Keys(ctx, "*").Val() {
		if siteKeys.MatchString(key) {
			then[key] = s.client.Dump(ctx, key).Val()
		}
	}

	_, err := s.SendTransfer(ctx, clerk, old.Transfers[0].ID)
	must(t, err)
	mustPlace(t, s, line("prod1", 2))
	gone := mustPlace(t, s, line("prod4", 2))
	cancelled := mustPlace(t, s, line("prod4", 3))
	must(t, s.Cancel(ctx, shopper, cancelled.Number, ""))
	packAll(t, s, gone.Number)
	must(t, s.Ready(ctx, clerk, gone.Number))
	must(t, s.PickUp(ctx, courier, gone.Number))
	_, _, err = s.Receive(ctx, clerk, store.Receipt{Warehouse: "warehouse1", Reference: "note", Lines: []store.Line{line("prod1", 7)}, Reason: "came", Caller: "test", Key: "1"})
	must(t, err)
	d, _, err := s.Announce(ctx, clerk, store.Delivery{Warehouse: "warehouse1", Supplier: "Acme", Reference: "7", Due: time.Now().Add(48 * time.Hour), Lines: []store.DeliveryLine{{Product: "prod9", Announced: 9}}})
	must(t, err)
	_, err = s.ReceiveDelivery(ctx, clerk, d.ID, d.Version, store.DeliveryReceipt{Lines: []store.Line{line("prod9", 4)}})
	must(t, err)
	sweep(t, s, "before the shard forgets")
	before := f.dump()
	for _, j := range f.kept {
		must(t, j.SaveSnapshot(ctx, "test", nil))
	}
	for _, key := range s.client.Keys(ctx, "*").Val() {
		if siteKeys.MatchString(key) {
			must(t, s.client.Del(ctx, key).Err())
		}
	}
	for key, value := range then {
		must(t, s.client.RestoreReplace(ctx, key, 0, value).Err())
	}
	if done := f.restore(0); done.Effects != 4 || done.Bookings != 1 || done.Sum() != 5 {
		t.Errorf("put back: %+v", done)
	}
	f.same(before)
	if again := f.restore(0); again != (Restored{}) {
		t.Errorf("put back once more: %+v", again)
	}
	f.same(before)
}
