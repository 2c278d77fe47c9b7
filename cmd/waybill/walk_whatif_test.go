package main

import (
	"testing"

	"waybill/store/storetest"
)

// TestOwnerAsksWhatIf lets the owner limit a warehouse, see what that would mean for an order, and
// look at an order with its map.
func TestOwnerAsksWhatIf(t *testing.T) {
	s := demoShop(t, storetest.Redis(t).URL())
	b := newChromium(t).person("owner", s.base, 1280, 900)
	b.signIn("olga")
	b.click(`a[href="/service/what-if"]`)
	b.until("the page is there", `location.pathname === "/service/what-if"`)
	ask := func(product, units, at string) {
		b.fill("#f-product-0", product)
		b.fill("#f-quantity-0", units)
		b.fill("#f-city", "Sopot")
		js[bool](b, `(document.getElementById("f-at").value = "`+at+`", true)`)
		b.click("#what-if .primary")
	}
	ask("Wool blanket", "many", "")
	b.shows("#what-if .error-summary", "Order between 1 and 999 units.")
	ask("Wool blanket", "2", "2027-03-02T10:00") // a Tuesday
	b.shows("#decision", "Assembled in Gdańsk, leaves on Tuesday, 2 March, arrives on Wednesday, 3 March, by 18:00.")
	b.shows("#decision .reasons", "2 × Wool blanket from here")
	b.until("the map is drawn", `document.querySelectorAll("#map circle").length === 4 && document.querySelectorAll("#map line").length <= 3`)

	b.open("/admin/warehouses?warehouse=warehouse2")
	b.fill("#f-warehouse-closed", "2027-03-02\n2027-03-03")
	b.click("#warehouse-form .btn")
	b.shows("#warehouse-warehouse2", "and on 2 single days")
	b.open("/service/what-if?product=prod2&quantity=2&city=Sopot&country=PL&at=2027-03-02T10:00")
	b.shows("#decision", "Assembled in Gdańsk, leaves on Thursday, 4 March") // a transfer could not leave sooner either
	b.shows("#decision .reasons", "Closed on Tue 2 Mar.")

	b.open("/service/orders/123")
	b.until("the order has its map", `document.querySelectorAll("#map circle").length === 4`)
	b.click(`a[href^="/service/what-if?"]`)
	b.shows("#decision", "arrives on")
}
