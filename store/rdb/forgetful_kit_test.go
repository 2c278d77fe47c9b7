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
	"waybill/store/journal"
	"waybill/store/storetest"
)

// forgetful is a shop whose Redis is going to be set back: some nodes, each with a journal of its own.
type forgetful struct {
	t      testing.TB
	lab    *lab
	server *storetest.Server
	nodes  []*Store
	kept   []*journal.Journal
	past   storetest.Past
	apart  time.Duration // by how much each node's clock is ahead of the one before
}

func newForgetful(t testing.TB, nodes int) *forgetful { return forgetfulIn(t, newLab(t), nodes) }

// forgetfulIn is a forgetful shop in a lab: what stands between its nodes and Redis is the experiment's.
func forgetfulIn(t testing.TB, l *lab, nodes int) *forgetful {
	t.Helper()
	f := &forgetful{t: t, lab: l, server: l.server}
	_, err := l.shop(t).Identity(t.Context())
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
	s := newStore(f.lab.newClient())
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
	f.setBack()
	return before
}

// setBack sets Redis back, whatever is under way.
func (f *forgetful) setBack() {
	f.t.Helper()
	for _, j := range f.kept { // what rides with the next write is on disk then
		must(f.t, j.SaveSnapshot(f.t.Context(), "test", nil))
	}
	f.server.SetBack(f.past)
	for i := range f.kept {
		f.nodes[i] = f.node(i)
	}
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
	for _, head := range []string{"live:", "lease:", "numbers", "attention", "shop", "mended", "import"} {
		if strings.HasPrefix(key, head) {
			return ""
		}
	}
	for _, part := range []string{":messages", ":step:", ":audit", ":open", ":fence", ":rebooked", ":import:"} {
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
			if m.Kind == store.MoveLost { // it moves nothing here, and is written down once
				sums[m.Product+" lost, "+m.Why]++
			}
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
