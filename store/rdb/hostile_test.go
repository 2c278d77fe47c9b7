package rdb

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// What outsiders write into an order's hash decides nothing: the status key is the truth.
func TestHashFieldStatusDecidesNothing(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod2", 1))
	packAll(t, s, o.Number)
	must(t, s.Ready(ctx, clerk, o.Number))
	for _, status := range []string{"delivered", "placed", "foo", ""} {
		s.client.HSet(ctx, s.keyOrder(o.Number), "status", status)
		repairs, err := s.Reconcile(ctx, false)
		must(t, err)
		if got := mustOrder(t, s, o.Number); got.Status != store.Ready || got.Version != 3 {
			t.Errorf("HSET status %q made it %s; repairs %v", status, got.Status, repairs)
		}
		check(t, s)
	}
	must(t, s.PickUp(ctx, courier, o.Number))
	check(t, s)
}

// A number that an outsider has taken is left to it, with all that its order holds.
func TestNumberThatSomebodyTook(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, demo.Load(t.Context(), s))
	ctx := t.Context()
	first := mustPlace(t, s, line("prod1", 1))
	theirs := first.Number + 1
	send(t, s, server.NewClient(),
		`HSET `+orderName(theirs)+` recipient "Kot" status "placed"`,
		`RPUSH `+orderName(theirs)+`:products prod1 prod1 prod1`,
		`RPUSH placed.orders `+orderName(theirs))
	_, err := s.Reconcile(ctx, false)
	must(t, err)
	if o := mustPlace(t, s, line("prod1", 2)); o.Number == theirs || o.Warehouse == "" {
		t.Errorf("placed as %s", asJSON(o))
	}
	check(t, s)

	must(t, s.client.DecrBy(ctx, keyNumbers, 2*blockSize).Err()) // Redis came back older
	s.dropNumbers()
	for range 3 {
		mustPlace(t, s, line("prod1", 1))
	}
	check(t, s)
}

// A dry run changes nothing of the shop, however much there is to mend.
func TestDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, demo.Load(t.Context(), s))
	ctx := t.Context()
	push(ctx, s, store.Placed, "order:777001", "order:007", "banana")
	s.client.SAdd(ctx, s.keyProductList("warehouse1"), "prod8")
	s.client.Set(ctx, s.keyStatus(124), "sent", 0)
	all := func() map[string]string {
		dump := map[string]string{}
		for _, key := range s.client.Keys(ctx, "*").Val() {
			if key != keyShop && !strings.Contains(key, ":audit") && !strings.Contains(key, ":holders") { // what audits remember of their reading
				dump[key] = s.client.Dump(ctx, key).Val()
			}
		}
		return dump
	}
	_, err := s.Directory(ctx)
	must(t, err)
	before := all()
	repairs, err := s.Reconcile(ctx, true)
	must(t, err)
	after := all()
	maps.DeleteFunc(after, func(key, dump string) bool { return before[key] == dump })
	if len(repairs) < 3 || len(after) > 0 {
		t.Errorf("a dry run saw %v and changed %v", repairs, sortedKeys(after))
	}
}

// An outsider who claims that its order is an old one of ours is adopted all the same.
func TestForgedVersion(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, demo.Load(t.Context(), s))
	send(t, s, server.NewClient(), `HSET order:131 recipient "Kot" status "placed" version 7`, `LPUSH order:131:history nonsense`, `RPUSH order:131:products prod1`, `RPUSH placed.orders order:131`)
	secondPassRepairsNothing(t, s)
	if o := mustOrder(t, s, 131); o.Warehouse == "" || o.Version != 1 {
		t.Errorf("adopted as %s", asJSON(o))
	}
}

// Keys that an outsider has made things of another type cost what they held, never more: no counter
// moves without its ledger, and the shop goes on.
func TestKeysOfAnotherType(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	must(t, s.client.Del(ctx, s.keyProductList("warehouse1")).Err())
	must(t, s.client.RPush(ctx, s.keyProductList("warehouse1"), "prod1").Err())
	must(t, s.client.Set(ctx, s.keyOrder(5), "a string", 0).Err())
	push(ctx, s, store.Placed, "order:5")
	mustPlace(t, s, line("prod1", 1))
	_, err := s.Board(ctx, "warehouse1")
	must(t, err)
	_, err = s.Reconcile(ctx, false)
	must(t, err)
	checkStock(t, s)

	must(t, s.client.Rename(ctx, s.keyReserved("warehouse1"), s.ofWarehouse("warehouse1", ":elsewhere")).Err())
	must(t, s.client.Set(ctx, s.keyReserved("warehouse1"), "a string", 0).Err())
	if _, _, err := s.Place(ctx, placement(line("prod1", 1))); err == nil {
		t.Error("placed with a spoilt counter")
	}
	must(t, s.client.Rename(ctx, s.ofWarehouse("warehouse1", ":elsewhere"), s.keyReserved("warehouse1")).Err())
	checkStock(t, s)
}

// A parcel that an outside program has sent is on every courier's page, and any of them delivers it.
func TestSentByAnOutsideProgram(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod2", 1))
	s.client.Set(ctx, s.keyStatus(o.Number), "sent", 0)
	_, err := s.Reconcile(ctx, false)
	must(t, err)
	for _, who := range []store.Actor{courier, kasia} {
		rounds, err := s.Rounds(ctx, who.ID)
		must(t, err)
		if len(rounds.Run) != 1 || rounds.Run[0].Number != o.Number {
			t.Errorf("%s sees %v", who.Name, rounds.Run)
		}
	}
	must(t, s.Deliver(ctx, kasia, o.Number, store.Proof{}))
	if rounds, err := s.Rounds(ctx, courier.ID); err != nil || len(rounds.Run) != 0 {
		t.Errorf("still on the page: %v, %v", rounds.Run, err)
	}
	check(t, s)
}

// An order whose number is none stays, and staff are told.
func TestOddNumbers(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	push(ctx, s, store.Placed, "order:007")
	secondPassRepairsNothing(t, s)
	list, err := s.Attention(ctx)
	must(t, err)
	if len(list) != 1 || list[0].Member != "order:007" || !slices.Contains(queued(ctx, s, store.Placed), "order:007") {
		t.Errorf("staff read %v", list)
	}
	pull(ctx, s, store.Placed, "order:007")
	_, err = s.Reconcile(ctx, false)
	must(t, err)
	if list, _ := s.Attention(ctx); len(list) != 0 {
		t.Errorf("staff still read %v", list)
	}
}

// The demo loads beside orders that outside programs have written before.
func TestDemoBesideOutsiders(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	send(t, s, server.NewClient(), commands(t)[:9]...)
	must(t, demo.Load(t.Context(), s))
	secondPassRepairsNothing(t, s)
	if o := mustOrder(t, s, 123); !o.Outside || o.Warehouse == "" {
		t.Errorf("order 123 is %s", asJSON(o))
	}
}
