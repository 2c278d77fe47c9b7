package rdb

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// The whole way of an order whose products lie in two warehouses, by the keys that an outside program
// reads after each step, on a real Redis and on the one in memory.
func TestFromOrderToDoorstep(t *testing.T) {
	for name, client := range map[string]func() redis.UniversalClient{
		"redis":  func() redis.UniversalClient { return storetest.Redis(t).Client() },
		"memory": func() redis.UniversalClient { return storetest.Memory(t) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(client())
			must(t, demo.Load(t.Context(), s))
			walk(t, s)
		})
	}
}

func walk(t *testing.T, s *Store) {
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	n, member := o.Number, orderName(o.Number)
	if o.Status != store.Placed || len(o.Transfers) != 1 || o.PromisedAt.IsZero() || o.Token == "" {
		t.Fatalf("placed as %s", asJSON(o))
	}
	inQueue := func(queue string) {
		t.Helper()
		for _, status := range store.Statuses() {
			list := keyQueue(s.part(n), status)
			stands := slices.Contains(s.client.LRange(ctx, list, 0, -1).Val(), member)
			if stands != (list == theirKey(s, queue, member)) {
				t.Errorf("in %s: %v, wanted only in %s", list, stands, queue)
			}
		}
	}
	inQueue("placed.orders")
	if products := s.client.LRange(ctx, theirKey(s, "order:"+n.String()+":products", ""), 0, -1).Val(); !slices.Equal(products, []string{"prod1", "prod6"}) {
		t.Errorf("products %v", products)
	}
	check(t, s)

	if err := s.Ready(ctx, clerk, n); store.KindOf(err) != store.Conflict {
		t.Errorf("ready before it is packed: %v", err)
	}
	moving := o.Transfers[0].Lines[0].Product
	if err := s.Pack(ctx, clerk, n, moving, 1); store.KindOf(err) != store.Conflict {
		t.Errorf("packed what has not arrived: %v", err)
	}
	bringAll(t, s, n)
	check(t, s)
	packAll(t, s, n)
	must(t, s.Ready(ctx, clerk, n))
	inQueue("ready.orders")
	must(t, s.PickUp(ctx, courier, n))
	inQueue("sent.orders")
	check(t, s)
	must(t, s.Deliver(ctx, courier, n, store.Proof{ReceivedBy: "Anna"}))
	inQueue("delivered.orders")
	if status := s.client.Get(ctx, theirKey(s, "order:"+n.String()+":status", "")).Val(); status != "delivered" {
		t.Errorf("status %q", status)
	}
	check(t, s)
	if left := leftUnsettled(ctx, s); left != 0 {
		t.Errorf("%d things are left unsettled", left)
	}
}

// Each step has an undo, and undoing leaves stock and order as they were.
func TestUndo(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	id := o.Transfers[0].ID
	before := s.client.HGetAll(ctx, s.keyStock(o.Transfers[0].From)).Val()

	_, err := s.SendTransfer(ctx, clerk, id)
	must(t, err)
	_, err = s.UnsendTransfer(ctx, clerk, id)
	must(t, err)
	if after := s.client.HGetAll(ctx, s.keyStock(o.Transfers[0].From)).Val(); asJSON(before) != asJSON(after) {
		t.Errorf("stock %v became %v", before, after)
	}
	check(t, s)

	bringAll(t, s, o.Number)
	_, err = s.UnreceiveTransfer(ctx, clerk, id)
	must(t, err)
	if got := mustOrder(t, s, o.Number); len(got.Moving) != 1 || got.Transfers[0].State != store.TransferSent {
		t.Errorf("after the undo: %s", asJSON(got))
	}
	check(t, s)
	_, err = s.ReceiveTransfer(ctx, clerk, id)
	must(t, err)
	packAll(t, s, o.Number)
	if _, err = s.UnreceiveTransfer(ctx, clerk, id); store.KindOf(err) != store.Conflict {
		t.Errorf("took packed units away: %v", err)
	}
	must(t, s.Ready(ctx, clerk, o.Number))
	must(t, s.Unready(ctx, clerk, o.Number))
	check(t, s)
}

// What the warehouses, the courier and the customer hear, each on its own channel.
func TestWhatIsSaid(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	heard := s.client.PSubscribe(ctx, "*.channel")
	defer heard.Close()
	_, err := heard.Receive(ctx)
	must(t, err)

	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	transfer := o.Transfers[0]
	bringAll(t, s, o.Number)
	packAll(t, s, o.Number)
	must(t, s.Ready(ctx, clerk, o.Number))
	must(t, s.PickUp(ctx, courier, o.Number))

	product, from, to := transfer.Lines[0].Product, transfer.From, transfer.To
	wanted := []string{
		to + ".channel: " + product + " needed in " + to,
		"warehouse3.channel: no " + product + " in warehouse3",
		from + ".channel: " + product + " available in " + from,
		from + ".channel: " + product + " sent to " + to,
		to + ".channel: " + product + " delivered to " + to,
		"courier.channel: " + orderName(o.Number) + " ready in " + to,
		orderName(o.Number) + ".channel: placed",
		orderName(o.Number) + ".channel: ready",
		orderName(o.Number) + ".channel: sent",
	}
	var got []string
	timeout, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	for slices.ContainsFunc(wanted, func(sentence string) bool { return !slices.Contains(got, sentence) }) {
		message, err := heard.ReceiveMessage(timeout)
		if err != nil {
			break
		}
		got = append(got, message.Channel+": "+message.Payload)
	}
	for _, sentence := range wanted {
		if !slices.Contains(got, sentence) {
			t.Errorf("nobody said %q; said: %q", sentence, got)
		}
	}
}
