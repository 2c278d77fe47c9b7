package rdb

import (
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// However many orders were ever closed, no command of a look reads more than a page of them; what is wrong
// with one in the midst of them is found and mended, once.
func TestClosedOrdersAreLookedAtInPieces(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	const many = 3*pageSize + 7
	grow(t, s, many)
	s, noted := watched(t, s)
	n := func(i int) store.Number { return store.Number(firstGrown + i) }
	must(t, s.client.LRem(ctx, keyQueue(s.part(n(1500)), store.Delivered), 1, orderName(n(1500))).Err())
	must(t, s.client.RPush(ctx, keyQueue(s.part(n(77)), store.Cancelled), orderName(n(77))).Err())
	must(t, s.client.Set(ctx, s.keyStatus(n(2600)), string(store.Returned), 0).Err())
	must(t, s.client.RPush(ctx, s.keyLines(n(3000)), "prod9").Err())
	*noted = sizes{}
	r := &reconciler{Store: s, closedOnly: true}
	mended, all := 0, []Repair{}
	for range 3 {
		repairs, err := r.pass(gently(ctx), true, false)
		must(t, err)
		mended, all = mended+len(repairs), append(all, repairs...)
	}
	if mended != 4 {
		t.Errorf("%d repairs, want 4: %v", mended, all)
	}
	if noted.longest > pageSize+pageSize/10 { // SCAN may give a little more than it is asked for
		t.Errorf("one command had %d members: %s", noted.longest, noted.which)
	}
	for i, want := range map[int]store.Status{1500: store.Delivered, 77: store.Delivered, 2600: store.Returned} {
		for _, status := range store.Statuses() {
			times, err := s.client.LPosCount(ctx, keyQueue(s.part(n(i)), status), orderName(n(i)), 0, redis.LPosArgs{}).Result()
			must(t, err)
			if (len(times) == 1) != (status == want) || len(times) > 1 {
				t.Errorf("order %d stands %d times among the %s ones", i, len(times), status)
			}
		}
	}
	secondPassRepairsNothing(t, s)
}

// An order of which nothing has changed costs a look its status key. What an outside program does to it is
// seen all the same: at once where a list or the status shows it, and soon where only the hash does.
func TestQuietOrdersAreNotReadAgain(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	_, err := s.SetStock(ctx, clerk, "warehouse1", "prod1", 1000, "count")
	must(t, err)
	var orders []store.Order
	for range 30 {
		orders = append(orders, mustPlace(t, s, line("prod1", 1)))
	}
	s, noted := watched(t, s)
	r := &reconciler{Store: s}
	look := func() int {
		t.Helper()
		repairs, err := r.pass(ctx, false, false)
		must(t, err)
		return len(repairs)
	}
	look()
	all := noted.sent["hmget"]
	*noted = sizes{}
	if look(); noted.sent["hmget"] > all-20 {
		t.Errorf("a second look read %d hashes, the first %d", noted.sent["hmget"], all)
	}

	taken, moved, scribbled := orders[3].Number, orders[14].Number, orders[25].Number
	must(t, s.client.Set(ctx, s.keyStatus(taken), string(store.Sent), 0).Err())
	must(t, s.client.Set(ctx, s.keyStatus(moved), string(store.Ready), 0).Err())
	must(t, s.client.LRem(ctx, keyQueue(s.part(moved), store.Placed), 0, orderName(moved)).Err())
	must(t, s.client.RPush(ctx, keyQueue(s.part(moved), store.Ready), orderName(moved)).Err())
	must(t, s.client.HSet(ctx, s.keyOrder(scribbled), "status", "delivered").Err())
	look()
	if n := look(); n != 2 && n != 3 {
		t.Errorf("two looks mended %d", n)
	}
	for range looksAround + 1 {
		look()
	}
	if got := s.client.HGet(ctx, s.keyOrder(scribbled), "status").Val(); got != string(store.Placed) {
		t.Errorf("the hash still says %q", got)
	}
	for n, want := range map[store.Number]store.Status{taken: store.Sent, moved: store.Ready} {
		if o := mustOrder(t, s, n); o.Status != want || o.History[len(o.History)-1].Type != store.EventTakenOver {
			t.Errorf("order %s is %s, want %s taken over", n, o.Status, want)
		}
	}
}

// While a long list is read in pages it moves, and an order may be missed: that it is put back where it
// stands already is no repair.
func TestAnOrderThatWasMissedIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	o := mustPlace(t, s, line("prod1", 1))
	missed := &standing{number: o.Number, status: store.Placed, ours: store.Placed, version: 1, warehouse: o.Warehouse}
	missed.sets = []string{missed.set(s.keys)}
	if err := s.requeue(t.Context(), missed); !errors.Is(err, errNothingToDo) {
		t.Errorf("requeue: %v", err)
	}
	check(t, s)
}
