package rdb

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
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

func (k *keptNowhere) KeepSoon(changes ...journal.Change) { k.n.Add(int64(len(changes))) }

// How often each flow goes to Redis and back. A number that must rise is raised here, by somebody who
// has thought about it.
func TestRoundTrips(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	count := &trips{}
	s.client.AddHook(count)
	kept := &keptNowhere{}
	s.kept.by = kept
	mustPlace(t, s, line("prod1", 1)) // scripts and directory are known after this
	flow := func(name string, atMost int64, do func()) {
		t.Helper()
		_, err := s.Directory(ctx)
		must(t, err)
		before := count.n.Load()
		do()
		if n := count.n.Load() - before; n > atMost {
			t.Errorf("%s took %d round trips, %d are allowed", name, n, atMost)
		} else {
			t.Logf("%s: %d round trips", name, n)
		}
	}
	var near, far store.Order
	flow("place from one warehouse", 4, func() { near = mustPlace(t, s, line("prod1", 1)) })
	flow("place with a transfer", 16, func() { far = mustPlace(t, s, line("prod1", 1), line("prod6", 1)) })
	flow("catalogue", 1, func() { _, err := s.Catalogue(ctx); must(t, err) })
	flow("quotes", 1, func() { _, err := s.Quotes(ctx, near.Lines, nil); must(t, err) })
	flow("order page", 2, func() { _, err := s.OrderByToken(ctx, far.Token); must(t, err) })
	flow("board", 4, func() { _, err := s.Board(ctx, "warehouse1"); must(t, err) })
	flow("rounds", 1, func() { _, err := s.Rounds(ctx, "kuba"); must(t, err) })
	flow("pack", 2, func() { must(t, s.Pack(ctx, clerk, near.Number, "prod1", 1)) })
	flow("ready", 2, func() { must(t, s.Ready(ctx, clerk, near.Number)) })
	flow("pick up", 6, func() { must(t, s.PickUp(ctx, courier, near.Number)) })
	flow("deliver", 5, func() { must(t, s.Deliver(ctx, courier, near.Number, store.Proof{})) })
	flow("send a transfer", 15, func() { _, err := s.SendTransfer(ctx, clerk, far.Transfers[0].ID); must(t, err) })
	if n := kept.n.Load(); n != 10 {
		t.Errorf("%d pictures were kept: three orders, a transfer raised and sent, and five steps make 10", n)
	}
}
