package main

import (
	"strings"
	"testing"
	"time"
)

// TestWalkWithoutScripts goes from order to doorstep with links and forms only, and makes the
// slips that people make.
func TestWalkWithoutScripts(t *testing.T) {
	s := demoShop(t, inMemory)
	buyer := newReader(t, s.base)
	number, track := orderByForms(t, buyer)

	warszawa := entered(t, s.base, "Clerk in Warszawa")
	warszawa.sees("2 × Enamel mug", "for order "+number)
	warszawa.press("Send 2 units to Gdańsk: 2 × Enamel mug")
	if warszawa.sent != 303 {
		t.Errorf("sending answered %d", warszawa.sent)
	}
	warszawa.press("Undo")
	warszawa.press("Send 2 units to Gdańsk: 2 × Enamel mug")
	buyer.open(track)
	buyer.sees("2 × Enamel mug left Warszawa for Gdańsk")

	packByForms(t, s.base, number)
	buyer.open(track)
	buyer.sees("Packed and ready", "ready")

	kuba := entered(t, s.base, "Courier")
	kuba.press("Pick up order " + number)
	kuba.sees("Order "+number+" is with you now.", "ul. Morska 3", "+48585550123")
	kuba.press("Handed over", "received_by", "  ")
	if kuba.sent != 422 {
		t.Errorf("delivered to nobody: %d", kuba.sent)
	}
	kuba.sees("Say who took the parcel.")
	kuba.press("Handed over", "received_by", "Jan Nowak")
	kuba.sees("Order " + number + " is delivered.")
	buyer.open(track)
	buyer.sees("delivered")

	desk := entered(t, s.base, "Customer service")
	desk.submit(formOf(byID(desk.page, "q")), nil, "q", number)
	desk.sees("Order "+number, "Jan Nowak", "Kuba", "Why this warehouse")
	desk.open("/service?q=4711")
	desk.sees("There is no order 4 711.")
}

// orderByForms buys from two warehouses, with every slip in between; nothing typed is lost.
func orderByForms(t *testing.T, r *reader) (number, track string) {
	t.Helper()
	r.open("/order")
	r.sees("Your basket is empty")
	r.open("/")
	r.press("Add Enamel mug", "quantity", "1.5")
	if r.sent != 422 || r.value("add-prod1") != "1.5" && !strings.Contains(r.text(), "Type a number from 1 to 999.") {
		t.Errorf("one and a half mugs: %d\n%s", r.sent, r.text())
	}
	r.press("Add Enamel mug", "quantity", "2")
	r.press("Add Coffee grinder")
	if r.sent != 303 {
		t.Errorf("adding answered %d", r.sent)
	}
	r.follow("Order")
	r.sees("about ")
	r.press("Show dates", "city", "Sopot", "postal_code", "81-704", "name", "Anna <b> Kowalczyk")
	if strings.Contains(words(byID(r.page, "dates")), "about ") || r.value("f-name") != "Anna <b> Kowalczyk" {
		t.Errorf("dates for Sopot, with the name %q:\n%s", r.value("f-name"), r.text())
	}
	r.press("Place order", "email", "nobody at home", "phone", "12", "speed", "express")
	if r.sent != 422 {
		t.Errorf("a wrong form: %d", r.sent)
	}
	for _, field := range []string{"email", "phone", "line1"} {
		if byID(r.page, "f-"+field+"-error") == nil {
			t.Errorf("no message at %s", field)
		}
	}
	for id, typed := range map[string]string{"f-email": "nobody at home", "f-phone": "12", "f-city": "Sopot", "f-name": "Anna <b> Kowalczyk"} {
		if r.value(id) != typed {
			t.Errorf("%s holds %q, not %q", id, r.value(id), typed)
		}
	}
	if !has(byID(r.page, "speed-express"), "checked") {
		t.Error("the speed is forgotten")
	}
	r.press("Place order", "name", "Anna Kowalczyk", "email", "anna@example.com", "phone", "+48 58 555 01 23", "line1", "ul. Morska 3")
	if r.sent != 303 || !strings.HasPrefix(r.at.Path, "/track/") {
		t.Fatalf("ordering answered %d at %s:\n%s", r.sent, r.at, r.text())
	}
	r.sees("Arrives", "2 × Enamel mug", "Still to come from Warszawa to Gdańsk")
	return words(byID(r.page, "order-number")), r.at.Path
}

// packByForms receives what comes, packs it and marks it ready.
func packByForms(t *testing.T, base, number string) {
	t.Helper()
	g := entered(t, base, "Clerk in Gdańsk")
	if ready := g.button("Mark ready: order " + number); !has(ready, "disabled") {
		t.Error("an empty box can be marked ready")
	}
	g.press("Receive 2 units: 2 × Enamel mug from Warszawa")
	scan := func(code string) {
		t.Helper()
		g.submit(byID(g.page, "scan-form"), nil, "code", code)
	}
	scan("no such thing")
	g.sees("“no such thing” is no product")
	scan("5901234100014")
	g.sees("Enamel mug: 1 of 2 in the box of order " + number)
	g.press("Undo")
	scan("PROD1")
	scan("prod1")
	scan("prod6")
	g.sees("All is packed: mark it ready.", "3 of 3 packed")
	g.press("Mark ready: order " + number)
	g.sees("Order " + number + " is ready.")
	g.press("Undo")
	g.press("Mark ready: order " + number)

	g.follow("Stock")
	g.follow("Cast-iron pan")
	g.press("Book the count", "units", "many")
	if g.sent != 422 || g.value("f-count-units") != "many" {
		t.Errorf("a count of many: %d, %q", g.sent, g.value("f-count-units"))
	}
	g.press("Book the count", "units", "35")
	if figures := words(byID(g.page, "figures")); g.sent != 303 || !strings.Contains(figures, "35") {
		t.Errorf("a count of 35: %d, %q", g.sent, figures)
	}
	g.open("/warehouses/warehouse2")
	g.press("Say it", "product", "prod8", "kind", "available", "warehouse", "warehouse2")
	await(t, 3*time.Second, "the sentence is heard, kept and shown to who reloads", func() bool {
		g.open("/warehouses/warehouse2")
		return strings.Contains(words(g.page), "prod8 available in warehouse2")
	})
}
