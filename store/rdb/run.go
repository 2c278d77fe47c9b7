package rdb

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	keeperEvery = time.Second      // between two looks of the reconciler
	keeperLease = 4 * time.Second  // after so long without a sign another node takes over
	deepEvery   = 10 * time.Minute // between two looks at closed orders
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
	deepAt     time.Time
	deepLeft   int // deep looks still to come in a row: two see, a third sees what the second did
	datesAt    time.Time
}

func (k *keeper) run(ctx context.Context, listener *listener) error {
	tick := time.NewTicker(keeperEvery)
	defer tick.Stop()
	for failing := false; ; {
		leads, err := k.lead(ctx)
		listener.leads.Store(leads)
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
	if k.now().Sub(k.deepAt) > deepEvery {
		k.deepAt, k.deepLeft = k.now(), 3
	}
	if _, err := k.reconciler.pass(ctx, k.deepLeft > 0, false); err != nil {
		return err
	}
	k.deepLeft = max(0, k.deepLeft-1)
	if err := k.watchLow(ctx); err != nil {
		return err
	}
	if err := k.serveWaiting(ctx); err != nil || k.now().Sub(k.datesAt) < datesEvery {
		return err
	}
	k.datesAt = k.now()
	return k.tellDates(ctx)
}
