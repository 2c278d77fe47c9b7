package main

import "testing"

// TestLanes walks what happens between warehouses, each in a browser of their own: a lane sent by one
// press and taken back, a refusal that the customer reads first, a box that arrives with less in it, and
// a shelf that is filled when it runs low.
func TestLanes(t *testing.T) {
	s := demoShop(t, inMemory)
	c := newChromium(t)
	wanda, gosia := c.person("clerk in Warszawa", s.base, 1280, 800), c.person("clerk in Gdańsk", s.base, 1280, 800)
	olga, anna := c.person("owner", s.base, 1280, 900), c.person("customer", s.base, 360, 740)
	var number, track string
	for range 2 {
		number, track = buysFromTwo(t, s.base)
	}
	plain := digits(number)
	wanda.signIn("wanda")
	gosia.signIn("gosia")
	olga.signIn("olga")
	olga.open("/warehouses")
	anna.open(track)
	for _, b := range []*tab{wanda, gosia, olga, anna} {
		b.live()
	}

	wanda.shows("#lane-warehouse2 .lane-all button", "Send 3 units to Gdańsk for 3 orders")
	wanda.click("#lane-warehouse2 .lane-all button")
	wanda.shows(".toast", "3 units on the way to Gdańsk.")
	olga.shows("#in-transit .count", "3")
	gosia.until("all of it can be received", `document.querySelectorAll("#to-receive form").length === 3`)
	wanda.shows("#transit-title .count", "3")
	wanda.click(".toast button")
	olga.shows("#in-transit .count", "0")
	wanda.shows("#lane-warehouse2 .lane-all button", "Send 3 units to Gdańsk for 3 orders")

	// Wanda refuses the last order's mug; Warszawa alone has any, and is not asked again. She takes it back,
	// and thinks better of that too.
	refuse := func() {
		wanda.click(`#to-send li[id*="` + plain + `-"] a`)
		wanda.until("the form", `document.querySelector("#short-form")`)
		js[bool](wanda, `(document.querySelector("#f-reason").value = "kept", true)`)
		wanda.click(`#short-form button[name="none"]`)
		wanda.shows(".toast", "Order "+number+" waits for stock.")
		anna.shows("#answer", "Later than we said: we wait for stock")
		anna.shows("#why", "Enamel mug cannot leave Warszawa at the moment.")
	}
	refuse()
	wanda.click(".toast button")
	wanda.shows(".toast", "Warszawa is asked once more for 1 × Enamel mug.")
	wanda.shows("#lane-warehouse2 .lane-all button", "Send 3 units to Gdańsk for 3 orders")
	anna.shows("#answer", "Arrives")
	refuse()

	wanda.click("#lane-warehouse2 .lane-all button")
	wanda.shows(".toast", "2 units on the way to Gdańsk.")

	// What arrives damaged is asked for again.
	gosia.click(`#to-receive li[data-state="sent"]:has(form) a`)
	gosia.until("the form", `document.querySelector("#short-form")`)
	gosia.fill(`[name^="sent:"]`, "0")
	gosia.fill(`[name^="damaged:"]`, "1")
	gosia.fill("#f-note", "wet")
	gosia.click("#short-form .primary")
	gosia.shows(".toast", "Nothing from Warszawa is here in good order.")

	// A threshold, and one press that fills the shelf.
	gosia.open("/warehouses/warehouse2/stock/prod1")
	gosia.click("#threshold summary")
	gosia.fill("#f-threshold", "10")
	gosia.click("#threshold-form button")
	gosia.shows(".toast", "Enamel mug runs low in Gdańsk below 10 units.")
	olga.shows("#running-low", "Ask Warszawa for 20")
	olga.click("#running-low form button")
	olga.shows(".toast", "Warszawa is asked for 20 units for the shelf in Gdańsk.")
	olga.shows("#running-low", "Enough is coming.")
	wanda.shows("#lane-warehouse2", "for the shelf")
	gosia.open("/warehouses/warehouse2")
	gosia.click(`#to-receive form[action$="/unask"] button`)
	olga.shows("#running-low", "Ask Warszawa for 20")

	// The order that waits for what was refused says so in the queue, and how to go on.
	olga.open("/waiting/prod1")
	olga.shows("#order-"+plain, "could not send it to this order")
	olga.click("#order-" + plain + ` form[action$="/again"] button`)
	olga.shows(".toast", "is asked once more for order "+number)
	anna.shows("#answer", "Arrives")
}

// buysFromTwo orders a coffee grinder, which lies in Gdańsk, and a mug from Warszawa, for an address in
// Gdańsk.
func buysFromTwo(t *testing.T, base string) (number, track string) {
	t.Helper()
	r := newReader(t, base)
	r.open("/")
	r.press("Add Coffee grinder")
	r.press("Add Enamel mug")
	r.follow("Order")
	r.press("Place order", "name", "Anna Nowak", "email", "anna@example.com", "line1", "ul. Długa 1", "city", "Gdańsk", "postal_code", "80-001")
	return words(first(all(r.page, withClass("answer-number")))), r.at.Path
}
