package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"waybill/store/storetest"
)

// stocks is what lies in the demo's warehouses, and what of it is promised.
func stocks(t *testing.T, server *storetest.Server) map[string]string {
	t.Helper()
	all := map[string]string{}
	for n := 1; n <= 3; n++ {
		for _, key := range []string{"stock", "reserved"} {
			name := fmt.Sprintf("warehouse%d:%s", n, key)
			for product, units := range server.Client().HGetAll(t.Context(), name).Val() {
				if units != "0" {
					all[name+" "+product] = units
				}
			}
		}
	}
	return all
}

// on is the same browser on another node, as behind a balancer.
func (r *reader) on(s *shop) *reader {
	r.t.Helper()
	base, err := url.Parse(s.base)
	if err != nil {
		r.t.Fatal(err)
	}
	other := *r
	other.at = base
	return &other
}

// TestACancellationGoesWithWhoAskedForIt: while Redis is stopped one node has taken orders, and another one is
// asked to cancel them. Whoever has asked reads the same on every node; the node that has the order hears of it
// from them. Each is cancelled once, and nothing of the stock is left promised.
func TestACancellationGoesWithWhoAskedForIt(t *testing.T) {
	server, one, two, _, _ := openPair(t)
	first, second := partner{t, one.base}, partner{t, two.base}
	before := stocks(t, server)
	server.Stop()
	orders := map[string]shown{}
	for _, key := range []string{"by API", "by page", "where it is", "without a word"} {
		code, order, _ := first.place(key, "prod1", 1)
		if code != http.StatusAccepted {
			t.Fatalf("placing: %d %+v", code, order)
		}
		orders[key] = order
	}
	cancelByAPI(t, first, second, orders["by API"])
	cancelByPage(t, one, two, orders["by page"])

	code, ended, _ := first.ask("POST", "/orders/"+orders["where it is"].Number+"/cancel", "", `{}`)
	if code != 200 || ended.Status != "cancelled" {
		t.Errorf("on the node that has it: %d %+v", code, ended)
	}
	if code, now, _ := second.ask("GET", "/orders/"+ended.Reference, "", ""); code != 200 || now.Status != "cancelled" {
		t.Errorf("then on the other one: %d %+v", code, now)
	}
	if code, now, _ := second.ask("POST", "/orders/"+orders["without a word"].Reference+"/cancel", "", `{}`); code != 202 || now.AskedAt == "" {
		t.Errorf("on the node that has none of it: %d %+v", code, now)
	}

	server.Cont()
	for key, order := range orders {
		cancelledOnce(t, server, key, order)
		for _, api := range []partner{first, second} {
			await(t, 30*time.Second, key+" is cancelled, and its link as it was", func() bool {
				code, now, _ := api.ask("GET", "/orders/"+order.Reference, "", "")
				return code == 200 && now.Status == "cancelled" && now.Reference == order.Reference && now.AskedAt == ""
			})
		}
	}
	time.Sleep(2 * time.Second) // what would cancel once more looks every second
	for key, order := range orders {
		cancelledOnce(t, server, key, order)
	}
	if after := stocks(t, server); !maps.Equal(before, after) {
		t.Errorf("the stock was %v and is %v", before, after)
	}
}

// cancelByAPI has a program cancel on the node that does not have its order, and go on with the reference that it
// is answered.
func cancelByAPI(t *testing.T, holder, other partner, order shown) {
	t.Helper()
	code, asked, _ := other.ask("POST", "/orders/"+order.Reference+"/cancel", "", `{"reason":"ordered twice"}`)
	if code != http.StatusAccepted || asked.Status != "received" || asked.AskedAt == "" || asked.Reference == order.Reference {
		t.Fatalf("cancelling: %d %+v", code, asked)
	}
	if code, now, _ := other.ask("GET", "/orders/"+asked.Reference, "", ""); code != 200 || now.AskedAt == "" || now.Reference != asked.Reference {
		t.Errorf("where it was asked: %d %+v", code, now)
	}
	for _, reference := range []string{order.Reference, order.Reference + ".forged"} {
		if code, now, _ := holder.ask("GET", "/orders/"+reference, "", ""); code != 200 || now.Status != "received" || now.AskedAt != "" || now.Reference != order.Reference {
			t.Errorf("where it is, by %s: %d %+v", reference, code, now)
		}
	}
	code, ended, _ := holder.ask("GET", "/orders/"+asked.Reference, "", "")
	if code != 200 || ended.Status != "cancelled" {
		t.Errorf("where it is, by the new reference: %d %+v", code, ended)
	}
	for _, api := range []partner{holder, other} {
		if code, now, _ := api.ask("GET", "/orders/"+ended.Reference, "", ""); code != 200 || now.Status != "cancelled" || now.Number != order.Number {
			t.Errorf("by the reference after that: %d %+v", code, now)
		}
	}
}

// cancelByPage has a customer cancel on the node that does not have the order, and go from node to node.
func cancelByPage(t *testing.T, holder, other *shop, order shown) {
	t.Helper()
	link := "/track/" + order.Reference
	page := newReader(t, other.base)
	page.open(link)
	page.press("Cancel order", "reason", "changed my mind")
	page.sees("We have written down that you want to cancel", "Cancellation noted at")
	noted := page.at.Path
	asks := func(r *reader) bool { return r.button("Cancel order") != nil }
	if noted == link || asks(page) {
		t.Errorf("at %s, asked again: %v", noted, asks(page))
	}
	page.open(link)
	page.sees("Cancellation noted at")

	stranger := newReader(t, holder.base) // another browser, that was told nothing
	stranger.open(link)
	if stranger.sees("We have your order"); !asks(stranger) {
		t.Error("who was told nothing cannot cancel")
	}
	there := page.on(holder)
	there.open(link) // its browser knows, though the address does not
	there.sees("This order is cancelled")
	for _, s := range []*shop{other, holder} {
		for _, path := range []string{link, there.at.Path} {
			now := page.on(s)
			if now.open(path); asks(now) {
				t.Errorf("%s: asked again", now.at)
			}
			now.sees("This order is cancelled", "Nothing will be sent")
		}
	}
	stranger.open(link)
	stranger.sees("This order is cancelled")
}

// cancelledOnce waits until Redis has an order as cancelled, and looks that it came to that once.
func cancelledOnce(t *testing.T, server *storetest.Server, key string, order shown) {
	t.Helper()
	ctx, name := t.Context(), "order:"+order.Number
	await(t, 30*time.Second, key+" is cancelled", func() bool { return server.Client().Get(ctx, name+":status").Val() == "cancelled" })
	times := 0
	for _, event := range server.Client().LRange(ctx, name+":history", 0, -1).Val() {
		if strings.Contains(event, `"type":"cancelled"`) {
			times++
		}
	}
	if times != 1 {
		t.Errorf("%s: cancelled %d times: %v", key, times, server.Client().LRange(ctx, name+":history", 0, -1).Val())
	}
}
