package rdb

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// livedIn makes a shop in which something of every kind has happened.
func livedIn(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	must(t, demo.Load(ctx, s))
	done := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	bringAll(t, s, done.Number)
	packAll(t, s, done.Number)
	must(t, s.Ready(ctx, clerk, done.Number))
	must(t, s.PickUp(ctx, courier, done.Number))
	must(t, s.Deliver(ctx, courier, done.Number, store.Proof{ReceivedBy: "Anna"}))
	sent := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	_, err := s.SendTransfer(ctx, clerk, sent.Transfers[0].ID)
	must(t, err)
	packed := mustPlace(t, s, line("prod2", 3))
	packAll(t, s, packed.Number)
	must(t, s.Cancel(ctx, shopper, packed.Number, "changed my mind"))
	waits(t, s, line("prod6", 30), line("prod2", 60))
	must(t, s.SetThreshold(ctx, clerk, "warehouse1", "prod4", 500))
	_, _, err = s.Announce(ctx, clerk, store.Delivery{
		Warehouse: "warehouse2", Supplier: "Kamionka", Reference: "K-1", Due: time.Now().AddDate(0, 0, 3).UTC().Truncate(time.Second),
		Lines: []store.DeliveryLine{{Product: "prod6", Announced: 40}},
	})
	must(t, err)
	must(t, s.SaveAccount(ctx, store.Account{Login: "ola", Name: "Ola", Role: store.Admin, Hash: "\xff\x00not UTF-8"}))
	_, err = s.StageImport(ctx, clerk, "counts.csv", []store.StockRow{{Line: 2, Warehouse: "warehouse1", Product: "prod1", OnHand: 7}})
	must(t, err)
	push(ctx, s, store.Placed, "order:007")
	sweep(t, s, "before the move")
	_, err = s.Identity(ctx)
	must(t, err)
	for _, w := range []string{"warehouse1", "warehouse2"} {
		_, err = s.audit(ctx, w, true)
		must(t, err)
	}
}

// contents is all that lies in a single Redis, lists without their order.
func contents(t *testing.T, c *redis.Client) map[string]string {
	t.Helper()
	ctx, all := t.Context(), map[string]string{}
	for _, key := range c.Keys(ctx, "*").Val() {
		if strings.HasPrefix(key, "live:") || strings.HasPrefix(key, "lease:") {
			continue
		}
		var text string
		switch kind := c.Type(ctx, key).Val(); kind {
		case "string":
			text = c.Get(ctx, key).Val()
		case "list":
			list := c.LRange(ctx, key, 0, -1).Val()
			if strings.HasSuffix(key, ".orders") {
				slices.Sort(list)
			}
			text = fmt.Sprint(list)
		case "set":
			text = fmt.Sprint(slices.Sorted(slices.Values(c.SMembers(ctx, key).Val())))
		case "hash":
			fields := c.HGetAll(ctx, key).Val()
			maps.DeleteFunc(fields, func(_, value string) bool { return strings.HasSuffix(key, ":load") && value == "0" })
			text = fmt.Sprint(fields)
		case "zset":
			text = fmt.Sprint(c.ZRangeWithScores(ctx, key, 0, -1).Val())
		case "stream":
			text = fmt.Sprint(c.XRange(ctx, key, "-", "+").Val())
		default:
			t.Errorf("%s is a %s", key, kind)
		}
		if left := c.TTL(ctx, key).Val(); left > 0 {
			text += " for a while"
		}
		all[key] = text
	}
	return all
}

// move takes a shop to another Redis.
func move(t *testing.T, from, to *Store) string {
	t.Helper()
	var dump bytes.Buffer
	was, err := from.Export(t.Context(), &dump, func(int) {})
	must(t, err)
	text := dump.String()
	is, err := to.ImportDump(t.Context(), &dump, func(int) {})
	must(t, err)
	if was.Orders < 7 || asJSON(was) != asJSON(is) {
		t.Errorf("%s went, %s came", asJSON(was), asJSON(is))
	}
	return text
}

// A shop moves from a single Redis to a cluster and back to another single Redis: there everything is as it
// was, and everywhere the shop is sound and goes on.
func TestAShopMoves(t *testing.T) {
	t.Parallel()
	first, last := storetest.Redis(t).Client(), storetest.Redis(t).Client()
	s := newStoreIn(first, 1)
	livedIn(t, s)
	cluster := newStoreIn(storetest.Cluster(t).NewClient(), ClusterPartitions)
	move(t, s, cluster)
	if n, err := Partitions(t.Context(), cluster.client); n != ClusterPartitions || err != nil {
		t.Errorf("%d partitions, %v", n, err)
	}
	check(t, cluster)
	back := newStoreIn(last, 1)
	move(t, cluster, back)
	before, after := contents(t, first), contents(t, last)
	before[keyShop], after[keyShop] = "", ""
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if after[key] != before[key] {
			t.Errorf("%s\n  was %s\n  is  %s", key, before[key], after[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[key]; !ok {
			t.Errorf("%s is new: %s", key, after[key])
		}
	}
	for _, moved := range []*Store{cluster, back} {
		secondPassRepairsNothing(t, moved)
		walkOne(t, moved)
		check(t, moved)
	}
}

// walkOne takes one more order to the door.
func walkOne(t *testing.T, s *Store) {
	t.Helper()
	if o := toTheDoor(t, s); o.Status != store.Delivered {
		t.Errorf("order %s is %s", o.Number, o.Status)
	}
}

// A dump goes into an empty Redis only, whole and as it was written; from a Redis nobody works on.
func TestDumpsAreRefused(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newStoreIn(storetest.Redis(t).Client(), 1)
	livedIn(t, s)
	var dump bytes.Buffer
	_, err := s.Export(ctx, &dump, func(int) {})
	must(t, err)
	text := dump.String()
	lines := strings.SplitAfter(text, "\n")
	server := storetest.Redis(t)
	for name, bad := range map[string]string{
		"nothing":         "",
		"something else":  "order,product\n1,2\n",
		"another version": strings.Replace(text, `"version":1`, `"version":2`, 1),
		"cut off":         text[:len(text)/2],
		"without its end": strings.Join(lines[:len(lines)-2], ""),
		"a line less":     strings.Join(slices.Delete(slices.Clone(lines), 5, 6), ""),
		"changed":         strings.Replace(text, `"Anna`, `"Hanna`, 1),
		"twice":           text + text,
	} {
		must(t, server.Client().FlushAll(ctx).Err())
		target := newStoreIn(server.NewClient(), 1)
		if _, err := target.ImportDump(ctx, strings.NewReader(bad), func(int) {}); err == nil || store.KindOf(err) != store.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if begun := server.Client().DBSize(ctx).Val() > 0; begun {
			if _, err := SettlePartitions(ctx, server.Client()); store.KindOf(err) != store.Conflict || err == nil {
				t.Errorf("%s: a shop could be opened on half of a dump: %v", name, err)
			}
		}
	}
	if _, err := s.ImportDump(ctx, strings.NewReader(text), func(int) {}); err == nil || store.KindOf(err) != store.Conflict {
		t.Errorf("into a shop: %v", err)
	}
	must(t, s.client.Set(ctx, s.keyLease("keeper"), "a node", time.Minute).Err())
	if _, err := s.Export(ctx, &dump, func(int) {}); err == nil || store.KindOf(err) != store.Conflict {
		t.Errorf("beside a node: %v", err)
	}
}
