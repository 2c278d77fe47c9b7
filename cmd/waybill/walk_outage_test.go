package main

import (
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
