// Package intake takes orders. What a customer orders is written into this node's journal before anybody is
// told, and then made in Redis; while Redis cannot be reached, or does not answer in time, the customer has
// a number and a link all the same, and the order is made as soon as Redis is back: under the same number,
// once, in the order of acceptance.
//
// place.go is what happens while the customer waits, replay.go what happens later, received.go how an order
// is known in between, unwanted.go how one is cancelled that another node has, and noted.go how that node hears of it.
// gate.go knows whether Redis is worth asking.
package intake

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/seal"
)

// Shop is the shop in Redis, as store/rdb has it.
type Shop interface {
	Fulfil(ctx context.Context, a store.Acceptance) (order store.Order, created bool, err error)
	PlacedBefore(ctx context.Context, p store.Placement, refusal error) (order store.Order, created bool, err error)
	Order(ctx context.Context, n store.Number) (store.Order, error)
	OrderByToken(ctx context.Context, token string) (store.Order, error)
	Cancel(ctx context.Context, who store.Actor, n store.Number, reason string) error
	LeaseNumbers(ctx context.Context, floor store.Number, count int) (first, last store.Number, err error)
	IdentityInRedis(ctx context.Context) (store.Identity, error)
	Seal(ctx context.Context) (*seal.Seal, error)
	Ping(ctx context.Context) error
}

// Options are what an Intake is made of. All of it must be there.
type Options struct {
	Live    Shop // over connections of its own, for orders whose customers wait
	Patient Shop // over connections that wait for seconds, for orders whose customers do not
	Pages   Shop // as all pages ask

	Journal   *journal.Journal
	Directory func(ctx context.Context) (store.Directory, error) // as it is now, or as this node last knew it
	Outage    func(error) bool                                   // whether an error means that Redis was not heard at all
	Partly    func() bool                                        // whether a part of it answers all the same, as of a cluster; nil: never
	Now       func() time.Time
	Log       *slog.Logger

	Within  time.Duration // all that Redis has for one order while its customer waits
	AtOnce  int           // orders that may be with Redis at once; no more than Live has connections
	Numbers int           // order numbers kept in hand, and leased at once
}

// Intake takes orders on one node. All methods may be called by many goroutines at once.
type Intake struct {
	Options
	gate    *gate
	room    chan struct{} // holds one for each order that is with Redis
	flights flights
	pace    pace
	numbers numbers
	nudge   chan struct{}

	checking sync.Mutex
	letGo    func() // ends the hold for a Redis that is not this shop's; nil if there is none

	received, replayed, refused atomic.Int64

	mu       sync.Mutex
	troubles map[store.Number]trouble
	finished map[store.Number]store.Number // orders that Redis has and the journal may not know to be done, with the number they were made under
}

// New makes an Intake. Place works at once; what was left from before is made once Run runs.
func New(o Options) *Intake {
	return &Intake{
		Options: o, gate: newGate(), room: make(chan struct{}, o.AtOnce), nudge: make(chan struct{}, 1),
		flights:  flights{all: map[store.Number]chan struct{}{}},
		numbers:  numbers{short: make(chan struct{}, 1)},
		troubles: map[store.Number]trouble{}, finished: map[store.Number]store.Number{},
	}
}

// Run makes what was accepted and not made, keeps order numbers in hand, and looks whether Redis and the disk
// are back when they were away. It ends with ctx, when what it has begun is done.
func (i *Intake) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, work := range []func(context.Context) error{i.probe, i.replay, i.cancelUnwanted, i.lease, i.tend} {
		group.Go(func() error { return work(ctx) })
	}
	return group.Wait()
}

const (
	kept      = 24 * time.Hour // how long what is finished stays in the journal, for Redis may forget
	tendEvery = time.Second
	sweeps    = 10 * time.Minute
)

// tend looks after the disk: it tries one that has failed, and lets the journal forget what is old.
func (i *Intake) tend(ctx context.Context) error {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	var swept time.Time
	for failing := false; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if failing = i.probeDisk(ctx, failing); failing {
			continue
		}
		if i.Now().Sub(swept) < sweeps {
			continue
		}
		swept = i.Now()
		if _, err := i.Journal.Sweep(ctx, i.Now().Add(-kept)); err != nil && ctx.Err() == nil {
			i.Log.Warn("the journal cannot forget what is old", "error", err)
		}
	}
}

// away tells whether an error means that Redis is to be left alone. While only a part of a cluster is away,
// orders that need nothing of that part go their way.
func (i *Intake) away(err error) bool { return i.Outage(err) && !i.partly() }

func (i *Intake) partly() bool { return i.Partly != nil && i.Partly() }

// soon lets the replayer look at once.
func (i *Intake) soon() {
	select {
	case i.nudge <- struct{}{}:
	default:
	}
}
