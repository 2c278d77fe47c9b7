package intake

import (
	"context"
	"sync"
	"time"

	"waybill/store"
	"waybill/store/journal"
)

const (
	leaseEvery  = time.Second
	leaseWithin = 5 * time.Second
	// othersFirst is how long this node leaves the counter alone once Redis is back, if it has numbers: a
	// Redis that came back older may lease numbers anew that other nodes hold, until they have raised it too.
	othersFirst = 2 * time.Second
)

// numbers sees to it that there are always numbers in hand.
type numbers struct {
	leasing sync.Mutex
	short   chan struct{} // asks for more

	mu   sync.Mutex
	back time.Time // when Redis came back last
}

// Number gives an order number to somebody who keeps it elsewhere than in the journal: a rest, or an order
// whose number was taken.
func (i *Intake) Number(ctx context.Context) (store.Number, error) {
	n, err := i.takeNumber(ctx)
	if err != nil {
		return 0, err
	}
	return n, i.Journal.Spend(ctx, n)
}

// NumberBeyond gives a number of another block than one that somebody else has taken.
func (i *Intake) NumberBeyond(ctx context.Context, taken store.Number) (store.Number, error) {
	if _, err := i.Journal.DropBlock(ctx, taken); err != nil {
		return 0, err
	}
	return i.Number(ctx)
}

// takeNumber takes a number from the blocks on the disk. Only when none is left does anybody wait for Redis.
func (i *Intake) takeNumber(ctx context.Context) (store.Number, error) {
	for {
		n, ok := i.Journal.Number()
		if left := i.Journal.NumbersLeft(); left < i.Options.Numbers {
			select {
			case i.numbers.short <- struct{}{}:
			default:
			}
		}
		if ok {
			return n, nil
		}
		leasing, cancel := context.WithTimeout(ctx, i.Within)
		err := i.leaseOnce(leasing, 1)
		cancel()
		if err != nil {
			return 0, &store.Error{
				Kind: store.Unavailable, Err: err,
				Message: "We cannot give your order a number at this moment. Please try again in a moment: doing the same twice does no harm.",
			}
		}
	}
}

// leaseOnce leases a block, unless there are so many numbers already.
func (i *Intake) leaseOnce(ctx context.Context, enough int) error {
	i.numbers.leasing.Lock()
	defer i.numbers.leasing.Unlock()
	if i.Journal.NumbersLeft() >= enough {
		return nil
	}
	first, last, err := i.Patient.LeaseNumbers(ctx, i.Journal.Highest(), i.Options.Numbers)
	if err != nil {
		return err
	}
	return i.Journal.AddBlock(ctx, journal.Block{First: first, Last: last})
}

// lease keeps numbers in hand, ahead of need.
func (i *Intake) lease(ctx context.Context) error {
	tick := time.NewTicker(leaseEvery)
	defer tick.Stop()
	for failing := false; ; {
		open, changed := i.gate.state()
		if open && i.mayLease() {
			leasing, cancel := context.WithTimeout(ctx, leaseWithin)
			err := i.leaseOnce(leasing, i.Options.Numbers)
			cancel()
			if err != nil && !failing && ctx.Err() == nil {
				i.Log.Warn("no order numbers could be leased", "left", i.Journal.NumbersLeft(), "error", err)
			}
			failing = err != nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-changed:
		case <-i.numbers.short:
		}
	}
}

func (i *Intake) mayLease() bool {
	i.numbers.mu.Lock()
	defer i.numbers.mu.Unlock()
	return i.Journal.NumbersLeft() == 0 || i.Now().Sub(i.numbers.back) > othersFirst
}

// comeBack raises the counter past the numbers of this node, as soon as Redis is back: it may have come back
// older than it was, and other nodes are going to lease.
func (i *Intake) comeBack(ctx context.Context) {
	i.numbers.mu.Lock()
	i.numbers.back = i.Now()
	i.numbers.mu.Unlock()
	raising, cancel := context.WithTimeout(ctx, leaseWithin)
	defer cancel()
	if _, _, err := i.Patient.LeaseNumbers(raising, i.Journal.Highest(), 0); err != nil && ctx.Err() == nil {
		i.Log.Warn("the counter of order numbers could not be raised", "error", err)
	}
}
