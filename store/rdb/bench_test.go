package rdb

import (
	"fmt"
	"os"
	"testing"

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
