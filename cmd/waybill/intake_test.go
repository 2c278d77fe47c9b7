package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
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
	Number string `json:"number"`
	Status any    `json:"status"` // of a problem it is a number
	Link   string `json:"tracking_url"`

	Reference string `json:"reference"`
	AskedAt   string `json:"cancel_asked_at"`

	Detail string `json:"detail"`

	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
	Shortages []struct {
		Left int `json:"left"`
	} `json:"shortages"`
	History []struct {
		Type string `json:"type"`
	} `json:"history"`
}

// faults are the places that a problem names, with its words for each.
func (s shown) faults() map[string]string {
	faults := map[string]string{}
	for _, e := range s.Errors {
		faults[e.Location] = e.Message
	}
	return faults
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
		if longest := took[len(took)-1]; longest > 5*time.Second { // half a second is for the bench, on a machine that has nothing else to do
			t.Errorf("%s: somebody waited %s", fault.name, longest)
		}
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

// received places orders while Redis is killed, and ends the shop.
func received(t *testing.T, environment map[string]string, server *storetest.Server) []shown {
	t.Helper()
	s := openShop(t, environment, "--demo")
	api := partner{t, s.base}
	server.Kill()
	var orders []shown
	for n := range 3 {
		code, order, _ := api.place(fmt.Sprint("order ", n), "prod1", 1)
		if code != http.StatusAccepted {
			t.Fatalf("answered %d %+v", code, order)
		}
		orders = append(orders, order)
	}
	s.close()
	return orders
}

func openServer(t *testing.T) (*storetest.Server, map[string]string) {
	t.Helper()
	server := storetest.Redis(t)
	return server, map[string]string{
		"WAYBILL_REDIS": server.URL(), "WAYBILL_API_KEY": "secret", "WAYBILL_PLACE_WITHIN": "250ms", "WAYBILL_DATA_DIR": t.TempDir(),
	}
}

// TestAnEmptyRedisIsFilledOnlyWhenAsked: what was promised stays on the disk, and orders go on being taken.
// With --restore the shop is put back as far as the node knows it, and the orders as soon as there is stock.
func TestAnEmptyRedisIsFilledOnlyWhenAsked(t *testing.T) {
	server, environment := openServer(t)
	orders := received(t, environment, server)
	empty := storetest.Redis(t)
	environment["WAYBILL_REDIS"] = empty.URL()

	s := openShop(t, environment, "--demo")
	api := partner{t, s.base}
	if !strings.Contains(s.greeting, "Redis is empty") {
		t.Errorf("the greeting says nothing of it:\n%s", s.greeting)
	}
	if code, body, _ := get(t, http.DefaultClient, s.base+"/readyz", nil); code != 200 || !strings.Contains(body, "not as this node knows it") {
		t.Errorf("/readyz says %d %q", code, body)
	}
	code, order, _ := api.place("one more", "prod1", 1)
	if code != http.StatusAccepted || order.Status != "received" {
		t.Errorf("placing: %d %+v", code, order)
	}
	orders = append(orders, order)
	time.Sleep(1500 * time.Millisecond) // the replayer looks every second
	if keys := empty.Client().Keys(t.Context(), "order:*").Val(); len(keys) > 0 {
		t.Errorf("in the empty Redis there is %v", keys)
	}
	s.close()

	s = openShop(t, environment, "--restore")
	api = partner{t, s.base}
	time.Sleep(1500 * time.Millisecond)
	for _, order := range orders {
		if code, now, _ := api.ask("GET", "/orders/"+order.Number, "", ""); code != 200 || now.Status != "received" {
			t.Errorf("without stock: %d %+v", code, now)
		}
	}
	if code, answer, _ := api.ask("PUT", "/warehouses/warehouse1/stock/prod1", "", `{"on_hand":9,"reason":"counted"}`); code != 200 {
		t.Fatalf("booking stock: %d %+v", code, answer)
	}
	placedAll(t, api, orders)
}

// placedAll waits until orders are placed, and opens their pages.
func placedAll(t *testing.T, api partner, orders []shown) {
	t.Helper()
	for _, order := range orders {
		await(t, 30*time.Second, "order "+order.Number+" is placed", func() bool {
			code, now, _ := api.ask("GET", "/orders/"+order.Number, "", "")
			return code == 200 && now.Status == "placed"
		})
		_, path, _ := strings.Cut(order.Link, "/track/")
		if code, body, _ := get(t, browser(t), api.base+"/track/"+path, nil); code != 200 || !strings.Contains(body, "Arrives") {
			t.Errorf("the page of order %s: %d", order.Number, code)
		}
	}
}

// TestAnotherShopsRedis is refused; with --restore it gets what was promised and not made yet.
func TestAnotherShopsRedis(t *testing.T) {
	server, environment := openServer(t)
	orders := received(t, environment, server)
	other, theirs := openServer(t)
	openShop(t, theirs, "--demo").close()
	environment["WAYBILL_REDIS"] = other.URL()
	args := []string{"serve", "--addr", "127.0.0.1:0"}
	if err := run(t.Context(), args, func(name string) string { return environment[name] }, io.Discard); err == nil || !strings.Contains(err.Error(), "another shop") {
		t.Errorf("another shop's: %v", err)
	}
	s := openShop(t, environment, "--restore")
	api := partner{t, s.base}
	for _, order := range orders {
		_, path, _ := strings.Cut(order.Link, "/track/")
		await(t, 30*time.Second, "order "+order.Number+" is placed", func() bool {
			code, body, _ := get(t, browser(t), api.base+"/track/"+path, nil)
			return code == 200 && strings.Contains(body, "Arrives")
		})
	}
}

// TestACustomerOrdersWithoutRedis, by the form: the answer leads to a page that says what is known and what
// comes next, the order can be cancelled there, and the page of one that was kept becomes whole.
func TestACustomerOrdersWithoutRedis(t *testing.T) {
	server, _, s, api := intakeShop(t)
	orders := map[string]*reader{}
	for _, name := range []string{"kept", "cancelled"} {
		r := newReader(t, s.base)
		r.open("/")
		r.press("Add Enamel mug")
		r.open("/order")
		orders[name] = r
	}
	server.Stop()
	form := []string{"name", "Anna Kowalska", "email", "anna@example.com", "line1", "Długa 5", "postal_code", "80-001", "city", "Gdańsk"}
	for name, r := range orders {
		began := time.Now()
		r.press("Place order", form...)
		took := time.Since(began)
		t.Logf("%s: placed in %s, page included", name, took)
		r.sees("Your order is safely written down", "We have your order", "As soon as we can, we set your products aside", "Enamel mug", "Anna Kowalska", "Długa 5")
	}
	orders["cancelled"].press("Cancel order")
	orders["cancelled"].sees("Your order is cancelled", "This order is cancelled")
	server.Cont()
	for name, want := range map[string]string{"kept": "Arrives", "cancelled": "This order is cancelled"} {
		r := orders[name]
		number := digits(words(byID(r.page, "order-number")))
		await(t, 30*time.Second, "the order is in Redis", func() bool {
			return server.Client().Exists(t.Context(), "order:"+number).Val() == 1
		})
		r.open(r.at.Path)
		r.sees(want)
		if code, order, _ := api.ask("GET", "/orders/"+number, "", ""); code != 200 || len(order.History) < 2 || order.History[0].Type != "received" {
			t.Errorf("%s: %d %+v", name, code, order)
		}
	}
}

// TestAPartnerCancelsWithoutRedis: a received order is cancelled by the API before it ever was in Redis.
func TestAPartnerCancelsWithoutRedis(t *testing.T) {
	server, link, _, api := intakeShop(t)
	link.Cut()
	_, order, _ := api.place("unwanted", "prod1", 1)
	for range 2 {
		if code, now, _ := api.ask("POST", "/orders/"+order.Number+"/cancel", "", `{"reason":"ordered twice"}`); code != 200 || now.Status != "cancelled" {
			t.Errorf("cancelling: %d %+v", code, now)
		}
	}
	if code, again, _ := api.place("unwanted", "prod1", 1); again.Number != order.Number || again.Status != "cancelled" {
		t.Errorf("the same key: %d %+v", code, again)
	}
	link.Heal()
	await(t, 30*time.Second, "it is made as cancelled", func() bool {
		return server.Client().Get(t.Context(), "order:"+order.Number+":status").Val() == "cancelled"
	})
	if n := server.Client().HLen(t.Context(), "warehouse1:reservation:"+order.Number).Val(); n > 1 {
		t.Error("it holds stock")
	}
}

// TestABrokenJournalIsToldAtTheStart: promises may be in it, so nothing is done before a person has looked.
func TestABrokenJournalIsToldAtTheStart(t *testing.T) {
	_, environment := openServer(t)
	openShop(t, environment, "--demo").close()
	path := filepath.Join(environment["WAYBILL_DATA_DIR"], "journal.db")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file[:len(file)/8], 0o600); err != nil {
		t.Fatal(err)
	}
	err = run(t.Context(), []string{"serve", "--addr", "127.0.0.1:0"}, func(name string) string { return environment[name] }, io.Discard)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "promised to customers") {
		t.Errorf("%v", err)
	}
}
