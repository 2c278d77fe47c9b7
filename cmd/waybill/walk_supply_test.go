package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"waybill/store/storetest"
)

// TestGoodsToCome is what is not there yet, from the owner's terms to the last order that waited: two
// customers wait, a clerk announces what comes, customer service looks who would get it and decides
// otherwise, and what arrives is scanned, is short, and goes to those who waited.
func TestGoodsToCome(t *testing.T) {
	s := demoShop(t, storetest.Redis(t).URL())
	c := newChromium(t)
	olga, gosia := c.person("owner", s.base, 1280, 900), c.person("clerk", s.base, 1280, 800)
	sylwia, anna := c.person("customer service", s.base, 1280, 800), c.person("customer", s.base, 360, 740)
	olga.signIn("olga")
	gosia.signIn("gosia")
	sylwia.signIn("sylwia")

	// The owner lets customers wait for pans, up to sixty of them.
	olga.open("/admin/products")
	olga.click(`a[href^="/admin/products?product=prod8"]`)
	olga.shows("#change summary", "Change Cast-iron pan")
	js[bool](olga, `(document.getElementById("f-product-terms").value = "backorder", true)`)
	olga.fill("#f-product-cap", "1e3")
	olga.click("#product-form .primary")
	olga.shows("#product-form .error-summary", "whole number of units")
	olga.fill("#f-product-cap", "60")
	olga.click("#product-form .primary")
	olga.shows("#product-prod8", "can be ordered, waits for stock; 60 units at most")

	// Anna wants more than there are, and is told so before she orders.
	anna.open("/")
	anna.fill("#product-prod8 .qty", "40")
	anna.click("#add-prod8 button")
	anna.shows(".toast-text", "Added 40")
	anna.open("/order")
	for _, field := range [][2]string{{"name", "Anna Kowalczyk"}, {"email", "anna@example.com"}, {"line1", "ul. Morska 3"}, {"postal_code", "81-704"}, {"city", "Sopot"}} {
		anna.fill("#f-"+field[0], field[1])
	}
	anna.shows("#dates", "4 of these are waited for, we do not know until when")
	anna.click(`label:has(input[name=backorder][value=allow])`)
	anna.click(".form-foot .primary")
	anna.shows("#answer", "We are waiting for stock")
	anna.live()
	first := digits(js[string](anna, `document.getElementById("order-number").textContent`))
	second := waitsFor(t, s.base, "3")

	// The clerk announces a delivery: Anna's page has the day by itself.
	gosia.click(`.site-nav a[href$="/deliveries"]`)
	gosia.fill("#f-supplier", "Huta Dobra")
	gosia.fill("#f-reference", "HD-1")
	js[bool](gosia, fmt.Sprintf(`(document.getElementById("f-due").value = %q, true)`, time.Now().AddDate(0, 0, 20).Format(time.DateOnly)))
	gosia.fill("#f-goods", "prod77 30")
	gosia.click("#announce .primary")
	gosia.shows("#announce .error-summary", "Line 1: there is no product prod77.")
	js[bool](gosia, `(document.getElementById("f-goods").value = "prod8 30\n5901234100021 2", true)`)
	gosia.click("#announce .primary")
	gosia.shows(`tr[id^="delivery-"]`, "30 × Cast-iron pan, 2 × Wool blanket")
	anna.shows("#answer", "Expected in stock on")

	// Customer service sees who would get what arrives, and lets a hospital have it first.
	sylwia.click(`.site-nav a[href="/waiting"]`)
	sylwia.live()
	sylwia.shows("#waited-prod8", "43")
	sylwia.click("#waited-prod8 a")
	sylwia.fill("#f-arriving", "many")
	sylwia.click(`form[method=get] .primary`)
	sylwia.shows(".field-error", "whole number of units")
	sylwia.fill("#f-arriving", "5")
	sylwia.click(`form[method=get] .primary`)
	sylwia.shows("#order-"+first, "gets all 40 and goes on")
	sylwia.shows("#order-"+second, "1 set aside, 2 missing")
	sylwia.click("#move-" + second + " summary")
	sylwia.fill("#why-"+second, "it is for a hospital")
	sylwia.keys(kb.Escape)
	sylwia.until("it is closed, and the focus back", `!document.getElementById("move-`+second+`").open && document.activeElement === document.querySelector("#move-`+second+` summary")`)
	sylwia.keys(kb.Enter)
	sylwia.until("what was typed is still there", `document.getElementById("move-`+second+`").open && document.getElementById("why-`+second+`").value === "it is for a hospital"`)
	sylwia.click("#move-" + second + " button[value=first]")
	sylwia.until("the hospital has its pans", `!document.getElementById("order-`+second+`")`)
	sylwia.open("/service/orders/" + second)
	sylwia.shows("#story", "It is for a hospital")
	sylwia.shows(".order-title .badge", "being assembled")

	// The goods come: scans in one burst, a number typed, and one pan too few.
	gosia.click(`tr[id^="delivery-"] a`)
	gosia.until("the scan field has the focus", `document.activeElement.id === "scan"`)
	gosia.keys("5901234100083\r5901234100083\rprod2\rjust-a-box\r")
	gosia.until("the scans are counted", `document.getElementById("units-prod8").value === "2" && document.getElementById("units-prod2").value === "1"`)
	gosia.shows(".toast-text", "“just-a-box” is no product")
	gosia.fill("#units-prod8", "29")
	gosia.fill("#units-prod2", "2")
	gosia.click(`#goods button[name=last]`)
	gosia.shows("#goods .error-summary", "Less came than was announced: say why.")
	gosia.fill("#f-reason", "one is cracked")
	gosia.click(`#goods button[name=last]`)
	gosia.shows(".toast-text", "31 units are on the shelf. The delivery is closed.")
	gosia.shows(".story-promise", "Closed")
	anna.shows("#answer", "Arrives ")
	sylwia.open("/waiting")
	sylwia.shows("#live-waiting", "Nobody waits for anything")
}

// waitsFor orders so many pans, and agrees to wait for them.
func waitsFor(t *testing.T, base, units string) (number string) {
	t.Helper()
	r := newReader(t, base)
	r.open("/")
	r.press("Add Cast-iron pan", "quantity", units)
	r.follow("Order")
	r.press("Place order", "name", "Szpital Miejski", "email", "s@example.com", "line1", "ul. Długa 1", "city", "Gdańsk", "postal_code", "80-001", "backorder", "allow")
	r.sees("We are waiting for stock")
	return digits(words(byID(r.page, "order-number")))
}
