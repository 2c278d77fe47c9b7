package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"waybill/store/storetest"
)

// openPair opens two nodes of the demo shop on one Redis, each by a link of its own and with its own disk. cut
// takes Redis away from both, and heal gives it back.
func openPair(t *testing.T) (server *storetest.Server, one, two *shop, cut, heal func()) {
	t.Helper()
	server = storetest.Redis(t)
	link := storetest.Proxy(t, server.Addr())
	open := func(args ...string) *shop {
		return openShop(t, map[string]string{"WAYBILL_REDIS": link.URL(), "WAYBILL_API_KEY": "secret", "WAYBILL_PLACE_WITHIN": "250ms"}, args...)
	}
	one, two = open("--demo"), open()
	for _, s := range []*shop{one, two} {
		await(t, 30*time.Second, "the node has numbers in hand", func() bool { code, _, _ := get(t, browser(t), s.base+"/healthz", nil); return code == 200 })
	}
	return server, one, two, link.Cut, link.Heal
}

// TestAnyNodeKnowsAReceivedOrder: a partner's program and the customer follow and cancel it on a node that has
// not seen it, while Redis is away and until it is placed.
func TestAnyNodeKnowsAReceivedOrder(t *testing.T) {
	server, one, two, cut, heal := openPair(t)
	first, second := partner{t, one.base}, partner{t, two.base}
	cut()
	orders := map[string]shown{}
	for _, key := range []string{"kept", "cancelled by API", "cancelled by page"} {
		code, order, _ := first.place(key, "prod1", 1)
		if code != http.StatusAccepted {
			t.Fatalf("placing: %d %+v", code, order)
		}
		orders[key] = order
	}
	for _, order := range orders {
		if code, now, _ := second.ask("GET", "/orders/"+order.Reference, "", ""); code != 200 || now.Status != "received" || now.Number != order.Number {
			t.Errorf("on the other node, by its reference: %d %+v", code, now)
		}
		if code, now, _ := second.ask("GET", "/orders/"+order.Number, "", ""); code != 503 {
			t.Errorf("on the other node, by its number: %d %+v", code, now)
		}
		if code, now, _ := first.ask("GET", "/orders/"+order.Number, "", ""); code != 200 || now.Status != "received" {
			t.Errorf("on its own node, by its number: %d %+v", code, now)
		}
	}
	if code, now, _ := second.ask("POST", "/orders/"+orders["cancelled by API"].Reference+"/cancel", "", `{"reason":"ordered twice"}`); code != 202 {
		t.Errorf("cancelling on the other node: %d %+v", code, now)
	}
	page := newReader(t, two.base)
	page.open("/track/" + orders["cancelled by page"].Reference)
	page.sees("We have your order")
	page.press("Cancel order")
	page.sees("We have written down that you want to cancel", "You asked us to cancel this order")
	page.open("/track/" + orders["cancelled by page"].Reference)
	page.sees("You asked us to cancel this order") // also who comes back
	heal()
	for key, order := range orders {
		want := "cancelled"
		if key == "kept" {
			want = "placed"
		}
		for _, api := range []partner{first, second} {
			await(t, 30*time.Second, key+" is "+want, func() bool {
				code, now, _ := api.ask("GET", "/orders/"+order.Reference, "", "")
				return code == 200 && now.Status == want && now.Number == order.Number
			})
		}
		if status := server.Client().Get(t.Context(), "order:"+order.Number+":status").Val(); status != want {
			t.Errorf("%s: in Redis it is %q", key, status)
		}
	}
}

// TestOneWishOnTwoNodes: the same form, and the same request of a program, reach two nodes while Redis is
// away. Each promises a number, one order comes of it, and both numbers and both pages lead there.
func TestOneWishOnTwoNodes(t *testing.T) {
	server, one, two, cut, heal := openPair(t)
	first, second := partner{t, one.base}, partner{t, two.base}
	here := newReader(t, one.base)
	here.open("/")
	here.press("Add Enamel mug")
	here.open("/order")
	there := *here // the same form, sent to the other node
	to, err := url.Parse(two.base + "/order")
	if err != nil {
		t.Fatal(err)
	}
	there.at = to
	cut()
	for _, r := range []*reader{here, &there} {
		r.press("Place order", "name", "Anna Kowalska", "email", "anna@example.com", "line1", "Długa 5", "postal_code", "80-001", "city", "Gdańsk")
		r.sees("We have your order", "Enamel mug")
	}
	pages := []string{here.at.Path, there.at.Path}
	_, a, _ := first.place("twice", "prod1", 1)
	_, b, _ := second.place("twice", "prod1", 1)
	if a.Number == b.Number || a.Status != "received" || b.Status != "received" || pages[0] == pages[1] {
		t.Fatalf("two nodes without Redis: %+v %+v %v", a, b, pages)
	}
	before := server.Client().LLen(t.Context(), "placed.orders").Val()
	heal()
	await(t, 30*time.Second, "both wishes have become an order", func() bool { return server.Client().LLen(t.Context(), "placed.orders").Val() == before+2 })
	for _, api := range []partner{first, second} {
		for _, name := range []string{a.Number, b.Number, a.Reference, b.Reference} {
			await(t, 30*time.Second, name+" leads to the order", func() bool {
				code, now, _ := api.ask("GET", "/orders/"+name, "", "")
				return code == 200 && now.Status == "placed" && (now.Number == a.Number || now.Number == b.Number)
			})
		}
	}
	found := map[string]bool{}
	for _, s := range []*shop{one, two} {
		for _, page := range pages {
			r := newReader(t, s.base)
			await(t, 30*time.Second, "the page leads to the order's own", func() bool {
				r.open(page)
				return r.code == 200 && strings.Contains(r.text(), "Arrives")
			})
			found[r.at.Path] = true
		}
	}
	if len(found) != 1 {
		t.Errorf("the pages end at %v: the one of the later number has to lead to the other", found)
	}
	time.Sleep(2 * time.Second) // what would double an order looks every second
	if placed := server.Client().LLen(t.Context(), "placed.orders").Val(); placed != before+2 {
		t.Errorf("%d orders came of two wishes", placed-before)
	}
}
