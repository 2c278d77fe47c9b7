package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/store/storetest"
)

// partner talks to the API as a program does.
type partner struct {
	t    testing.TB
	base string
}

// shown is an order as the API shows it.
type shown struct {
	Number  string `json:"number"`
	Status  any    `json:"status"` // of a problem it is a number
	Link    string `json:"tracking_url"`
	Detail  string `json:"detail"`
	History []struct {
		Type string `json:"type"`
	} `json:"history"`
}

func (p partner) ask(method, path, key, body string) (int, shown, time.Duration) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.base+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer secret")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	began := time.Now()
	answer, err := benchClient.Do(request)
	if err != nil {
		p.t.Error(err)
		return 0, shown{}, 0
	}
	took := time.Since(began)
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	var order shown
	if err := json.Unmarshal(text, &order); err != nil {
		p.t.Errorf("%s %s: %d %s", method, path, answer.StatusCode, text)
	}
	return answer.StatusCode, order, took
}

func (p partner) place(key, product string, units int) (int, shown, time.Duration) {
	p.t.Helper()
	return p.ask("POST", "/orders", key, strings.Replace(benchOrder, `"prod1","quantity":1`, fmt.Sprintf(`%q,"quantity":%d`, product, units), 1))
}

// intakeShop opens the demo over a link that can be hurt, with the time that Redis has as customers have it.
func intakeShop(t *testing.T) (*storetest.Server, *storetest.Link, *shop, partner) {
	server := storetest.Redis(t)
	link := storetest.Proxy(t, server.Addr())
	s := openShop(t, map[string]string{"WAYBILL_REDIS": link.URL(), "WAYBILL_API_KEY": "secret", "WAYBILL_PLACE_WITHIN": "250ms"}, "--demo")
	return server, link, s, partner{t, s.base}
}

// TestOrdersAreTakenWithoutRedis hurts Redis in each way that there is. Orders go on being taken in time, with
// a number and a link; once it is over they are placed, each once, under the number that was told.
func TestOrdersAreTakenWithoutRedis(t *testing.T) {
	server, link, _, api := intakeShop(t)
	api.ask("PUT", "/warehouses/warehouse1/stock/prod1", "", `{"on_hand":1000,"reason":"delivery"}`)
	if code, order, _ := api.place("before", "prod1", 1); code != http.StatusCreated || order.Status != "placed" {
		t.Fatalf("before: %d %+v", code, order)
	}
	faults := []struct {
		name      string
		hurt, end func()
	}{
		{"stopped", server.Stop, server.Cont},
		{"refused", link.Cut, link.Heal},
		{"a black hole", link.Hold, link.Heal},
		{"slow", func() { link.Slow(700 * time.Millisecond) }, link.Heal},
		{"killed", server.Kill, server.Restart},
	}
	for _, fault := range faults {
		fault.hurt()
		const customers, orders = 8, 5
		var mu sync.Mutex
		var all []shown
		var took []time.Duration
		var placing sync.WaitGroup
		for c := range customers {
			placing.Go(func() {
				for n := range orders {
					code, order, time := api.place(fmt.Sprintf("%s %d %d", fault.name, c, n), "prod1", 1)
					mu.Lock()
					took = append(took, time)
					all = append(all, order)
					mu.Unlock()
					if code != http.StatusAccepted || order.Status != "received" || order.Link == "" {
						t.Errorf("%s: answered %d %+v", fault.name, code, order)
					}
				}
			})
		}
		placing.Wait()
		slices.Sort(took)
		t.Logf("%s: median %s, longest %s", fault.name, took[len(took)/2], took[len(took)-1])
		fault.end()
		for _, order := range all {
			await(t, 30*time.Second, fault.name+": order "+order.Number+" is placed", func() bool {
				code, now, _ := api.ask("GET", "/orders/"+order.Number, "", "")
				return code == 200 && now.Status == "placed"
			})
		}
		numbers := map[string]bool{}
		for _, order := range all {
			numbers[order.Number] = true
		}
		if n := len(numbers); n != customers*orders {
			t.Errorf("%s: %d numbers for %d orders", fault.name, n, customers*orders)
		}
	}
}
