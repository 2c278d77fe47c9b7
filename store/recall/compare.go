package recall

import (
	"context"
	"slices"
	"time"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/rdb"
)

const (
	piece  = 500             // changes compared in one go
	enough = 1000            // so many of the newest are all there: Redis has forgotten nothing
	still  = 4 * time.Second // for how long all nodes hold still, unless it is renewed
	renew  = time.Second     // how often it is
	beyond = 5000            // numbers left free above those known, when Redis came back older: others may have leased them
)

// recall compares the newest changes of the journal with Redis, puts back what is lost, and opens the gate.
func (r *Recall) recall(ctx context.Context) error {
	r.hold()
	met, since := r.met()
	began := time.Now()
	found, err := r.Shop.IdentityInRedis(ctx)
	if err != nil {
		return err
	}
	known := r.Journal.Shop()
	if known != "" && found.ID != known {
		return errOtherShop
	}
	if known == "" { // this node has promised nothing yet
		r.open(met)
		return nil
	}
	stop, err := r.holdStill(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if _, _, err := r.Shop.LeaseNumbers(ctx, r.Journal.Highest(), 0); err != nil {
		return err
	}
	if r.floor, err = r.Shop.MarkedAt(ctx, r.Refilled); err != nil {
		return err
	}
	lost, mark, more, err := r.compare(ctx, nil, enough)
	if err != nil {
		return err
	}
	done, err := r.putRight(ctx, lost, since)
	if err != nil {
		return err
	}
	if err := r.Shop.LeadAgain(ctx, r.Journal.Aliases(piece, 2*enough)); err != nil {
		return err
	}
	reopened, err := r.reopen(ctx)
	if err != nil {
		return err
	}
	r.rest, r.resting = mark, more
	r.count(done, reopened, time.Since(began))
	r.open(met)
	return nil
}

// holdStill keeps all nodes from housekeeping until stop is called, and a moment longer: other nodes may
// have something to put back too.
func (r *Recall) holdStill(ctx context.Context) (stop func(), err error) {
	if err := r.Shop.HoldStill(ctx, still); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(renew):
				_ = r.Shop.HoldStill(ctx, still) // it stands for a while, and is renewed again soon
			}
		}
	}()
	return func() { cancel(); <-ended }, nil
}

// compare looks for what is lost, from the newest change on, until so many in a row are there. It gives the
// lost ones, the oldest first, and where to go on.
func (r *Recall) compare(ctx context.Context, mark []byte, enough int) (lost []journal.Change, next []byte, more bool, err error) {
	for there := 0; there < enough; {
		changes, after := r.Journal.Newest(mark, piece)
		changes = slices.DeleteFunc(changes, func(c journal.Change) bool { return c.At.Before(r.floor) })
		if len(changes) == 0 {
			slices.Reverse(lost)
			return lost, mark, false, nil
		}
		missing, err := r.Shop.Lost(ctx, changes)
		if err != nil {
			return nil, mark, false, err
		}
		if there += len(changes); len(missing) > 0 {
			there = 0
		}
		lost, mark = append(lost, missing...), after
	}
	slices.Reverse(lost)
	return lost, mark, true, nil
}

// putRight puts back what is lost. What has to wait for other nodes is kept for later.
func (r *Recall) putRight(ctx context.Context, lost []journal.Change, since time.Time) (rdb.Restored, error) {
	if len(lost) == 0 {
		return rdb.Restored{}, nil
	}
	if _, _, err := r.Shop.LeaseNumbers(ctx, r.Journal.Highest()+beyond, 0); err != nil {
		return rdb.Restored{}, err
	}
	done, left, err := r.Shop.PutRight(ctx, lost, since)
	if err == nil {
		r.wait(left)
	}
	return done, err
}

// reopen has orders placed anew that were accepted here, of which Redis has nothing, and of which there was
// nothing to put back: the node stopped before it had taken their picture. It looks at the newest ones, as
// compare does.
func (r *Recall) reopen(ctx context.Context) (int, error) {
	var mark []byte
	reopened := 0
	for there := 0; there < enough; {
		numbers, next := r.Journal.Closed(mark, piece)
		if len(numbers) == 0 {
			return reopened, nil
		}
		found, err := r.Shop.OrdersThere(ctx, numbers)
		if err != nil {
			return reopened, err
		}
		gone := slices.DeleteFunc(numbers, func(n store.Number) bool { return found[n] || r.settledOtherwise(n) })
		if there += len(found); len(gone) > 0 {
			there = 0
			if err := r.Journal.ReopenOrders(ctx, gone); err != nil {
				return reopened, err
			}
			reopened += len(gone)
		}
		mark = next
	}
	return reopened, nil
}

// settledOtherwise tells whether an order that Redis does not have is not to be placed anew: it was erased on
// purpose, or could not be put back, or is older than what counts.
func (r *Recall) settledOtherwise(n store.Number) bool {
	if _, kept := r.Journal.Change("order/" + n.String()); kept {
		return true
	}
	e, ok := r.Journal.Entry(n)
	return !ok || e.At.Before(r.floor)
}

// background does a piece of what can wait, and tells when the next is due; negative when nothing is.
func (r *Recall) background(ctx context.Context) time.Duration {
	switch {
	case len(r.waiting) > 0 && r.Now().Sub(r.asked) > 0:
		r.lookAtWaiting(ctx)
		if len(r.waiting) > 0 {
			return waitLook
		}
	case r.resting:
		if err := r.compareOn(ctx); err != nil {
			return waitLook
		}
		return pace
	}
	if r.resting {
		return pace
	}
	return -1
}

// lookAtWaiting tries the bookings that wait once more.
func (r *Recall) lookAtWaiting(ctx context.Context) {
	began := time.Now()
	done, left, err := r.Shop.PutRight(ctx, r.waiting, r.asked)
	if err != nil {
		return
	}
	r.waiting = nil
	asked := r.asked
	r.wait(left)
	r.asked = asked
	r.count(done, 0, time.Since(began))
}

// compareOn compares the next piece of what is older.
func (r *Recall) compareOn(ctx context.Context) error {
	began := time.Now()
	lost, mark, more, err := r.compare(ctx, r.rest, 1)
	if err != nil {
		return err
	}
	done, err := r.putRight(ctx, lost, r.Now())
	if err != nil {
		return err
	}
	r.rest, r.resting = mark, more
	r.count(done, 0, time.Since(began))
	return nil
}
