package rdb

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/journal"
)

// trips counts the round trips of a client.
type trips struct{ n atomic.Int64 }

func (c *trips) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmd)
	}
}

func (c *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmds)
	}
}

// keptNowhere counts what it is given to keep.
type keptNowhere struct{ n atomic.Int64 }

func (k *keptNowhere) Keep(_ context.Context, changes ...journal.Change) error {
	k.KeepSoon(changes...)
	return nil
}

func (k *keptNowhere) Failing() error { return nil }

func (k *keptNowhere) KeepSoon(changes ...journal.Change) { k.n.Add(int64(len(changes))) }

// How often each flow goes to Redis and back. A number that must rise is raised here, by somebody who
// has thought about it.
func TestRoundTrips(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	before := mustPlace(t, s, line("prod1", 1), line("prod6", 1)) // scripts and directory are known after this
	_, err := s.SendTransfer(ctx, clerk, before.Transfers[0].ID)
	must(t, err)
	kept := &keptNowhere{}
	s.kept.by = kept
	flow := tripsOf(t, s)
	var near, far store.Order
	flow("place from one warehouse", 4, func() { near = mustPlace(t, s, line("prod1", 1)) })
	flow("place with a transfer", 16, func() { far = mustPlace(t, s, line("prod1", 1), line("prod6", 1)) })
	flow("catalogue", 1, func() { _, err := s.Catalogue(ctx); must(t, err) })
	flow("quotes", 1, func() { _, err := s.Quotes(ctx, near.Lines, nil); must(t, err) })
	flow("order page", 2, func() { _, err := s.OrderByToken(ctx, far.Token); must(t, err) })
	flow("board", 4, func() { _, err := s.Board(ctx, "warehouse2"); must(t, err) })
	flow("board of a warehouse that runs low", 5, func() { _, err := s.Board(ctx, "warehouse1"); must(t, err) })
	flow("rounds", 1, func() { _, err := s.Rounds(ctx, "kuba"); must(t, err) })
	flow("pack", 2, func() { must(t, s.Pack(ctx, clerk, near.Number, "prod1", 1)) })
	flow("ready", 2, func() { must(t, s.Ready(ctx, clerk, near.Number)) })
	flow("pick up", 6, func() { must(t, s.PickUp(ctx, courier, near.Number)) })
	flow("deliver", 5, func() { must(t, s.Deliver(ctx, courier, near.Number, store.Proof{})) })
	flow("send a transfer", 13, func() { _, err := s.SendTransfer(ctx, clerk, far.Transfers[0].ID); must(t, err) })
	if n := kept.n.Load(); n != 9 {
		t.Errorf("%d pictures were kept: two orders, a transfer raised and sent, and five steps make 9", n)
	}
}

// tripsOf gives a function that counts the round trips of a flow, and says which are too many. The clock stands
// still meanwhile: what a node keeps in its memory does not grow old, however slow the machine.
func tripsOf(t *testing.T, s *Store) func(name string, atMost int64, do func()) {
	count, clock := &trips{}, s.now
	s.client.AddHook(count)
	return func(name string, atMost int64, do func()) {
		t.Helper()
		began := clock()
		s.now = func() time.Time { return began }
		defer func() { s.now = clock }()
		_, err := s.Directory(t.Context())
		must(t, err)
		before := count.n.Load()
		do()
		if n := count.n.Load() - before; n > atMost {
			t.Errorf("%s took %d round trips, %d are allowed", name, n, atMost)
		} else {
			t.Logf("%s: %d round trips", name, n)
		}
	}
}

// The same of all further flows: each is done once before, so that the scripts are known.
func TestRoundTripsOfFurtherFlows(t *testing.T) {
	s := emptyShop(t)
	further(t, s, func(_ string, _ int64, do func()) { do() })
	must(t, s.client.FlushAll(t.Context()).Err())
	s = newStore(s.client)
	must(t, demo.Load(t.Context(), withoutOrders{s}))
	mustPlace(t, s, line("prod9", 1))
	further(t, s, tripsOf(t, s))
	check(t, s)
}

