package rdb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"waybill/store"
)

// TestClocksAnHourApart: what one node is at looks an hour old to the other, which takes it for left half done
// and finishes or undoes it all the while. Each wish is one order, also when it is sent to both nodes at once,
// and all that was promised is there.
func TestClocksAnHourApart(t *testing.T) {
	t.Parallel()
	f := newForgetful(t, 2)
	f.wrongClocks(time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	var nodes []*node
	ended := make(chan error, 4)
	for _, s := range f.nodes {
		_, err := s.SetStock(ctx, clerk, "warehouse1", "prod1", 1000, "bench")
		must(t, err)
		n := openNode(t, s, "")
		nodes = append(nodes, n)
		go func() { ended <- n.Run(ctx) }()
		go func() { ended <- busily(ctx, s) }()
	}
	const wishes = 60
	told := make([][2]store.Order, wishes)
	together(2*wishes, func(i int) {
		p := placement(line("prod1", 1))
		p.Key = fmt.Sprint("wish ", i/2)
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			order, _, err := nodes[i%2].Place(t.Context(), p)
			if err == nil {
				told[i/2][i%2] = order
				return
			}
			if store.KindOf(err) != store.Conflict && store.KindOf(err) != store.Unavailable || time.Now().After(deadline) {
				t.Errorf("wish %d on node %d: %v", i/2, i%2, err)
				return
			}
		}
	})
	for _, n := range nodes {
		eventually(t, time.Minute, "nothing is pending", func() (bool, string) {
			must(t, n.j.Probe(ctx))
			return len(n.j.Pending(0, 1)) == 0, asJSON(n.Stats())
		})
	}
	stop()
	for range cap(ended) {
		if err := <-ended; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}
	for i, orders := range told {
		made := ofWish(t, f.nodes[0], orders[0].UID)
		if len(made) != 1 || made[0].Status != store.Placed {
			t.Fatalf("wish %d has made %s", i, asJSON(made))
		}
		for n, order := range orders {
			if o, err := nodes[n].OrderByToken(t.Context(), order.Token); err != nil || o.Number != made[0].Number {
				t.Errorf("wish %d: the link of node %d leads to %s, %v", i, n, o.Number, err)
			}
		}
	}
	sweep(t, f.nodes[1], "after wrong clocks")
}

// busily does a node's housekeeping without a pause.
func busily(ctx context.Context, s *Store) error {
	r := &reconciler{Store: s}
	k := &keeper{Store: s, reconciler: r}
	for ctx.Err() == nil {
		if _, err := r.pass(ctx, true, false); err != nil {
			return err
		}
		if err := k.serveWaiting(ctx); err != nil {
			return err
		}
	}
	return nil
}
