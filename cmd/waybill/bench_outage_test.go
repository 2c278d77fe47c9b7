package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/engine"
	"waybill/store/intake"
	"waybill/store/journal"
	"waybill/store/storetest"
)

// replayed is how many orders are kept while Redis is stopped, and made when it is back.
const replayed = 10_000

// BenchmarkPlacingWithoutRedis measures what a customer waits for while Redis is stopped, through HTTP, how many
// orders are taken in a second, and how long it takes to make 10,000 of them once Redis is back.
func BenchmarkPlacingWithoutRedis(b *testing.B) {
	server := storetest.Redis(b)
	shop := openShop(b, map[string]string{
		"WAYBILL_REDIS": server.URL(), "WAYBILL_API_KEY": "bench", "WAYBILL_NUMBER_BLOCK": "100000", "WAYBILL_PLACE_WITHIN": "250ms",
	}, "--demo")
	for _, p := range []string{"prod1", "prod4", "prod9"} {
		if err := callAPI(b, shop, http.MethodPut, "/warehouses/warehouse1/stock/"+p, "", `{"on_hand":1000000,"reason":"bench"}`); err != nil {
			b.Fatal(err)
		}
	}
	if err := callAPI(b, shop, http.MethodPost, "/orders", "warm", benchOrder); err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var took []time.Duration
	place := func(n int64) error {
		began := time.Now()
		err := callAPI(b, shop, http.MethodPost, "/orders", fmt.Sprintf("outage-%d", n), orderOf(n))
		mu.Lock()
		took = append(took, time.Since(began))
		mu.Unlock()
		return err
	}
	server.Stop()
	accepted := rate(benchFor, place, b.Error)
	slices.Sort(took)
	b.ReportMetric(accepted, "accepted/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "longest-ms")
	kept := len(took)
	for n := kept; n < replayed; n++ {
		if err := place(int64(1_000_000 + n)); err != nil {
			b.Fatal(err)
		}
	}
	kept = len(took)
	server.Cont()
	began := time.Now()
	for placed := int64(0); placed < int64(kept); time.Sleep(20 * time.Millisecond) {
		placed = server.Client().LLen(b.Context(), "placed.orders").Val() - 4 // the demo's, and the warm one
		if time.Since(began) > 5*time.Minute {
			b.Fatalf("%d of %d are placed", placed, kept)
		}
	}
	b.ReportMetric(time.Since(began).Seconds()*replayed/float64(kept), "s/10000-replayed")
	b.ReportMetric(0, "ns/op")
}

// orderOf varies what is ordered: orders for the same product are made one after the other.
func orderOf(n int64) string {
	product := []string{"prod1", "prod4", "prod9"}[n%3]
	return fmt.Sprintf(`{"recipient":{"name":"Jan Nowak","email":"jan@example.com","address":{"line1":"Rynek 1","city":"Kraków","postal_code":"31-042","country":"PL"}},"lines":[{"product":%q,"quantity":1}]}`, product)
}

// BenchmarkJournal compares, in one run on one Redis, orders that are written down before they are placed with
// orders that are only placed.
func BenchmarkJournal(b *testing.B) {
	server := storetest.Redis(b)
	redis, err := engine.Open(b.Context(), engine.Options{URL: server.URL()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = redis.Close(context.Background()) }()
	shop := newStore(redis, 1, time.UTC, slog.New(slog.DiscardHandler))
	if err := demo.Load(b.Context(), shop); err != nil {
		b.Fatal(err)
	}
	if _, err := shop.SetStock(b.Context(), store.Itself, "warehouse1", "prod1", 1_000_000_000, "bench"); err != nil {
		b.Fatal(err)
	}
	j, err := journal.Open(journal.Options{Path: filepath.Join(b.TempDir(), "journal.db"), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	live := shop.On(redis.Placing())
	orders := intake.New(intake.Options{
		Live: live, Patient: shop.On(redis.Listening()), Pages: shop, Journal: j, Directory: shop.Directory, Outage: engine.Unreachable,
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Within: 5 * time.Second, AtOnce: engine.PlacingAtOnce, Numbers: 100_000,
	})
	place := func(kind string, by func(context.Context, store.Placement) (store.Order, bool, error)) func(int64) error {
		return func(n int64) error {
			_, _, err := by(b.Context(), store.Placement{Caller: kind, Key: fmt.Sprint(n), Draft: store.Draft{
				Recipient: store.Recipient{Name: "Jan Nowak", Email: "jan@example.com", Address: store.Address{Line1: "Rynek 1", City: "Kraków", PostalCode: "31-042", Country: "PL"}},
				Lines:     []store.Line{{Product: "prod1", Quantity: 1}}, Speed: store.Standard,
			}})
			return err
		}
	}
	without := rate(benchFor, place("without", live.Place), b.Error)
	with := rate(benchFor, place("with", orders.Place), b.Error)
	b.ReportMetric(without, "without/s")
	b.ReportMetric(with, "with/s")
	b.ReportMetric(with/without, "with/without")
	b.ReportMetric(0, "ns/op")
}
