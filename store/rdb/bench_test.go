package rdb

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// sizesToBench are how many orders are stored. WAYBILL_BENCH_LARGE=1 adds a million: it takes some ten
// gigabytes of memory, and several minutes.
func sizesToBench() []int {
	sizes := []int{1_000, 100_000}
	if os.Getenv("WAYBILL_BENCH_LARGE") != "" {
		sizes = append(sizes, 1_000_000)
	}
	return sizes
}

// grown is a shop with so many delivered orders, and stock for more.
func grown(b *testing.B, orders int) *Store {
	b.Helper()
	s := demoShop(b)
	_, err := s.SetStock(b.Context(), clerk, "warehouse1", "prod1", maxOnHand/2, "bench")
	must(b, err)
	began := time.Now()
	grow(b, s, orders)
	b.Logf("%d orders written in %s", orders, time.Since(began).Round(time.Millisecond))
	return s
}

// benchStep is one thing whose cost must not grow with the orders that are stored.
type benchStep struct {
	name    string
	prepare func(s *Store) store.Order
	do      func(s *Store, o store.Order)
}

func benchSteps(b *testing.B) []benchStep {
	ctx := b.Context()
	place := func(s *Store) store.Order { return mustPlace(b, s, line("prod1", 1)) }
	packed := func(s *Store) store.Order {
		o := place(s)
		must(b, s.Pack(ctx, clerk, o.Number, "prod1", 1))
		must(b, s.Ready(ctx, clerk, o.Number))
		return o
	}
	sent := func(s *Store) store.Order {
		o := packed(s)
		must(b, s.PickUp(ctx, courier, o.Number))
		return o
	}
	return []benchStep{
		{"place", nil, func(s *Store, _ store.Order) { place(s) }},
		{"pick-up", packed, func(s *Store, o store.Order) { must(b, s.PickUp(ctx, courier, o.Number)) }},
		{"deliver", sent, func(s *Store, o store.Order) { must(b, s.Deliver(ctx, courier, o.Number, store.Proof{})) }},
		{"order-page", place, func(s *Store, o store.Order) { _, err := s.OrderByToken(ctx, o.Token); must(b, err) }},
		{"board-page", nil, func(s *Store, _ store.Order) { _, err := s.Board(ctx, "warehouse1"); must(b, err) }},
		{"shop-page", nil, func(s *Store, _ store.Order) { _, err := s.Catalogue(ctx); must(b, err) }},
		{"desk-page", nil, func(s *Store, _ store.Order) { _, err := s.Attention(ctx); must(b, err) }},
	}
}

