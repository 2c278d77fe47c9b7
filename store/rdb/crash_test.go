package rdb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// death stops a node at its nth round trip: before the request leaves, or after it was carried out but
// before the answer came. From then on nothing gets through, as with a process that is gone.
type death struct {
	at    int
	after bool
	trips int
	dead  bool
}

var errDead = errors.New("this node is dead")

func (d *death) trip(do func() error) error {
	d.trips++
	switch {
	case d.dead || d.trips == d.at && !d.after:
		d.dead = true
		return errDead
	case d.trips == d.at:
		d.dead = true
		_ = do()
		return errDead
	}
	return do()
}

func (d *death) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (d *death) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := d.trip(func() error { return next(ctx, cmd) })
		if errors.Is(err, errDead) {
			cmd.SetErr(err)
		}
		return err
	}
}

func (d *death) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := d.trip(func() error { return next(ctx, cmds) })
		if errors.Is(err, errDead) {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
		}
		return err
	}
}

// saga is one flow that may stop anywhere: prepare makes what it needs, act is the flow, done tells
// whether its effect is there.
type saga struct {
	name    string
	prepare func(testing.TB, *Store) store.Order
	act     func(context.Context, *Store, store.Order) error
	done    func(store.Order) bool // of the order as it is in the end
}

