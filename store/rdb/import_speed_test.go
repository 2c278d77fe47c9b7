//go:build !race

package rdb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/storetest"
)

const (
	manyRows     = 100_000
	manyRowsTime = 10 * time.Second       // what a file of so many rows may take on a machine that is not busy
	yardstick    = 250 * time.Millisecond // what the yardstick takes there
)

// 100,000 rows into an empty shop take less than ten seconds, from the first row that is kept to the last
// that is booked; so does counting every shelf once more, a third of them lower, and saying of each when it
// runs low. The same again changes nothing. Redis answers others all the time. How busy the machine is, the same Redis tells by how long it
// takes for plain commands.
func TestManyRowsInTime(t *testing.T) {
	server := storetest.Redis(t)
	s := newStore(server.Client())
	ctx := t.Context()
	const products, warehouses = manyRows / 10, 10
	fillShop(t, s, products, warehouses)
	file := func(units func(i int) int) []store.StockRow {
		var file []store.StockRow
		for w := range warehouses {
			for p := range products {
				file = append(file, store.StockRow{Line: len(file) + 2, Column: 3, Warehouse: fmt.Sprint("w", w), Product: fmt.Sprint("p", p), OnHand: units(p), Reason: "opening"})
			}
		}
		return file
	}
	opening := func(i int) int { return 3 + i%50 }
	low := file(opening)
	for i := range low {
		low[i].Threshold, low[i].Uncounted = below(1+i%9), i%2 == 0
	}
	longest, stop := worstPing(ctx, server.NewClient())
	for _, one := range []struct {
		name    string
		rows    []store.StockRow
		changes int
	}{
		{"into an empty shop", file(opening), manyRows},
		{"the same again", file(opening), 0},
		{"every shelf counted", file(func(i int) int { return opening(i) - 1 + 2*(i%3) - i%2 }), -1},
		{"and thresholds", low, manyRows},
		{"the same thresholds", low, 0},
	} {
		slow := measure(t, server.NewClient())
		start := time.Now()
		im, err := s.BookFile(ctx, clerk, "long.csv", one.rows, func(store.Import) {})
		took := time.Since(start)
		slow = max(slow, measure(t, server.NewClient()), 1)
		if err != nil || im.State != store.ImportDone || one.changes >= 0 && im.Changes != one.changes {
			t.Fatalf("%s: %+v, %v", one.name, im, err)
		}
		t.Logf("%s: %d rows took %v, %d changed; the machine is %.1f times as slow as when nobody else is there", one.name, len(one.rows), took.Round(time.Millisecond), im.Changes, slow)
		if limit := time.Duration(float64(manyRowsTime) * slow); took > limit {
			t.Errorf("%s: %v, at most %v are allowed", one.name, took, limit)
		}
	}
	stop()
	t.Logf("others waited %v at the longest", *longest)
	checkAudit(t, s)
}

// measure tells how many times as long as on a machine that is not busy a fixed amount of work takes.
func measure(t *testing.T, client *redis.Client) float64 {
	t.Helper()
	start := time.Now()
	for range 100 {
		_, err := client.Pipelined(t.Context(), func(p redis.Pipeliner) error {
			for i := range 1000 {
				p.HIncrBy(t.Context(), "yardstick", fmt.Sprint(i), 1)
			}
			return nil
		})
		must(t, err)
	}
	must(t, client.Del(t.Context(), "yardstick").Err())
	return float64(time.Since(start)) / float64(yardstick)
}

// worstPing asks Redis all the time for a sign of life, and keeps the longest time that it took.
func worstPing(ctx context.Context, client *redis.Client) (longest *time.Duration, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	longest = new(time.Duration)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			start := time.Now()
			if client.Ping(ctx).Err() == nil {
				*longest = max(*longest, time.Since(start))
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return longest, func() { cancel(); <-ended }
}

// fillShop makes many products and warehouses without asking for each.
func fillShop(t *testing.T, s *Store, products, warehouses int) {
	t.Helper()
	ctx := t.Context()
	for w := range warehouses {
		must(t, s.SaveWarehouse(ctx, store.Warehouse{ID: fmt.Sprint("w", w), Name: fmt.Sprint("W", w), At: store.Point{Lat: 50, Lon: 20}}))
	}
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range products {
			p.SAdd(ctx, s.keyProducts(), fmt.Sprint("p", i))
			p.HSet(ctx, s.keyProduct(fmt.Sprint("p", i)), "name", fmt.Sprint("Product ", i))
		}
		return nil
	})
	must(t, err)
	s.forgetDirectory()
}