// BenchmarkGrowth measures steps and pages with a thousand orders stored, and with many more: the fastest of
// each, side by side, and how many times longer it takes. The figures have to stay near 1.
func BenchmarkGrowth(b *testing.B) {
	sizes := sizesToBench()
	shops := make([]*Store, len(sizes))
	for i, size := range sizes {
		shops[i] = grown(b, size)
	}
	steps := benchSteps(b)
	fastest := map[string][]time.Duration{}
	for range 60 {
		for _, step := range steps {
			if fastest[step.name] == nil {
				fastest[step.name] = slices.Repeat([]time.Duration{time.Hour}, len(sizes))
			}
			for i, s := range shops {
				var o store.Order
				if step.prepare != nil {
					o = step.prepare(s)
				}
				began := time.Now()
				step.do(s, o)
				fastest[step.name][i] = min(fastest[step.name][i], time.Since(began))
			}
		}
	}
	for _, step := range steps {
		times := fastest[step.name]
		b.ReportMetric(float64(times[0].Microseconds()), step.name+"-µs")
		for i := 1; i < len(sizes); i++ {
			b.ReportMetric(float64(times[i])/float64(times[0]), fmt.Sprintf("%s@%d", step.name, sizes[i]))
		}
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLook measures what the reconciler does to a shop with many closed orders: how long a deep look
// takes, how much memory it needs, how long its longest command keeps Redis from answering others, and how
// long placing takes (p99) while it works, against before.
func BenchmarkLook(b *testing.B) {
	sizes := sizesToBench()
	for _, size := range sizes[1:] {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := grown(b, size)
			ctx := b.Context()
			quiet := p99OfPlacing(b, s, func() { time.Sleep(20 * time.Second) })
			must(b, s.client.ConfigSet(ctx, "slowlog-log-slower-than", "300").Err())
			must(b, s.client.ConfigSet(ctx, "slowlog-max-len", "100000").Err())
			must(b, s.client.SlowLogReset(ctx).Err())
			var took time.Duration
			var memory uint64
			during := p99OfPlacing(b, s, func() {
				memory = heapGrowth(func() {
					began := time.Now()
					_, err := (&reconciler{Store: s, closedOnly: true}).pass(gently(ctx), true, false)
					must(b, err)
					took = time.Since(began)
				})
			})
			must(b, s.client.ConfigSet(ctx, "slowlog-log-slower-than", "-1").Err())
			longest, which := longestCommand(b, s)
			b.Logf("the longest command was %s", which)

			look := time.Hour
			r := &reconciler{Store: s}
			for range 5 {
				began := time.Now()
				_, err := r.pass(ctx, false, false)
				must(b, err)
				look = min(look, time.Since(began))
			}
			b.ReportMetric(took.Seconds(), "s-deep-look")
			b.ReportMetric(float64(look.Microseconds())/1000, "ms-look")
			b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest-command")
			b.ReportMetric(float64(memory)/(1<<20), "MB-memory")
			b.ReportMetric(float64(quiet.Microseconds())/1000, "ms-p99-placing-before")
			b.ReportMetric(float64(during.Microseconds())/1000, "ms-p99-placing-meanwhile")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// p99OfPlacing places a hundred orders a second while something goes on.
func p99OfPlacing(b *testing.B, s *Store, meanwhile func()) time.Duration {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	var mu sync.Mutex
	var took []time.Duration
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for ctx.Err() == nil {
				began := time.Now()
				mustPlace(b, s, line("prod1", 1))
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
				time.Sleep(40 * time.Millisecond)
			}
		})
	}
	meanwhile()
	cancel()
	workers.Wait()
	slices.Sort(took)
	return took[len(took)*99/100]
}

// heapGrowth is by how much the heap grows while something is done, at the most.
func heapGrowth(do func()) uint64 {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	before, most := heap(), uint64(0)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for tick := time.NewTicker(50 * time.Millisecond); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				most = max(most, heap())
			}
		}
	})
	do()
	close(done)
	watching.Wait()
	return most - min(most, before)
}

// longestCommand is the longest that Redis was busy with one command of a look; those of placing are short.
func longestCommand(b *testing.B, s *Store) (time.Duration, string) {
	b.Helper()
	log, err := s.client.SlowLogGet(b.Context(), -1).Result()
	must(b, err)
	if len(log) == 0 {
		return 0, ""
	}
	longest := slices.MaxFunc(log, func(x, y redis.SlowLog) int { return cmp.Compare(x.Duration, y.Duration) })
	return longest.Duration, strings.Join(longest.Args[:min(4, len(longest.Args))], " ")
}

// BenchmarkKept measures what it costs to keep what was done on this node's disk: the same steps with a
// journal and without one, in turns on one Redis, by many clerks at once. Each order is packed in ten steps, as
// orders are, so that its history is as long as histories are.
func BenchmarkKept(b *testing.B) {
	without := demoShop(b)
	with := newStore(without.client)
	j, err := journal.Open(journal.Options{Path: filepath.Join(b.TempDir(), "journal.db"), Now: time.Now})
	must(b, err)
	defer func() { must(b, j.Close()) }()
	with.kept.by = j
	_, err = without.SetStock(b.Context(), clerk, "warehouse1", "prod1", maxOnHand, "bench")
	must(b, err)
	const rounds, clerks, orders, steps = 6, 32, 40, 10
	var place, pack [2]time.Duration
	for round := range 2 * rounds {
		kept := round % 2
		s := []*Store{without, with}[kept]
		people := s.ForPeople()
		placed := make(chan store.Number, clerks*orders)
		began := time.Now()
		together(clerks, func(int) {
			for range orders {
				placed <- mustPlace(b, s, line("prod1", steps)).Number
			}
		})
		close(placed)
		place[kept] += time.Since(began)
		began = time.Now()
		together(clerks, func(int) {
			for n := range placed {
				for units := 1; units <= steps; units++ {
					must(b, people.Pack(b.Context(), clerk, n, "prod1", units))
				}
			}
		})
		pack[kept] += time.Since(began)
	}
	b.ReportMetric(float64(place[1].Microseconds())/(rounds*clerks*orders), "place-µs")
	b.ReportMetric(place[1].Seconds()/place[0].Seconds(), "place-kept/not")
	b.ReportMetric(float64(pack[1].Microseconds())/(rounds*clerks*orders*steps), "pack-µs")
	b.ReportMetric(pack[1].Seconds()/pack[0].Seconds(), "pack-kept/not")
	b.ReportMetric(0, "ns/op")
}
