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

// TestSoldMeanwhile promises units to others while Redis has forgotten that somebody has them: nothing is
// promised twice, what has happened stands, and whoever gives way gets it from elsewhere or waits.
func TestSoldMeanwhile(t *testing.T) {
	t.Parallel()
	all := func(t *testing.T, s *Store, w, product string) int {
		level, err := s.level(t.Context(), w, product)
		must(t, err)
		return level.Free()
	}
	at1 := func(t *testing.T, s *Store) []store.Line {
		return []store.Line{line("prod9", all(t, s, "warehouse1", "prod9"))}
	}
	type doing func(*testing.T, *Store) store.Order
	place := func(t *testing.T, s *Store) store.Order { return mustPlace(t, s, at1(t, s)...) }
	send := func(t *testing.T, s *Store) store.Order {
		o := mustPlace(t, s, line("prod9", 5))
		packAll(t, s, o.Number)
		must(t, s.Ready(t.Context(), clerk, o.Number))
		must(t, s.PickUp(t.Context(), courier, o.Number))
		return o
	}
	count := func(t *testing.T, s *Store) store.Order {
		_, err := s.SetStock(t.Context(), clerk, "warehouse1", "prod9", 3, "counted")
		must(t, err)
		return store.Order{}
	}
	ship := func(t *testing.T, s *Store) store.Order {
		ask, _, err := s.AskTransfer(t.Context(), clerk, store.Ask{To: "warehouse3", From: "warehouse1", Product: "prod9", Units: 6, Key: "1"})
		must(t, err)
		_, err = s.SendTransfer(t.Context(), clerk, ask.ID)
		must(t, err)
		return store.Order{}
	}
	for _, c := range []struct {
		name               string
		lost, since        doing
		lostEnds, sinceEnd store.Status
	}{
		{"placed, and sold again", place, place, store.Backordered, store.Placed},
		{"placed, and sent with another", place, send, store.Backordered, store.Sent},
		{"sent, and sold again", send, place, store.Sent, store.Backordered},
		{"counted, and sold", count, place, "", store.Backordered},
		{"left for another warehouse, and sold", ship, place, "", store.Backordered},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newForgetful(t, 1)
			setTerms(t, f.nodes[0], "prod9", store.Terms{Kind: store.TermsBackorder})
			for _, w := range []string{"warehouse2", "warehouse3"} {
				_, err := f.nodes[0].SetStock(t.Context(), clerk, w, "prod9", 0, "nothing else anywhere")
				must(t, err)
			}
			f.remember()
			lost := c.lost(t, f.nodes[0])
			f.forget()
			stranger := newStore(f.server.NewClient()) // a node that knows nothing of it
			stranger.numbers.next, stranger.numbers.last = 500_000, 500_100
			since := c.since(t, stranger)
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
				s.now = func() time.Time { return time.Now().Add(2 * time.Minute) }
				sweep(t, s, "after it was put back")
			}
			if lost.Number != 0 {
				if o := mustOrder(t, f.nodes[0], lost.Number); o.Status != c.lostEnds {
					t.Errorf("what was lost is %s, not %s: %s", o.Status, c.lostEnds, asJSON(o.History))
				}
			}
			if o := mustOrder(t, f.nodes[0], since.Number); o.Status != c.sinceEnd {
				t.Errorf("what was sold since is %s, not %s: %s", o.Status, c.sinceEnd, asJSON(o.History))
			}
		})
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
