package rdb

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/journal"
	"waybill/store/storetest"
)

// forgetful is a shop whose Redis is going to be set back: some nodes, each with a journal of its own.
type forgetful struct {
	t      *testing.T
	server *storetest.Server
	nodes  []*Store
	kept   []*journal.Journal
	past   storetest.Past
	apart  time.Duration // by how much each node's clock is ahead of the one before
}

func newForgetful(t *testing.T, nodes int) *forgetful {
	t.Helper()
	f := &forgetful{t: t, server: storetest.Redis(t)}
	must(t, demo.Load(t.Context(), withoutOrders{newStore(f.server.Client())}))
	_, err := newStore(f.server.Client()).Identity(t.Context())
	must(t, err)
	for range nodes {
		j, err := journal.Open(journal.Options{Path: filepath.Join(t.TempDir(), "journal.db"), Now: time.Now})
		must(t, err)
		t.Cleanup(func() { must(t, j.Close()) })
		f.kept = append(f.kept, j)
		f.nodes = append(f.nodes, f.node(len(f.nodes)))
	}
	return f
}

// node is a Store on the server as it runs now.
func (f *forgetful) node(i int) *Store {
	s := newStore(f.server.NewClient())
	s.kept.by = f.kept[i]
	ahead := time.Duration(i) * f.apart
	s.now = func() time.Time { return time.Now().Add(ahead) }
	return s
}

// wrongClocks has the clock of each node but the first go ahead, by so much more than that of the one before.
func (f *forgetful) wrongClocks(apart time.Duration) {
	f.apart = apart
	for i := range f.nodes {
		f.nodes[i] = f.node(i)
	}
}

// remember is the moment to which Redis will be set back.
func (f *forgetful) remember() {
	sweep(f.t, f.nodes[0], "before")
	f.past = f.server.Past()
}

// forget sets Redis back, and gives what the shop looked like before.
func (f *forgetful) forget() map[string]string {
	f.t.Helper()
	sweep(f.t, f.nodes[0], "before it forgets")
	before := f.dump()
	for _, j := range f.kept { // what rides with the next write is on disk then
		must(f.t, j.SaveSnapshot(f.t.Context(), "test", nil))
	}
	f.server.SetBack(f.past)
	for i := range f.kept {
		f.nodes[i] = f.node(i)
	}
	return before
}

// restore has a node put back what its journal knows, oldest first.
func (f *forgetful) restore(node int) Restored {
	f.t.Helper()
	done, left, err := f.putRight(node)
	must(f.t, err)
	if done.Unreadable > 0 || len(left) > 0 {
		f.t.Errorf("%+v, left: %v", done, left)
	}
	return done
}

func (f *forgetful) putRight(node int) (Restored, []journal.Change, error) {
	changes, _ := f.kept[node].Newest(nil, 100_000)
	slices.Reverse(changes)
	lost, err := f.nodes[node].Lost(f.t.Context(), changes)
	if err != nil {
		return Restored{}, nil, err
	}
	return f.nodes[node].PutRight(f.t.Context(), lost, f.nodes[node].now())
}

