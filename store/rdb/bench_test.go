package rdb

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// BenchmarkGrowth measures flows and pages with a growing history of delivered orders: the figures have
// to stay flat. WAYBILL_BENCH_LARGE=1 adds a million orders.
func BenchmarkGrowth(b *testing.B) {
	sizes := []int{1_000, 100_000}
	if os.Getenv("WAYBILL_BENCH_LARGE") != "" {
		sizes = append(sizes, 1_000_000)
	}
	for _, size := range sizes {
		s := demoShop(b)
		grow(b, s, size)
		_, err := s.SetStock(b.Context(), clerk, "warehouse1", "prod1", maxOnHand, "bench")
		must(b, err)
		b.Run(fmt.Sprintf("place/%d", size), func(b *testing.B) {
			for b.Loop() {
				mustPlace(b, s, line("prod1", 1))
			}
		})
		b.Run(fmt.Sprintf("to-the-door/%d", size), func(b *testing.B) {
			for b.Loop() {
				o := mustPlace(b, s, line("prod1", 1))
				must(b, s.Pack(b.Context(), clerk, o.Number, "prod1", 1))
				must(b, s.Ready(b.Context(), clerk, o.Number))
				must(b, s.PickUp(b.Context(), courier, o.Number))
				must(b, s.Deliver(b.Context(), courier, o.Number, store.Proof{}))
			}
		})
		b.Run(fmt.Sprintf("board/%d", size), func(b *testing.B) {
			for b.Loop() {
				_, err := s.Board(b.Context(), "warehouse1")
				must(b, err)
			}
		})
		b.Run(fmt.Sprintf("look/%d", size), func(b *testing.B) {
			r := &reconciler{Store: s}
			for b.Loop() {
				_, err := r.pass(b.Context(), false, false)
				must(b, err)
			}
		})
	}
}

// grow writes delivered orders past the flows, as they would have left them.
func grow(b *testing.B, s *Store, orders int) {
	b.Helper()
	ctx := b.Context()
	for first := 0; first < orders; first += 1000 {
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range min(1000, orders-first) {
				delivered(ctx, s, p, store.Number(10_000_000+first+i))
			}
			return nil
		})
		must(b, err)
	}
}

func delivered(ctx context.Context, s *Store, p redis.Pipeliner, n store.Number) {
	o := store.Order{
		Number: n, UID: n.String(), Token: n.String(), Lines: []store.Line{line("prod1", 1)}, Speed: store.Standard,
		Recipient: store.Recipient{Name: "Anna Nowak", Email: "anna@example.com"}, PlacedAt: time.Now(), Warehouse: "warehouse1",
	}
	p.HSet(ctx, s.keyOrder(n), orderFields(o, ""))
	p.HSet(ctx, s.keyOrder(n), "status", "delivered", "version", 4, "warehouse", "warehouse1")
	p.Set(ctx, s.keyStatus(n), "delivered", 0)
	p.RPush(ctx, s.keyLines(n), "prod1")
	p.HSet(ctx, s.keyQuantities(n), "prod1", 1)
	p.RPush(ctx, keyQueue(s.part(n), store.Delivered), orderName(n))
}