func sagas() []saga {
	wish := placement(line("prod1", 2), line("prod6", 1), line("prod5", 1))
	waiting := placement(line("prod6", 30), line("prod2", 60), line("prod1", 1))
	waiting.Draft.Backorder = true
	placed := func(t testing.TB, s *Store) store.Order {
		return mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	}
	sent := func(t testing.TB, s *Store) store.Order {
		o := placed(t, s)
		_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
		must(t, err)
		return o
	}
	received := func(t testing.TB, s *Store) store.Order {
		o := placed(t, s)
		bringAll(t, s, o.Number)
		return o
	}
	ready := func(t testing.TB, s *Store) store.Order {
		o := received(t, s)
		packAll(t, s, o.Number)
		must(t, s.Ready(t.Context(), clerk, o.Number))
		return o
	}
	gone := func(t testing.TB, s *Store) store.Order {
		o := ready(t, s)
		must(t, s.PickUp(t.Context(), courier, o.Number))
		return o
	}
	is := func(status store.Status) func(store.Order) bool {
		return func(o store.Order) bool { return o.Status == status }
	}
	transfer := func(state store.TransferState) func(store.Order) bool {
		return func(o store.Order) bool { return o.Transfers[0].State == state }
	}
	move := func(do func(*Store, context.Context, store.Actor, string) (store.Transfer, error)) func(context.Context, *Store, store.Order) error {
		return func(ctx context.Context, s *Store, o store.Order) error {
			_, err := do(s, ctx, clerk, o.Transfers[0].ID)
			return err
		}
	}
	return append(slices.Concat(partSagas(), correctionSagas(), laneSagas(), handSagas()), []saga{
		receiving(),
		{"place", func(testing.TB, *Store) store.Order { return store.Order{} }, func(ctx context.Context, s *Store, _ store.Order) error {
			_, _, err := s.Place(ctx, wish)
			return err
		}, is(store.Placed)},
		{"place to wait", func(t testing.TB, s *Store) store.Order {
			setTerms(t, s, "prod6", store.Terms{Kind: store.TermsBackorder, Cap: 30})
			return store.Order{}
		}, func(ctx context.Context, s *Store, _ store.Order) error {
			_, _, err := s.Place(ctx, waiting)
			return err
		}, is(store.Backordered)},
		{"send", placed, move((*Store).SendTransfer), transfer(store.TransferSent)},
		{"unsend", sent, move((*Store).UnsendTransfer), transfer(store.TransferRequested)},
		{"receive", sent, move((*Store).ReceiveTransfer), transfer(store.TransferDelivered)},
		{"unreceive", received, move((*Store).UnreceiveTransfer), transfer(store.TransferSent)},
		{"refuse", placed, func(ctx context.Context, s *Store, o store.Order) error {
			_, err := s.RefuseTransfer(ctx, clerk, o.Transfers[0].ID, store.Shortfall{Cause: store.CauseKept})
			return err
		}, transfer(store.TransferRefused)},
		{"ask again", func(t testing.TB, s *Store) store.Order {
			o := placed(t, s)
			_, err := s.RefuseTransfer(t.Context(), clerk, o.Transfers[0].ID, store.Shortfall{Cause: store.CauseKept})
			must(t, err)
			return o
		}, func(ctx context.Context, s *Store, o store.Order) error {
			_, err := s.UnrefuseTransfer(ctx, clerk, o.Transfers[0].ID)
			return err
		}, func(o store.Order) bool { return o.Status == store.Placed && len(o.Transfers) == 2 }},
		{"receive in part", sent, func(ctx context.Context, s *Store, o store.Order) error {
			_, err := s.ReceivePart(ctx, clerk, o.Transfers[0].ID, nil, o.Transfers[0].Lines, "wet")
			return err
		}, transfer(store.TransferDelivered)},
		{"ask", placed, func(ctx context.Context, s *Store, _ store.Order) error {
			_, _, err := s.AskTransfer(ctx, clerk, store.Ask{To: "warehouse3", From: "warehouse1", Product: "prod1", Units: 2, Key: "once"})
			return err
		}, is(store.Placed)},
		{"pick up", ready, func(ctx context.Context, s *Store, o store.Order) error {
			return s.PickUp(ctx, courier, o.Number)
		}, is(store.Sent)},
		{"cancel", ready, cancelIt, is(store.Cancelled)},
		{"cancel in transit", sent, cancelIt, is(store.Cancelled)},
		{"unsend after cancelling", func(t testing.TB, s *Store) store.Order {
			o := sent(t, s)
			must(t, cancelIt(t.Context(), s, o))
			return o
		}, move((*Store).UnsendTransfer), transfer(store.TransferClosed)},
		{"bring back", gone, func(ctx context.Context, s *Store, o store.Order) error {
			return s.CouldNotDeliver(ctx, courier, o.Number, store.Failure{Attempt: 1, Problem: store.ProblemRefused, Back: true})
		}, is(store.Returned)},
		{"inspect", func(t testing.TB, s *Store) store.Order {
			o := gone(t, s)
			must(t, s.Return(t.Context(), helper, o.Number, "warehouse3", "lost"))
			return o
		}, func(ctx context.Context, s *Store, o store.Order) error {
			return s.Inspect(ctx, clerk, o.Number, []store.Inspected{{Product: "prod1", Sellable: 1}, {Product: "prod6", Damaged: 1}})
		}, func(o store.Order) bool { return len(o.Inspection) == 2 }},
		{"edit", placed, func(ctx context.Context, s *Store, o store.Order) error {
			return editTo(ctx, s, o, line("prod1", 3), line("prod5", 1))
		}, func(o store.Order) bool {
			return store.SameUnits(o.Lines, []store.Line{line("prod1", 3), line("prod5", 1)})
		}},
		{"edit while waiting", func(t testing.TB, s *Store) store.Order {
			p := placement(line("prod6", 30))
			p.Draft.Backorder = true
			o, _, err := s.Place(t.Context(), p)
			must(t, err)
			return o
		}, func(ctx context.Context, s *Store, o store.Order) error { return editTo(ctx, s, o, line("prod6", 3)) }, is(store.Placed)},
		{"cancel after an edit", func(t testing.TB, s *Store) store.Order {
			o := placed(t, s)
			must(t, editTo(t.Context(), s, o, line("prod6", 2)))
			return o
		}, cancelIt, is(store.Cancelled)},
		{"release", func(t testing.TB, s *Store) store.Order {
			p := placement(line("prod6", 30), line("prod1", 1))
			p.Draft.Backorder = true
			o, _, err := s.Place(t.Context(), p)
			must(t, err)
			return o
		}, func(ctx context.Context, s *Store, _ store.Order) error {
			_, err := s.SetStock(ctx, clerk, "warehouse2", "prod6", 30, "delivery")
			return err
		}, is(store.Placed)},
		{"adopt", func(t testing.TB, s *Store) store.Order {
			s.client.HSet(t.Context(), s.keyOrder(130), "recipient", "Kot", "status", "placed")
			s.client.RPush(t.Context(), s.keyLines(130), "prod1", "prod6")
			push(t.Context(), s, store.Placed, "order:130")
			return store.Order{Number: 130}
		}, func(ctx context.Context, s *Store, _ store.Order) error {
			return s.adopt(ctx, 130, store.Placed)
		}, func(o store.Order) bool { return o.Status == store.Placed && o.Version > 0 }},
	}...)
}

