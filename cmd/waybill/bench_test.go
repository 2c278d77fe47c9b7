package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/storetest"
)

// BenchmarkPlacing compares, in one run on one Redis, orders placed through the JSON API and by the page's
// form with the bare commands that one placement cannot do without, sent from a go-redis loop. The sides
// take turns; client, server and Redis share the machine, and its load is the same for all. cpu is what an
// order costs all of them together in computing time, which does not depend on what else the machine does.
func BenchmarkPlacing(b *testing.B) {
	server := storetest.Redis(b)
	shop := openShop(b, map[string]string{"WAYBILL_REDIS": server.URL(), "WAYBILL_API_KEY": "bench"}, "--demo")
	if err := callAPI(b, shop, http.MethodPut, "/warehouses/warehouse1/stock/prod1", "", `{"on_hand":1000000000,"reason":"bench"}`); err != nil {
		b.Fatal(err)
	}
	run := rand.Text()
	sides := []*side{
		{name: "bare", do: func(n int64) error { return barePlacement(b.Context(), server.Client(), n) }},
		{name: "api", do: func(n int64) error {
			return askAPI(b, shop, http.MethodPost, "/orders", fmt.Sprintf("%s-%d", run, n), benchOrder, http.StatusCreated)
		}},
		{name: "page", do: func(n int64) error { return postForm(b, shop, fmt.Sprintf("%s-%d", run, n)) }},
	}
	const rounds = 4
	for range rounds {
		for _, s := range sides {
			s.turn(b, server.Client())
		}
	}
	bare := sides[0]
	for _, s := range sides {
		b.ReportMetric(median(s.rates), s.name+"/s")
		b.ReportMetric(s.each(s.ours), s.name+"-cpu-µs")
		b.ReportMetric(s.each(s.redis), s.name+"-redis-µs")
		if s != bare {
			b.ReportMetric(median(s.rates)/median(bare.rates), s.name+"/bare")
			b.ReportMetric(bare.cost()/s.cost(), s.name+"/bare-cpu")
		}
	}
	b.ReportMetric(0, "ns/op")
}

// orderers are how many order at once: the more they are, the more orders share a write to the disk.
const orderers = 128

// side is one way to place orders.
type side struct {
	name  string
	do    func(n int64) error
	next  int64
	rates []float64 // orders a second, turn by turn
	done  int64
	ours  time.Duration // computing time of this process: the shop and whoever orders
	redis time.Duration // and of Redis
}

func (s *side) turn(b *testing.B, client *redis.Client) {
	ours, redis := ourCPU(b), redisCPU(b.Context(), b, client)
	each, done := rateOf(orderers, time.Second, func(n int64) error { return s.do(s.next + n) }, b.Error)
	s.ours, s.redis = s.ours+ourCPU(b)-ours, s.redis+redisCPU(b.Context(), b, client)-redis
	s.rates = append(s.rates, each)
	s.next += done + orderers
	s.done += done
}

// cost is the computing time of one order, in microseconds.
func (s *side) cost() float64 { return s.each(s.ours + s.redis) }

func (s *side) each(d time.Duration) float64 {
	return float64(d.Microseconds()) / float64(max(1, s.done))
}

// ourCPU is the time that this process has computed so far.
func ourCPU(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPages measures whole answers of the pages that people open, through HTTP.
func BenchmarkPages(b *testing.B) {
	server := storetest.Redis(b)
	shop := openShop(b, map[string]string{"WAYBILL_REDIS": server.URL()}, "--demo")
	token := server.Client().HGet(b.Context(), "order:123", "token").Val()
	for name, path := range map[string]string{"shop": "/", "form": "/order", "tracking": "/track/" + token} {
		b.Run(name, func(b *testing.B) {
			before, size := ourCPU(b), int64(0)
			for b.Loop() {
				answer, err := benchClient.Get(shop.base + path)
				if err != nil {
					b.Fatal(err)
				}
				if answer.StatusCode != http.StatusOK {
					b.Fatal(answer.Status)
				}
				size, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
			b.ReportMetric(float64((ourCPU(b)-before).Microseconds())/float64(b.N), "cpu-µs")
			b.ReportMetric(float64(size), "bytes")
		})
	}
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

var benchClient = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: orderers, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// callAPI calls the JSON API and tells of any answer that is not a success.
func callAPI(b *testing.B, shop *shop, method, path, key, body string) error {
	return askAPI(b, shop, method, path, key, body, http.StatusOK, http.StatusCreated, http.StatusAccepted)
}

// askAPI calls the JSON API and tells of any answer but those that are wanted.
func askAPI(b *testing.B, shop *shop, method, path, key, body string, wanted ...int) error {
	request, err := http.NewRequestWithContext(b.Context(), method, shop.base+"/api/v1"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer bench")
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	return answered(request, wanted...)
}

// postForm places an order as a customer's browser does.
func postForm(b *testing.B, shop *shop, key string) error {
	form := url.Values{
		"key": {"form-" + key}, "product": {"prod1"}, "quantity": {"1"}, "speed": {"standard"},
		"name": {"Jan Nowak"}, "email": {"jan@example.com"}, "line1": {"Rynek 1"}, "city": {"Kraków"}, "postal_code": {"31-042"}, "country": {"PL"},
	}
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, shop.base+"/order", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return answered(request, http.StatusSeeOther)
}

// answered sends a request and tells of any answer but those that are wanted.
func answered(request *http.Request, wanted ...int) error {
	answer, err := benchClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	for _, code := range wanted {
		if answer.StatusCode == code {
			return err
		}
	}
	return fmt.Errorf("%s: %s", answer.Status, text[:min(len(text), 300)])
}
