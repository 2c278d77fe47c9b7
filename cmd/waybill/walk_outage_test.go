package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"waybill/store/storetest"
)

// TestAnOutageKeepsWhatWasTyped lets customer service cancel an order while Redis is stopped: the page with
// the typed reason stays and says what to do, one more press does it, and a page that could not be opened
// opens by itself.
func TestAnOutageKeepsWhatWasTyped(t *testing.T) {
	server := storetest.Redis(t)
	s := demoShop(t, server.URL())
	buyer := newReader(t, s.base)
	number := digits(buyer.buys("Wool blanket", "Sopot", "81-704"))
	track := buyer.at.Path
	c := newChromium(t)
	sylwia, customer := c.person("Sylwia", s.base, 1280, 800), c.person("customer", s.base, 360, 740)
	sylwia.signIn("sylwia")
	sylwia.open("/service/orders/" + number)
	sylwia.live()
	sylwia.click("#cancel summary")
	sylwia.fill("#cancel-reason", "she called us")

	server.Stop()
	sylwia.within(4*time.Second, "it says that it lost the connection", dot("reconnecting"))
	sylwia.click("#cancel form .danger")
	sylwia.shows(".toast-text", "What you typed is still here: press again in a moment")
	sylwia.until("the reason is there", `document.querySelector("#cancel-reason").value === "she called us"`)
	customer.open(track)
	customer.shows("#answer", "We have your order")
	customer.shows("#why", "We cannot look up how far it has come just now")

	server.Cont()
	customer.within(6*time.Second, "the page is whole", `document.querySelector("#answer").textContent.includes("Arrives")`)
	sylwia.within(6*time.Second, "live", dot("live"))
	sylwia.click("#cancel form .danger")
	sylwia.shows(".toast-text", "cancelled")
	customer.shows("#answer", "This order is cancelled")

	server.Stop()
	sylwia.within(4*time.Second, "it says that it lost the connection", dot("reconnecting"))
	sylwia.click(`.site-nav a[href="/waiting"]`)
	sylwia.shows("h1", "Back in a moment")
	server.Cont()
	sylwia.within(6*time.Second, "it has opened by itself", `!document.querySelector("[data-looks]") && document.querySelector(".person") && location.pathname === "/waiting"`)
}

// TestACourierConfirmsInAnOutage hands a parcel over while Redis is stopped: the courier presses once, the phone
// keeps it and says so, and it is sent by itself, once, when Redis is back.
func TestACourierConfirmsInAnOutage(t *testing.T) {
	server := storetest.Redis(t)
	s := demoShop(t, server.URL())
	number := readyParcel(t, s.base)
	kuba := newChromium(t).person("Kuba", s.base, 360, 740)
	kuba.signIn("kuba")
	kuba.live()
	kuba.click("#waiting #stop-" + number + " button")
	kuba.until("the parcel is on board", `document.querySelector("#run #stop-`+number+`")`)

	server.Stop()
	kuba.until("it says that it lost the connection", dot("reconnecting"))
	kuba.click("#deliver-" + number + " summary")
	kuba.fill("#by-"+number, "Jan Nowak")
	kuba.click("#deliver-form-" + number + " .primary")
	kuba.shows("#kept-title", "1 confirmation is kept on this phone. It is sent when the shop can be reached.")
	kuba.shows("#stop-"+number, "kept on this phone, will be sent")
	kuba.until("nothing says that it is not done", `!document.querySelector(".toast")`)

	server.Cont()
	kuba.until("it is sent", `document.getElementById("kept").hidden && !document.querySelector("#run #stop-`+number+`")`)
	ctx := t.Context()
	if status, by := server.Client().Get(ctx, "order:"+number+":status").Val(), server.Client().HGet(ctx, "order:"+number, "received_by").Val(); status != "delivered" || by != "Jan Nowak" {
		t.Errorf("the order is %s, taken by %q", status, by)
	}
}

// TestAPageMovesToAnotherNode stops the node that an open page is on, while another one is there: the page is
// live again at once, without a reload, and shows what happened on the other node.
func TestAPageMovesToAnotherNode(t *testing.T) {
	server := storetest.Redis(t)
	environment := map[string]string{"WAYBILL_REDIS": server.URL()}
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	later := port.Addr().String()
	_ = port.Close()
	first := openShop(t, environment, "--demo")
	street := "http://" + storetest.Balancer(t, strings.TrimPrefix(first.base, "http://"), later)

	c := newChromium(t)
	clerk := c.person("clerk", street, 1280, 800)
	clerk.signIn("gosia")
	clerk.live()
	clerk.stays()
	js[bool](clerk, `(window.walkGap = 0, window.walkLost = 0, window.walkMoved = false, new MutationObserver(records => {
		const live = document.getElementById("live-dot").dataset.state === "live", now = performance.now();
		walkMoved ||= records.some(record => record.oldValue !== "live");
		if (walkLost) walkGap = Math.max(walkGap, now - walkLost);
		walkLost = live ? 0 : walkLost || now;
	}).observe(document.getElementById("live-dot"), {attributeFilter: ["data-state"], attributeOldValue: true}), true)`)
	second := openShop(t, map[string]string{"WAYBILL_REDIS": server.URL(), "WAYBILL_DATA_DIR": t.TempDir()}, "--demo", "--addr", later)
	first.close()
	clerk.until("it has moved", `walkMoved && !walkLost`)
	gap := time.Duration(js[float64](clerk, `walkGap`)) * time.Millisecond
	t.Logf("the page was not live for %s", gap)
	if gap > 2*time.Second {
		t.Errorf("the page was not live for %s", gap)
	}
	buyer := newReader(t, second.base)
	number := digits(buyer.buys("Cast-iron pan", "Gdynia", "81-368"))
	clerk.until("the order that the other node took", fmt.Sprintf(`document.getElementById("order-%s")`, number))
	clerk.hasStayed()
}
