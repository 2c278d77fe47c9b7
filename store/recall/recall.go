// Package recall sees to it that what Redis has forgotten is put back before anything else is done. Redis
// comes back older than it was after a power cut (its file lags a second behind), after a failover to a
// replica that lagged, or when somebody restores a copy; what this node has answered for lies in its journal.
//
// Each run of a Redis server that a connection meets for the first time shuts the gate: acts are answered
// "try again in a moment", orders are taken and kept. The journal's newest changes are compared with Redis,
// what is lost is put back, and the gate opens: after a fraction of a second when nothing was lost, for then
// the newest are all there. The older ones are compared in the background.
package recall

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/rdb"
)

// Shop is the shop in Redis, past its gate and with patience.
type Shop interface {
	IdentityInRedis(ctx context.Context) (store.Identity, error)
	HoldStill(ctx context.Context, d time.Duration) error
	LeaseNumbers(ctx context.Context, floor store.Number, count int) (first, last store.Number, err error)
	Lost(ctx context.Context, changes []journal.Change) ([]journal.Change, error)
	PutRight(ctx context.Context, lost []journal.Change, since time.Time) (rdb.Restored, []journal.Change, error)
	MarkedAt(ctx context.Context, name string) (time.Time, error)
	LeadAgain(ctx context.Context, told []journal.Entry) error
	OrdersThere(ctx context.Context, numbers []store.Number) (map[store.Number]bool, error)
}

// Options are what a Recall is made of. All of it must be there.
type Options struct {
	Shop    Shop
	Journal *journal.Journal
	Hold    func(why string) (release func()) // keeps new orders away from Redis; they are accepted all the same
	Now     func() time.Time
	Log     *slog.Logger

	// Refilled is the mark of a Redis that was filled again by hand: what is older than that is not put back,
	// for somebody has counted the shelves since.
	Refilled string
}

// Why is what Hold is told.
const Why = "Redis was started anew, and is being compared with what this node keeps."

// Recall is a node's memory of what Redis must not forget, and the gate before its acts. All methods may be
// called by many goroutines at once; Run once.
type Recall struct {
	Options
	wake chan struct{}

	mu      sync.Mutex
	runs    map[string]bool // of Redis servers, that were met
	shut    bool
	since   time.Time // when the gate was shut
	release func()
	opened  chan struct{} // closed when the gate opens
	stats   Stats

	floor   time.Time        // what is older is not compared
	rest    []byte           // mark up to which the journal was compared, in the background
	resting bool             // there is more to compare
	waiting []journal.Change // bookings that wait for what another node may put back
	asked   time.Time        // since when they wait
}

// Stats is what a Recall has seen and done since it began.
type Stats struct {
	Shut     bool // acts are refused at this moment
	Restored rdb.Restored
	Reopened int       // accepted orders that Redis did not have, and that are placed anew
	At       time.Time // when something was last put back, UTC; zero if never
	Took     time.Duration
	Waiting  int // bookings that wait
}

// New makes a Recall with a shut gate: what Redis has is not known before Run has looked.
func New(o Options) *Recall {
	return &Recall{Options: o, wake: make(chan struct{}, 1), runs: map[string]bool{}, shut: true, since: o.Now(), opened: make(chan struct{})}
}

// Pass lets an act through, or gives rdb.ErrRestoring.
func (r *Recall) Pass() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shut {
		return rdb.ErrRestoring
	}
	return nil
}

// Met hears of a run of a Redis server that a connection has met. A new one shuts the gate.
func (r *Recall) Met(run string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs[run] {
		return
	}
	r.runs[run] = true
	if !r.shut {
		r.shut, r.since, r.opened = true, r.Now(), make(chan struct{})
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Opened waits until the gate is open.
func (r *Recall) Opened(ctx context.Context) error {
	r.mu.Lock()
	opened := r.opened
	r.mu.Unlock()
	select {
	case <-opened:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stats tells what was seen and done.
func (r *Recall) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Shut = r.shut
	return s
}

const (
	again    = 250 * time.Millisecond // before the next try, while Redis cannot be asked
	waitLook = time.Second            // between two looks at bookings that wait
	pace     = 20 * time.Millisecond  // between two pieces in the background
)

// errOtherShop says that this Redis is not the shop's whose changes the journal has. The intake says so too,
// and a person has to see to it.
var errOtherShop = errors.New("this Redis is empty, or holds another shop")

// Run compares and puts back whenever there is cause to, until ctx ends.
func (r *Recall) Run(ctx context.Context) error {
	for failing := false; ; {
		next := time.Duration(0)
		if r.Pass() != nil {
			err := r.recall(ctx)
			if err != nil && !failing && ctx.Err() == nil {
				r.Log.Warn("whether redis has all that it had is not known yet: nothing is changed before", "error", err)
			}
			if failing = err != nil; failing {
				next = again
			}
		} else {
			next = r.background(ctx)
		}
		var timer <-chan time.Time
		if next >= 0 {
			timer = time.After(next)
		}
		select {
		case <-ctx.Done():
			r.unhold()
			return nil
		case <-r.wake:
		case <-timer:
		}
	}
}

// hold keeps orders away from Redis, once.
func (r *Recall) hold() {
	if r.release == nil {
		r.release = r.Hold(Why)
	}
}

func (r *Recall) unhold() {
	if r.release != nil {
		r.release()
		r.release = nil
	}
}

// open opens the gate, unless another server was met meanwhile.
func (r *Recall) open(met int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.runs) != met {
		return // once more
	}
	r.shut = false
	close(r.opened)
	r.unhold()
}

func (r *Recall) met() (servers int, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.runs), r.since
}

// count adds what was put back to the figures, and tells of it.
func (r *Recall) count(done rdb.Restored, reopened int, took time.Duration) {
	if done == (rdb.Restored{}) && reopened == 0 {
		return
	}
	r.mu.Lock()
	r.stats.Restored, r.stats.Reopened = r.stats.Restored.Add(done), r.stats.Reopened+reopened
	r.stats.At, r.stats.Took = r.Now().UTC(), took
	r.mu.Unlock()
	r.Log.Warn("redis had forgotten something, and it was put back",
		"orders", done.Orders, "transfers", done.Transfers, "deliveries", done.Deliveries, "bookings", done.Bookings,
		"effects", done.Effects, "merged", done.Merged, "number_taken", done.Taken, "unreadable", done.Unreadable, "placed_anew", reopened, "took", took)
}

// wait keeps bookings for later looks.
func (r *Recall) wait(left []journal.Change) {
	if len(left) > 0 && len(r.waiting) == 0 {
		r.asked = r.Now()
	}
	for _, c := range left {
		if !slices.ContainsFunc(r.waiting, func(w journal.Change) bool { return w.Key == c.Key }) {
			r.waiting = append(r.waiting, c)
		}
	}
	r.mu.Lock()
	r.stats.Waiting = len(r.waiting)
	r.mu.Unlock()
}
