package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/storetest"
)

const (
	benchFor     = 3 * time.Second // each side of a comparison
	benchWorkers = 32
)

// BenchmarkPlacing compares, in one run on one Redis, orders placed through the JSON API with the bare
// commands that one placement cannot do without, sent from a go-redis loop. On the machine that runs
// both, the ratio says what all of Waybill costs.
func BenchmarkPlacing(b *testing.B) {
	server := storetest.Redis(b)
	shop := openShop(b, map[string]string{"WAYBILL_REDIS": server.URL(), "WAYBILL_API_KEY": "bench"}, "--demo")
	callAPI(b, shop, http.MethodPut, "/warehouses/warehouse1/stock/prod1", "", `{"on_hand":1000000000,"reason":"bench"}`)

	bare := rate(benchFor, func(n int64) error { return barePlacement(b.Context(), server.Client(), n) }, b.Error)
	placed := rate(benchFor, func(n int64) error {
		return callAPI(b, shop, http.MethodPost, "/orders", fmt.Sprintf("bench-%d", n), benchOrder)
	}, b.Error)
	b.ReportMetric(bare, "bare/s")
	b.ReportMetric(placed, "http/s")
	b.ReportMetric(placed/bare, "http/bare")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkPages measures whole answers of the pages that people open, through HTTP.
func BenchmarkPages(b *testing.B) {
	server := storetest.Redis(b)
	shop := openShop(b, map[string]string{"WAYBILL_REDIS": server.URL()}, "--demo")
	token := server.Client().HGet(b.Context(), "order:123", "token").Val()
	for name, path := range map[string]string{"shop": "/", "tracking": "/track/" + token} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				answer, err := http.Get(shop.base + path)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		})
	}
}

// rate counts how often many workers get something done in a while.
func rate(for_ time.Duration, do func(n int64) error, failed func(...any)) float64 {
	var next, done atomic.Int64
	var workers sync.WaitGroup
	began := time.Now()
	for range benchWorkers {
		workers.Go(func() {
			for time.Since(began) < for_ {
				if err := do(next.Add(1)); err != nil {
					failed(err)
					return
				}
				done.Add(1)
			}
		})
	}
	workers.Wait()
	return float64(done.Load()) / time.Since(began).Seconds()
}

// barePlacement is what one order of one line cannot do without: read the stock, count it down, write
// order, queue, history and event in one transaction.
func barePlacement(ctx context.Context, client *redis.Client, n int64) error {
	id := fmt.Sprintf("bare:%d", n)
	if err := client.HMGet(ctx, "bare:stock", "prod1").Err(); err != nil {
		return err
	}
	if err := client.HIncrBy(ctx, "bare:stock", "prod1", -1).Err(); err != nil {
		return err
	}
	_, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, id, "recipient", "Nowak", "order_date", "2026-11-22", "status", "placed", "city", "Kraków", "promised_at", "2026-11-25T17:00:00Z")
		p.Set(ctx, id+":status", "placed", 0)
		p.RPush(ctx, id+":products", "prod1")
		p.RPush(ctx, id+":history", `{"version":1,"type":"placed"}`)
		p.RPush(ctx, "bare.orders", id)
		p.ZAdd(ctx, "bare:work", redis.Z{Score: float64(n), Member: id})
		p.XAdd(ctx, &redis.XAddArgs{Stream: "bare:events", Values: []any{"order", id, "type", "placed"}})
		p.Publish(ctx, "bare:channel", "placed")
		return nil
	})
	return err
}

const benchOrder = `{"recipient":{"name":"Jan Nowak","email":"jan@example.com","address":{"line1":"Rynek 1","city":"Kraków","postal_code":"31-042","country":"PL"}},"lines":[{"product":"prod1","quantity":1}],"speed":"standard"}`

var benchClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchWorkers}}

// callAPI calls the JSON API and tells of any answer that is not a success.
func callAPI(b *testing.B, shop *shop, method, path, key, body string) error {
	request, err := http.NewRequestWithContext(b.Context(), method, shop.base+"/api/v1"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer bench")
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	answer, err := benchClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s", answer.Status, text)
	}
	return err
}
