package main

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// large tells whether the long benchmarks are asked for: a million orders, ten thousand open pages.
func large() bool { return os.Getenv("WAYBILL_BENCH_LARGE") != "" }

const (
	benchFor     = 3 * time.Second // what is measured once goes on for so long
	benchWorkers = 32              // do it at once
)

// rate is how often a second many workers get something done.
func rate(for_ time.Duration, do func(n int64) error, failed func(...any)) float64 {
	each, _ := rateOf(benchWorkers, for_, do, failed)
	return each
}

// rateOf is rate with as many workers as one likes, and how often it was done altogether.
func rateOf(workers int, for_ time.Duration, do func(n int64) error, failed func(...any)) (each float64, done int64) {
	var next, count atomic.Int64
	var working sync.WaitGroup
	began := time.Now()
	for range workers {
		working.Go(func() {
			for time.Since(began) < for_ {
				if err := do(next.Add(1)); err != nil {
					failed(err)
					return
				}
				count.Add(1)
			}
		})
	}
	working.Wait()
	return float64(count.Load()) / time.Since(began).Seconds(), count.Load()
}

// median is the middle one.
func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}

// quantile is the value below which a share of all lies.
func quantile(values []time.Duration, share float64) time.Duration {
	values = slices.Sorted(slices.Values(values))
	return values[min(len(values)-1, int(share*float64(len(values))))]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// redisCPU is the time that a Redis has computed so far. Unlike time on the clock it does not grow because
// others keep the machine busy.
func redisCPU(ctx context.Context, b *testing.B, client *redis.Client) time.Duration {
	b.Helper()
	info, err := client.Info(ctx, "cpu").Result()
	if err != nil {
		b.Fatal(err)
	}
	var sum time.Duration
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_user" || name == "used_cpu_sys" {
			seconds, _ := strconv.ParseFloat(value, 64)
			sum += time.Duration(seconds * float64(time.Second))
		}
	}
	return sum
}