// same compares the shop with what it was, once nothing is left to do.
func (f *forgetful) same(before map[string]string) {
	f.t.Helper()
	sweep(f.t, f.nodes[0], "after it was put back")
	after := f.dump()
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if after[key] != before[key] {
			f.t.Errorf("%s\n  was %s\n  is  %s", key, before[key], after[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[key]; !ok {
			f.t.Errorf("%s\n  was not there\n  is  %s", key, after[key])
		}
	}
}

// dump is all that the shop is: orders with their stories, transfers, deliveries, lists, queues, loads, what
// is on hand, reserved and held, and what the ledgers add up to. Marks by which work is told apart from work
// that is done, and what is only for the eyes, are left out.
func (f *forgetful) dump() map[string]string {
	f.t.Helper()
	ctx, c := context.Background(), f.server.NewClient()
	defer func() { _ = c.Close() }()
	all := map[string]string{}
	for _, key := range c.Keys(ctx, "*").Val() {
		if text := dumpKey(ctx, c, key); text != "" {
			all[key] = text
		}
	}
	return all
}

func dumpKey(ctx context.Context, c *redis.Client, key string) string {
	for _, head := range []string{"live:", "lease:", "numbers", "attention", "shop", "mended"} {
		if strings.HasPrefix(key, head) {
			return ""
		}
	}
	for _, part := range []string{":messages", ":step:", ":audit", ":open", ":holders", ":fence", ":rebooked"} {
		if strings.Contains(key, part) {
			return ""
		}
	}
	switch kind := c.Type(ctx, key).Val(); kind {
	case "string":
		return c.Get(ctx, key).Val()
	case "list":
		entries := c.LRange(ctx, key, 0, -1).Val()
		if strings.Contains(key, ".orders") { // several nodes put back what each knows, so places may change
			slices.Sort(entries)
		}
		return fmt.Sprint(entries)
	case "set":
		return fmt.Sprint(slices.Sorted(slices.Values(c.SMembers(ctx, key).Val())))
	case "zset":
		if strings.Contains(key, ":put_back") {
			return fmt.Sprint(slices.Sorted(slices.Values(c.ZRange(ctx, key, 0, -1).Val())))
		}
		return fmt.Sprint(c.ZRangeWithScores(ctx, key, 0, -1).Val())
	case "hash":
		return dumpHash(key, c.HGetAll(ctx, key).Val())
	case "stream":
		return dumpStream(key, c.XRange(ctx, key, "-", "+").Val())
	}
	return "?"
}

func dumpHash(key string, h map[string]string) string {
	for _, field := range []string{"turn", "settled", "given_settled", "claim"} {
		delete(h, field)
	}
	if strings.HasPrefix(key, "idem:") {
		for _, field := range []string{"by", "token", "at"} {
			delete(h, field)
		}
	}
	empty := true
	for field, text := range h {
		if strings.HasPrefix(field, "@") || strings.HasPrefix(field, "#") && strings.Contains(key, ":reservation:") || text == "0" && !strings.HasPrefix(key, "order:") {
			delete(h, field)
		}
		empty = empty && field == "#"
	}
	if len(h) == 0 {
		return ""
	}
	return asJSON(h)
}

// dumpStream adds a ledger up; of the events, it lists which steps of which orders are told.
func dumpStream(key string, entries []redis.XMessage) string {
	sums, told := map[string]int{}, map[string]bool{}
	for _, e := range entries {
		if strings.HasSuffix(key, ":movements") {
			m := decodeMovement(e)
			sums[m.Product+" on hand"] += m.OnHand
			sums[m.Product+" reserved"] += m.Reserved
		} else if n := text(e.Values["order"]); n != "" {
			told[n+" "+text(e.Values["version"])+" "+text(e.Values["type"])] = true
		}
	}
	if len(told) > 0 {
		return fmt.Sprint(slices.Sorted(maps.Keys(told)))
	}
	maps.DeleteFunc(sums, func(_ string, n int) bool { return n == 0 })
	if strings.HasSuffix(key, ":movements") {
		return asJSON(sums)
	}
	return ""
}

// TestRedisForgets does something, sets Redis back to before it, and puts back what was kept: the shop is
// what it was.
func TestRedisForgets(t *testing.T) {
	t.Parallel()
	near := []store.Line{line("prod1", 2)}
	far := []store.Line{line("prod1", 1), line("prod6", 1)}
	ready := func(t *testing.T, s *Store, lines []store.Line) store.Order {
		o := mustPlace(t, s, lines...)
		bringAll(t, s, o.Number)
		packAll(t, s, o.Number)
		must(t, s.Ready(t.Context(), clerk, o.Number))
		return o
	}
	cases := []struct {
		name         string
		before, lost func(t *testing.T, s *Store, o *store.Order)
	}{
		{"placed", nil, func(t *testing.T, s *Store, _ *store.Order) { mustPlace(t, s, near...); mustPlace(t, s, far...) }},
		{"cancelled", func(t *testing.T, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t *testing.T, s *Store, o *store.Order) {
			must(t, s.Cancel(t.Context(), shopper, o.Number, "changed my mind"))
		}},
		{"ready", func(t *testing.T, s *Store, o *store.Order) { *o = mustPlace(t, s, near...) }, func(t *testing.T, s *Store, o *store.Order) {
			packAll(t, s, o.Number)
			must(t, s.Ready(t.Context(), clerk, o.Number))
		}},
		{"sent", func(t *testing.T, s *Store, o *store.Order) { *o = ready(t, s, far) }, func(t *testing.T, s *Store, o *store.Order) {
			must(t, s.PickUp(t.Context(), courier, o.Number))
		}},
		{"delivered", func(t *testing.T, s *Store, o *store.Order) {
			*o = ready(t, s, near)
			must(t, s.PickUp(t.Context(), courier, o.Number))
		}, func(t *testing.T, s *Store, o *store.Order) {
			must(t, s.Deliver(t.Context(), courier, o.Number, store.Proof{ReceivedBy: "Anna"}))
		}},
		{"from the basket to the door", nil, func(t *testing.T, s *Store, o *store.Order) {
			*o = ready(t, s, far)
			must(t, s.PickUp(t.Context(), courier, o.Number))
			must(t, s.Deliver(t.Context(), courier, o.Number, store.Proof{}))
		}},
		{"transfer sent", func(t *testing.T, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t *testing.T, s *Store, o *store.Order) {
			_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
		}},
		{"transfer received", func(t *testing.T, s *Store, o *store.Order) {
			*o = mustPlace(t, s, far...)
			_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
		}, func(t *testing.T, s *Store, o *store.Order) {
			_, err := s.ReceiveTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
		}},
		{"transfer short and damaged", func(t *testing.T, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t *testing.T, s *Store, o *store.Order) {
			_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
			_, err = s.ReceivePart(t.Context(), clerk, o.Transfers[0].ID, nil, o.Transfers[0].Lines, "wet")
			must(t, err)
		}},
		{"transfer refused", func(t *testing.T, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t *testing.T, s *Store, o *store.Order) {
			_, err := s.RefuseTransfer(t.Context(), clerk, o.Transfers[0].ID, store.Shortfall{Cause: store.CauseGone})
			must(t, err)
		}},
		{"asked, sent and taken in for a shelf", nil, func(t *testing.T, s *Store, _ *store.Order) {
			ask, _, err := s.AskTransfer(t.Context(), clerk, store.Ask{To: "warehouse3", From: "warehouse1", Product: "prod1", Units: 2, Key: "once"})
			must(t, err)
			_, err = s.SendTransfer(t.Context(), clerk, ask.ID)
			must(t, err)
			_, err = s.ReceiveTransfer(t.Context(), clerk, ask.ID)
			must(t, err)
		}},
		{"counted, received, damaged", nil, func(t *testing.T, s *Store, _ *store.Order) {
			_, err := s.SetStock(t.Context(), clerk, "warehouse1", "prod1", 3, "counted")
			must(t, err)
			_, _, err = s.Receive(t.Context(), clerk, store.Receipt{Warehouse: "warehouse1", Reference: "note 1", Lines: []store.Line{line("prod1", 40), line("prod4", 2)}, Reason: "came", Caller: "test", Key: "1"})
			must(t, err)
			_, err = s.Adjust(t.Context(), clerk, store.Adjustment{Warehouse: "warehouse1", Product: "prod1", Kind: store.MoveDamaged, Change: -2, Reason: "fell", Key: "2"})
			must(t, err)
			mustPlace(t, s, line("prod1", 30)) // out of what has just come
		}},
		{"a count for which an order gave way", func(t *testing.T, s *Store, o *store.Order) { *o = mustPlace(t, s, near...) }, func(t *testing.T, s *Store, o *store.Order) {
			at := mustOrder(t, s, o.Number).Warehouse
			level, err := s.level(t.Context(), at, "prod1")
			must(t, err)
			_, err = s.Correct(t.Context(), clerk, store.Correction{
				Warehouse: at, Kind: store.MoveCounted, Reason: "gone", Key: "3", Lines: []store.CorrectionLine{{Product: "prod1", Change: -level.OnHand, Seen: level.OnHand}},
				Yields: []store.Yield{{Order: o.Number, Product: "prod1", Units: 2}},
			})
			must(t, err)
		}},
		{"announced and received", nil, func(t *testing.T, s *Store, _ *store.Order) {
			d, _, err := s.Announce(t.Context(), clerk, store.Delivery{Warehouse: "warehouse2", Supplier: "Acme", Reference: "7", Due: time.Now().Add(48 * time.Hour), Lines: []store.DeliveryLine{{Product: "prod6", Announced: 9}}})
			must(t, err)
			_, err = s.ReceiveDelivery(t.Context(), clerk, d.ID, d.Version, store.DeliveryReceipt{Lines: []store.Line{line("prod6", 4)}})
			must(t, err)
		}},
		{"waiting, and served", func(t *testing.T, s *Store, o *store.Order) {
			p := placement(line("prod6", 30), line("prod1", 1))
			p.Draft.Backorder = true
			var err error
			*o, _, err = s.Place(t.Context(), p)
			must(t, err)
		}, func(t *testing.T, s *Store, o *store.Order) {
			p := placement(line("prod6", 5))
			p.Draft.Backorder = true
			_, _, err := s.Place(t.Context(), p)
			must(t, err)
			_, err = s.SetStock(t.Context(), clerk, "warehouse2", "prod6", 30, "came")
			must(t, err)
		}},
		{"edited", func(t *testing.T, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t *testing.T, s *Store, o *store.Order) {
			must(t, editTo(t.Context(), s, *o, line("prod1", 3), line("prod5", 1)))
		}},
		{"in parts", nil, func(t *testing.T, s *Store, _ *store.Order) {
			p := placement(line("prod6", 30), line("prod1", 1))
			p.Draft.Backorder, p.Draft.Parts = true, true
			_, _, err := s.Place(t.Context(), p)
			must(t, err)
		}},
		{"returned and looked into", func(t *testing.T, s *Store, o *store.Order) {
			*o = ready(t, s, near)
			must(t, s.PickUp(t.Context(), courier, o.Number))
		}, func(t *testing.T, s *Store, o *store.Order) {
			must(t, s.Return(t.Context(), helper, o.Number, "warehouse3", "lost"))
			must(t, s.Inspect(t.Context(), clerk, o.Number, []store.Inspected{{Product: "prod1", Sellable: 1, Damaged: 1}}))
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newForgetful(t, 1)
			var o store.Order
			if c.before != nil {
				c.before(t, f.nodes[0], &o)
			}
			f.remember()
			c.lost(t, f.nodes[0], &o)
			before := f.forget()
			if f.restore(0).Sum() == 0 {
				t.Error("nothing was put back")
			}
			f.same(before)
			for range 2 {
				if again := f.restore(0); again != (Restored{}) {
					t.Errorf("put back once more: %+v", again)
				}
			}
			f.same(before)
		})
	}
}

// TestForked sets Redis back, takes other steps before the forgotten ones are put back, and looks which
// story holds.
func TestForked(t *testing.T) {
	t.Parallel()
	cancel := func(t *testing.T, s *Store, n store.Number) { must(t, s.Cancel(t.Context(), shopper, n, "")) }
	pack := func(t *testing.T, s *Store, n store.Number) { packAll(t, s, n) }
	ready := func(t *testing.T, s *Store, n store.Number) {
		packAll(t, s, n)
		must(t, s.Ready(t.Context(), clerk, n))
	}
	pickUp := func(t *testing.T, s *Store, n store.Number) {
		ready(t, s, n)
		must(t, s.PickUp(t.Context(), courier, n))
	}
	for _, c := range []struct {
		name        string
		lost, since func(*testing.T, *Store, store.Number)
		ends        store.Status
	}{
		{"what was cancelled stays cancelled", cancel, ready, store.Cancelled},
		{"cancelled since", ready, cancel, store.Cancelled},
		{"what has left has left", pickUp, cancel, store.Sent},
		{"left since", cancel, pickUp, store.Sent},
		{"the longer story", ready, func(t *testing.T, s *Store, n store.Number) { must(t, s.Pack(t.Context(), clerk, n, "prod1", 1)) }, store.Ready},
		{"the same again", pack, pack, store.Placed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newForgetful(t, 2)
			n := mustPlace(t, f.nodes[0], line("prod1", 1), line("prod4", 1)).Number
			f.remember()
			c.lost(t, f.nodes[0], n)
			f.forget()
			c.since(t, f.nodes[1], n)
			sweep(t, f.nodes[1], "meanwhile")
			for range 3 {
				f.restore(0)
				f.restore(1)
			}
			sweep(t, f.nodes[0], "after both")
			o := mustOrder(t, f.nodes[0], n)
			told := slices.ContainsFunc(o.History, func(e store.Event) bool { return e.Type == store.EventMerged })
			if o.Status != c.ends || !told {
				t.Errorf("it is %s, told: %v", o.Status, told)
			}
			all := f.dump()
			for range 2 {
				f.restore(1)
				f.restore(0)
			}
			f.same(all)
		})
	}
}
