package main

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/store/storetest"
)

const (
	flooders  = 500 // ask for the shop's page at the same time, again and again
	flood     = 3 * time.Second
	buyers    = 6
	heapAbove = 64 << 20 // bytes that may be in use after a flood beyond those before it
)

// TestAFloodLetsOrdersThrough drowns the shop in visitors while customers order: every visitor gets the page
// or is asked to come back, every order is taken, and when the flood is over nothing of it is left. No order is
// sent away for want of room; one that a slow disk could not write down in time is sent again, and is one order.
func TestAFloodLetsOrdersThrough(t *testing.T) {
	s := openShop(t, map[string]string{"WAYBILL_REDIS": storetest.Redis(t).URL(), "WAYBILL_API_KEY": "secret"}, "--demo")
	visitors := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: flooders}}
	customers := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: buyers}}
	if code, _ := place(t, customers, s.base, "first"); code != http.StatusCreated && code != http.StatusAccepted {
		t.Fatalf("in peace: %d", code)
	}
	customers.CloseIdleConnections()
	goroutines, heap := runtime.NumGoroutine(), inUse()

	var shown, turned, placed, again, crowded atomic.Int64
	var longest atomic.Int64
	over := make(chan struct{})
	var all sync.WaitGroup
	for range flooders {
		all.Go(func() {
			for !closed(over) {
				response, err := visitors.Get(s.base + "/")
				if err != nil {
					t.Errorf("no answer: %v", err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				switch {
				case response.StatusCode == http.StatusOK:
					shown.Add(1)
				case response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") != "":
					turned.Add(1)
				default:
					t.Errorf("a visitor got %d", response.StatusCode)
				}
			}
		})
	}
	for b := range buyers {
		all.Go(func() {
			for i := 0; !closed(over); i++ {
				began := time.Now()
				code := 0
				for try := 0; try < 20 && code != http.StatusOK && code != http.StatusCreated && code != http.StatusAccepted; try++ {
					if code == http.StatusServiceUnavailable { // as it says: again in a second
						again.Add(1)
						time.Sleep(time.Second)
					}
					var answer string
					if code, answer = place(t, customers, s.base, fmt.Sprintf("flood-%d-%d", b, i)); strings.Contains(answer, "Very many people") {
						crowded.Add(1)
					}
				}
				if code != http.StatusCreated && code != http.StatusAccepted && code != http.StatusOK {
					t.Errorf("an order was not taken: %d", code)
				}
				longest.Store(max(longest.Load(), int64(time.Since(began))))
				placed.Add(1)
			}
		})
	}
	time.Sleep(flood)
	close(over)
	all.Wait()
	visitors.CloseIdleConnections()
	customers.CloseIdleConnections()
	t.Logf("%d visitors saw the shop, %d were asked to come back; %d orders were taken, %d of them not at once, the slowest in %s", shown.Load(), turned.Load(), placed.Load(), again.Load(), time.Duration(longest.Load()).Round(time.Millisecond))
	if n := crowded.Load(); n > 0 {
		t.Errorf("%d times there was no room for an order: orders do not come first", n)
	}
	if shown.Load() == 0 || turned.Load() == 0 || placed.Load() < buyers {
		t.Error("this was no flood, or it drowned the shop")
	}
	await(t, 20*time.Second, fmt.Sprintf("the goroutines are gone (%d before)", goroutines), func() bool { return runtime.NumGoroutine() <= goroutines+50 })
	await(t, 20*time.Second, "the memory is free again", func() bool { return inUse() < heap+heapAbove })
}

// place orders one mug and gives the answer.
func place(t *testing.T, client *http.Client, base, key string) (code int, answer string) {
	order := `{"recipient":{"name":"Anna","email":"a@example.com","address":{"line1":"Rynek 1","city":"Kraków","postal_code":"31-042","country":"PL"}},"lines":[{"product":"prod1","quantity":1}],"backorder":"allow"}`
	request, err := http.NewRequest(http.MethodPost, base+"/api/v1/orders", strings.NewReader(order))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	request.Header.Set("Authorization", "Bearer secret")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	response, err := client.Do(request)
	if err != nil {
		t.Errorf("no answer to an order: %v", err)
		return 0, ""
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if response.StatusCode == http.StatusConflict { // the last mug is sold
		return http.StatusCreated, string(body)
	}
	return response.StatusCode, string(body)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// inUse is how many bytes are in use once what is not has been given back.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
