package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/store/storetest"
)

// buyers300 counts what 300 buyers were answered in the end.
type buyers300 struct {
	mu                      sync.Mutex
	placed, waiting, refuse int
}

// 300 buyers at once, over HTTP and through two nodes, for 100 units: exactly 100 get one, and 200 are told
// that none is left. Of a product that may be waited for the 200 wait.
func TestThreeHundredBuyers(t *testing.T) {
	environment := map[string]string{"WAYBILL_REDIS": storetest.Redis(t).URL(), "WAYBILL_API_KEY": "secret"}
	nodes := []partner{{t, openShop(t, environment, "--demo").base}, {t, openShop(t, environment, "--demo").base}}
	for _, c := range []struct {
		shelf, product, backorder string
		units                     int // on hand, so that 100 are free
	}{{"warehouse3", "prod7", "deny", 100}, {"warehouse2", "prod6", "allow", 101}} {
		if code, answer, _ := nodes[0].ask("PUT", "/warehouses/"+c.shelf+"/stock/"+c.product, "", fmt.Sprintf(`{"on_hand":%d,"reason":"counted"}`, c.units)); code != http.StatusOK {
			t.Fatalf("count: %d %+v", code, answer)
		}
		order := strings.Replace(benchOrder, `"prod1","quantity":1}]`, fmt.Sprintf(`%q,"quantity":1}],"backorder":%q`, c.product, c.backorder), 1)
		var got buyers300
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range 300 {
			all.Go(func() {
				<-start
				got.buy(t, nodes[i%2], fmt.Sprint(c.product, " ", i), order)
			})
		}
		close(start)
		all.Wait()
		wantWaiting, wantRefused := 0, 200
		if c.backorder == "allow" {
			wantWaiting, wantRefused = 200, 0
		}
		if got.placed != 100 || got.waiting != wantWaiting || got.refuse != wantRefused {
			t.Errorf("%s, backorder %s: %d placed, %d wait, %d refused, of 100 units", c.product, c.backorder, got.placed, got.waiting, got.refuse)
		}
	}
}

// buy orders until there is an answer that stands: who is asked to come back does, and who is told that the
// order is looked at looks again.
func (b *buyers300) buy(t *testing.T, api partner, key, order string) {
	code, answer, _ := api.ask("POST", "/orders", key, order)
	for deadline := time.Now().Add(2 * time.Minute); code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests || answer.Status == "received"; {
		if time.Now().After(deadline) {
			t.Errorf("%s: still %d %v", key, code, answer.Status)
			return
		}
		time.Sleep(200 * time.Millisecond)
		code, answer, _ = api.ask("POST", "/orders", key, order)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case answer.Status == "placed":
		b.placed++
	case answer.Status == "backordered":
		b.waiting++
	case answer.Status == "cancelled", code == http.StatusConflict && len(answer.Shortages) == 1 && answer.Shortages[0].Left == 0:
		b.refuse++
	default:
		t.Errorf("%s: %d %+v", key, code, answer)
	}
}
