package rdb

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	keeperEvery = time.Second      // between two looks of the reconciler
	keeperLease = 4 * time.Second  // after so long without a sign another node takes over
	deepEvery   = 10 * time.Minute // between two looks at closed orders
	deepShare   = 20               // and so many times as long as the last of them took
	datesEvery  = 5 * time.Second  // between two looks at what waiting orders were told
)

// Run does what nobody asks for: it listens to the warehouses' channels, repairs lists, adopts orders
// from outside, finishes what was left half done and serves waiting orders. It ends with ctx. Every
// node runs it; a lease sees to it that one works at a time.
func (s *Store) Run(ctx context.Context) error {
	keeper := &keeper{Store: s, reconciler: &reconciler{Store: s}}
	listener := newListener(s)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return keeper.run(ctx, listener) })
	group.Go(func() error { return keeper.lookDeep(ctx) })
	group.Go(func() error { return listener.listen(ctx) })
	group.Go(func() error { return listener.keep(ctx) })
	group.Go(func() error { return s.runImports(ctx) })
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// keeper is this node's share in the work that one node does for all.
type keeper struct {
	*Store
	reconciler *reconciler
	leads      atomic.Bool
	datesAt    time.Time
	trimmedAt  time.Time
}

func (k *keeper) run(ctx context.Context, listener *listener) error {
	tick := time.NewTicker(keeperEvery)
	defer tick.Stop()
	for failing := false; ; {
		leads, err := k.lead(ctx)
		listener.leads.Store(leads)
		k.leads.Store(leads)
		if leads {
			err = k.work(ctx)
		}
		if err != nil && !failing && ctx.Err() == nil {
			k.log.Warn("the reconciler cannot look, and goes on trying", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			k.resign()
			return nil
		case <-tick.C:
		}
	}
}

// lead takes or renews the lease. Keys: lease:keeper.
func (k *keeper) lead(ctx context.Context) (bool, error) {
	leads, err := scriptLease.Run(ctx, k.client, []string{k.keyLease("keeper")}, k.node, keeperLease.Milliseconds()).Bool()
	return leads, wrap("lease", err)
}

// resign gives the lease back at the end, so that the next node need not wait for it to run out.
func (k *keeper) resign() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if leads, err := k.lead(ctx); err == nil && leads {
		k.client.Del(ctx, k.keyLease("keeper"))
	}
}

func (k *keeper) work(ctx context.Context) error {
	if k.pass() != nil {
		return nil
	}
	if still, err := k.heldStill(ctx); still || err != nil {
		return err
	}
	if _, err := k.reconciler.pass(ctx, false, false); err != nil {
		return err
	}
	if err := k.serveWaiting(ctx); err != nil {
		return err
	}
	return errors.Join(k.every(ctx, datesEvery, &k.datesAt, k.tellDates), k.every(ctx, trimEvery, &k.trimmedAt, k.trimEvents))
}

// every does something that is not due in each look.
func (k *keeper) every(ctx context.Context, often time.Duration, last *time.Time, do func(context.Context) error) error {
	if k.now().Sub(*last) < often {
		return nil
	}
	*last = k.now()
	return do(ctx)
}

// lookDeep looks at what runs low, closed orders, ledgers and loads, in the background and gently: with a
// million orders it takes minutes, and the looks at open orders go on meanwhile.
func (k *keeper) lookDeep(ctx context.Context) error {
	for wait := keeperEvery; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = keeperEvery
		if !k.leads.Load() || k.pass() != nil {
			continue
		}
		err := k.lookAtLow(gently(ctx))
		var took time.Duration
		if err == nil {
			took, err = k.deepLooks(gently(ctx))
		}
		if err != nil && ctx.Err() == nil {
			k.log.Warn("the reconciler cannot look at everything, and will try again", "error", err)
			continue
		}
		wait = max(deepEvery, deepShare*took)
	}
}

// deepLooks looks until nothing is found: what two looks see is mended, and a third sees what the second
// did. It returns how long the longest took.
func (k *keeper) deepLooks(ctx context.Context) (longest time.Duration, err error) {
	r := &reconciler{Store: k.Store, closedOnly: true}
	for range 3 {
		began := time.Now()
		if _, err := r.pass(ctx, true, false); err != nil {
			return 0, err
		}
		longest = max(longest, time.Since(began))
		if len(r.seen) == 0 || !k.leads.Load() {
			break
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(twoLooks):
		}
	}
	return longest, nil
}