func cancelIt(ctx context.Context, s *Store, o store.Order) error {
	return s.Cancel(ctx, shopper, o.Number, "")
}

// Each flow stops at each of its round trips, before and after it. Then another node looks: every
// invariant holds, nothing is left half done, and the flow, asked for again, has happened once.
func TestEveryCrashPoint(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	points := 0
	for _, saga := range sagas() {
		points += crashes(t, l, saga)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d crash points, before and after each", points)
}

// crashes runs a flow with a death at each of its round trips, before and after it, and gives their number.
func crashes(t testing.TB, l *lab, saga saga) int {
	for at := 1; ; at++ {
		finished := crash(t, l, saga, death{at: at})
		crash(t, l, saga, death{at: at, after: true})
		if finished || t.Failed() {
			return at
		}
	}
}

// crash runs a flow on a node that dies, and tells whether it got through before that.
func crash(t testing.TB, l *lab, saga saga, d death) bool {
	t.Helper()
	ctx := t.Context()
	usual, healthy := l.usually(t, saga), l.shop(t)
	order := saga.prepare(t, healthy)

	client := l.newClient()
	defer client.Close()
	dying := newStore(client)
	_, err := dying.Directory(ctx)
	must(t, err)
	client.AddHook(&d)
	acknowledged := saga.act(ctx, dying, order) == nil

	later := l.later()
	where := fmt.Sprintf("%s, dead at round trip %d (after: %v), acknowledged: %v", saga.name, d.at, d.after, acknowledged)
	sweep(t, later, where)
	if acknowledged && order.Number == 0 && len(openOrders(t, later)) == 0 {
		t.Errorf("%s: the acknowledged order is not there", where)
	}
	if err := saga.act(ctx, later, order); err != nil && store.KindOf(err) != store.Conflict {
		t.Errorf("%s: asked again: %v", where, err)
	}
	sweep(t, later, where+", asked again")
	happenedOnce(t, later, saga, order, usual, where)
	return !d.dead
}

// happenedOnce checks that the effect of a flow is there, of one order at that, and that the shelves hold
// what they usually do after it.
func happenedOnce(t testing.TB, s *Store, saga saga, order store.Order, usual, where string) {
	t.Helper()
	if now := holdings(t, s); now != usual {
		t.Errorf("%s: the shelves hold %s, usually %s", where, now, usual)
	}
	if order.Number == 0 {
		numbers := openOrders(t, s)
		if len(numbers) == 0 {
			t.Fatalf("%s: there is no order", where)
		}
		order.Number = numbers[0]
		if rest := mustOrder(t, s, order.Number).Child.Number; len(numbers) != 1 && !(len(numbers) == 2 && numbers[1] == rest) {
			t.Fatalf("%s: there are %d orders", where, len(numbers))
		}
	}
	if o := mustOrder(t, s, order.Number); !saga.done(o) {
		t.Errorf("%s: in the end the order is %s", where, asJSON(o))
	}
}

// sweep lets the reconciler look until it finds nothing more, and checks that all is well.
func sweep(t testing.TB, s *Store, where string) {
	t.Helper()
	ctx := t.Context()
	r := &reconciler{Store: s}
	keeper := &keeper{Store: s, reconciler: r}
	for pass := 0; ; pass++ {
		repairs, err := r.pass(ctx, true, false)
		must(t, err)
		must(t, keeper.serveWaiting(ctx))
		if len(repairs) == 0 && len(r.seen) == 0 {
			break
		}
		if pass == 10 {
			t.Fatalf("%s: the reconciler never ends: %v", where, r.seen)
		}
	}
	failedBefore := t.Failed()
	check(t, s)
	checkLegs(t, s)
	if t.Failed() && !failedBefore {
		t.Fatalf("that was: %s", where)
	}
}

// openOrders lists the orders that are being assembled or that wait.
func openOrders(t testing.TB, s *Store) []store.Number {
	return orderNumbers(append(queued(t.Context(), s, store.Placed), queued(t.Context(), s, store.Backordered)...))
}