// further goes through the flows that are not in TestRoundTrips.
func further(t *testing.T, s *Store, flow func(name string, atMost int64, do func())) {
	ctx := t.Context()
	transfer := func(_ store.Transfer, err error) { t.Helper(); must(t, err) }
	setTerms(t, s, "prod6", store.Terms{Kind: store.TermsBackorder})
	_, err := s.SetStock(ctx, clerk, "warehouse3", "prod1", 20, "came")
	must(t, err)

	// At the shelf.
	flow("count", 2, func() { _, err := s.SetStock(ctx, clerk, "warehouse1", "prod1", 121, "counted"); must(t, err) })
	flow("count sheet", 2, func() {
		_, err := s.BookSheet(ctx, clerk, "warehouse1", []store.Counted{{Product: "prod1", Units: 122, Seen: 121}}, "counted")
		must(t, err)
	})
	flow("receive goods", 3, func() {
		_, _, err := s.Receive(ctx, clerk, store.Receipt{Warehouse: "warehouse1", Reference: "note", Lines: []store.Line{line("prod1", 7)}, Reason: "came", Caller: "test", Key: "1"})
		must(t, err)
	})
	flow("write off", 2, func() {
		_, err := s.Adjust(ctx, clerk, store.Adjustment{Warehouse: "warehouse1", Product: "prod1", Kind: store.MoveDamaged, Change: -1, Reason: "wet", Key: "1"})
		must(t, err)
	})
	var coming store.Delivery
	flow("announce a delivery", 7, func() { coming = announce(t, s, 1, line("prod6", 11)) })
	flow("receive a delivery", 13, func() {
		_, err := s.ReceiveDelivery(ctx, clerk, coming.ID, coming.Version, store.DeliveryReceipt{Lines: []store.Line{line("prod6", 1)}})
		must(t, err)
	})

	// An order with a transfer, there and back.
	var o store.Order
	next := func() { o = mustPlace(t, s, line("prod9", 1), line("prod6", 1)) }
	next()
	flow("edit an address", 7, func() {
		e := wish(o)
		e.Draft.Recipient.Address.Line1 = "ul. Krótka 2"
		_, err := s.Edit(ctx, shopper, o.Number, e)
		must(t, err)
	})
	o = mustOrder(t, s, o.Number)
	flow("edit lines", 31, func() { must(t, editTo(ctx, s, o, line("prod9", 2), line("prod6", 2))) })
	o = mustOrder(t, s, o.Number)
	id := o.Moving[0]
	flow("send", 13, func() { transfer(s.SendTransfer(ctx, clerk, id)) })
	flow("unsend", 10, func() { transfer(s.UnsendTransfer(ctx, clerk, id)) })
	transfer(s.SendTransfer(ctx, clerk, id))
	flow("receive", 10, func() { transfer(s.ReceiveTransfer(ctx, clerk, id)) })
	flow("unreceive", 9, func() { transfer(s.UnreceiveTransfer(ctx, clerk, id)) })
	flow("cancel in transit", 19, func() { must(t, s.Cancel(ctx, shopper, o.Number, "")) })
	transfer(s.ReceiveTransfer(ctx, clerk, id))
	o = mustPlace(t, s, line("prod1", 2), line("prod6", 2))
	flow("refuse, and find it elsewhere", 33, func() {
		transfer(s.RefuseTransfer(ctx, clerk, o.Transfers[0].ID, store.Shortfall{Cause: store.CauseKept}))
	})
	flow("cancel", 18, func() { must(t, s.Cancel(ctx, shopper, o.Number, "")) })

	// A transfer for a shelf.
	var ask store.Transfer
	flow("ask", 10, func() {
		ask, _, err = s.AskTransfer(ctx, clerk, store.Ask{To: "warehouse3", From: "warehouse1", Product: "prod1", Units: 2, Key: "1"})
		must(t, err)
	})
	flow("take an ask back", 7, func() { transfer(s.CancelAsk(ctx, clerk, ask.ID)) })

	// The end of an order.
	o = mustPlace(t, s, line("prod9", 1))
	packAll(t, s, o.Number)
	must(t, s.Ready(ctx, clerk, o.Number))
	flow("unready", 2, func() { must(t, s.Unready(ctx, clerk, o.Number)) })
	must(t, s.Ready(ctx, clerk, o.Number))
	must(t, s.PickUp(ctx, courier, o.Number))
	flow("stand at the door in vain", 2, func() {
		must(t, s.CouldNotDeliver(ctx, courier, o.Number, store.Failure{Attempt: 1, Problem: store.ProblemNobody}))
	})
	flow("send back", 5, func() { must(t, s.Return(ctx, helper, o.Number, "warehouse3", "not wanted")) })
	flow("look into", 8, func() {
		must(t, s.Inspect(ctx, clerk, o.Number, []store.Inspected{{Product: "prod9", Sellable: 1}}))
	})

	// Those that wait.
	var first, second store.Order
	flow("place to wait", 8, func() { first = waits(t, s, line("prod6", 300)) })
	second = waits(t, s, line("prod6", 301))
	flow("prioritize", 19, func() { must(t, s.Prioritize(ctx, helper, second.Number, store.MoveFirst, "asked")) })
	flow("cancel one that waits", 6, func() { must(t, s.Cancel(ctx, shopper, second.Number, "")) })
	flow("serve one that waits", 17, func() {
		_, err := s.SetStock(ctx, clerk, "warehouse2", "prod6", 320, "came")
		must(t, err)
	})
	if got := mustOrder(t, s, first.Number); got.Status != store.Placed {
		t.Errorf("the first is %s", got.Status)
	}
	flow("place in parts", 16, func() {
		p := inParts(line("prod9", 1), line("prod6", 600))
		_, _, err := s.Place(ctx, p)
		must(t, err)
	})
	flow("give way", 29, func() { mustCorrect(t, s, countedDown(t, s, "warehouse2", "prod6", 310)) })
}
