package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"waybill/store/storetest"
)

// TestCustomerServiceHelps changes an order for its customer, who sees it by itself, cancels it, and takes
// a delivered one back; the owner looks on.
func TestCustomerServiceHelps(t *testing.T) {
	s := demoShop(t, storetest.Redis(t).URL())
	reader := newReader(t, s.base)
	number := digits(reader.buys("Cast-iron pan", "Gdynia", "81-368"))
	c := newChromium(t)
	sylwia, olga, buyer := c.person("customer service", s.base, 1280, 800), c.person("owner", s.base, 360, 740), c.person("buyer", s.base, 360, 740)
	sylwia.signIn("sylwia")
	olga.signIn("olga")
	buyer.open(reader.at.Path)
	buyer.live()

	sylwia.fill("#q", "4711")
	sylwia.keys("\r")
	sylwia.shows("#q-problem", "There is no order 4 711.")
	sylwia.fill("#q", "order:"+number)
	sylwia.keys("\r")
	sylwia.until("the order's story", `document.getElementById("story-title")`)
	sylwia.live()
	sylwia.shows(".order-side address, .order-side", "Poland")
	sylwia.click(`#acts a[href$="/change"]`)
	sylwia.fill("#f-city", "Kraków")
	sylwia.fill("#f-postal_code", "31-019")
	sylwia.fill("#q-prod8", "500")
	sylwia.keys("\t")
	sylwia.shows("#dates", "too little left")
	sylwia.fill("#q-prod8", "2")
	sylwia.keys("\t")
	note := `document.getElementById("speed-express").closest("label").querySelector(".choice-note").textContent`
	sylwia.until("the date for Kraków", `/^\w+, \d+ \w+$/.test(`+note+`)`)
	said := js[string](sylwia, note)
	sylwia.click(`label:has(#speed-express)`)
	sylwia.click(".form-foot .primary")
	sylwia.shows(".toast-text", "The order is changed. It arrives "+said+".")
	buyer.shows("#live-track", "2 × Cast-iron pan")
	buyer.shows("#answer", "Arrives "+said)

	olga.open("/service/orders/" + number)
	olga.live()
	if olga.is(`document.querySelector("#acts")`) {
		t.Error("the owner may change an order")
	}
	sylwia.click("#cancel summary")
	sylwia.fill("#cancel-reason", "ordered twice")
	sylwia.click("#cancel .danger")
	buyer.shows("#answer", "This order is cancelled")
	olga.shows(".order-title .badge", "cancelled")

	number = readyParcel(t, s.base)
	kuba := entered(t, s.base, "Courier")
	kuba.press("Pick up")
	kuba.press("Handed over", "received_by", "Maria Nowak")
	sylwia.open("/service/orders/" + number)
	sylwia.live()
	sylwia.shows(".story-promise", "Taken by Maria Nowak.")
	sylwia.click("#return summary")
	sylwia.fill("#return-reason", "does not like it")
	sylwia.click("#return .btn")
	sylwia.shows(".order-title .badge", "returned")
	sylwia.shows("#story", "Does not like it")
}

// TestShopIsSetUp goes through the parts of the set-up: a clerk who comes and has to leave, the countries
// that the shop sends to, a product that is ordered before it is there, and a program's key.
func TestShopIsSetUp(t *testing.T) {
	s := demoShop(t, storetest.Redis(t).URL())
	c := newChromium(t)
	adam, ola := c.person("administrator", s.base, 1280, 900), c.person("the new clerk", s.base, 360, 740)
	adam.signIn("adam")

	adam.click("#way-accounts")
	adam.click("#add summary")
	adam.fill("#f-account-name", "Ola")
	adam.fill("#f-account-login", "ola")
	js[bool](adam, `(document.getElementById("f-account-role").value = "clerk", document.getElementById("f-account-warehouse").value = "warehouse3", true)`)
	adam.fill("#f-account-password", "short")
	adam.click("#account-form .primary")
	adam.shows("#account-form .error-summary", "12 characters")
	adam.fill("#f-account-password", "long enough for her")
	adam.click("#account-form .primary")
	adam.shows("#account-ola", "Clerk in Wrocław")
	ola.open("/signin")
	ola.fill("#f-login", "ola")
	ola.fill("#f-password", "long enough for her")
	ola.click("#signin-form .btn")
	ola.until("her board", `location.pathname === "/warehouses/warehouse3"`)
	ola.live()
	adam.click("#account-ola summary")
	adam.click("#account-ola .danger")
	adam.until("she is gone", `!document.getElementById("account-ola")`)
	ola.until("she is told", dot("offline"))
	ola.open("/warehouses/warehouse3")
	ola.until("she is out", `location.pathname === "/signin"`)

	adam.open("/admin/countries")
	adam.fill("#f-served-countries", "Poland\nAtlantis")
	adam.click("#served-form .primary")
	adam.shows("#served-form .error-summary", "Atlantis")
	adam.fill("#f-served-countries", "Poland\nCzechia")
	adam.click("#served-form .primary")
	adam.shows(".toast-text", "We send to 2 countries now.")
	adam.open("/admin/products")
	adam.click("#change summary")
	adam.fill("#f-product-id", "prod10")
	adam.fill("#f-product-name", "Tea towel")
	day := time.Now().AddDate(0, 0, 40)
	js[bool](adam, fmt.Sprintf(`(document.getElementById("f-product-terms").value = "preorder", document.getElementById("f-product-release").value = %q, true)`, day.Format(time.DateOnly)))
	adam.click("#product-form .primary")
	adam.shows("#product-prod10", "pre-order, sent from "+day.Format("2 January 2006"))
	adam.fill("#find", "towel")
	adam.keys("\r")
	adam.until("one product is found", `document.querySelectorAll("[id^=product-prod]").length === 1`)

	buyer := newReader(t, s.base)
	buyer.open("/")
	buyer.sees("Tea towel")
	buyer.press("Add Tea towel")
	buyer.follow("Order")
	if n := len(all(byID(buyer.page, "f-country"), func(n *html.Node) bool { return n.Data == "option" })); n != 2 {
		t.Errorf("one can order to %d countries", n)
	}
	buyer.press("Place order", "name", "Anna Kowalczyk", "email", "anna@example.com", "line1", "ul. Morska 3", "city", "Sopot", "postal_code", "81-704", "backorder", "allow")
	buyer.sees(day.Format("Monday, 2 January"))

	adam.open("/admin/keys")
	adam.fill("#f-key-name", "erp")
	adam.click("#key-form .primary")
	adam.shows("#key-form .field-error", "Choose at least one thing")
	adam.click(`label:has(input[value="stock:write"])`)
	adam.click("#key-form .primary")
	adam.until("the key is shown", `document.getElementById("secret")`)
	key := js[string](adam, `document.getElementById("secret").textContent`)
	if code := counts(t, s.base, key); code != http.StatusOK {
		t.Errorf("the key was answered %d", code)
	}
	adam.open("/warehouses/warehouse2/stock")
	adam.shows("#stock-prod8", "21")
	adam.open("/admin/keys")
	if adam.is(`document.body.textContent.includes("` + key + `")`) {
		t.Error("the key is shown twice")
	}
	adam.click("#key-erp summary")
	adam.click("#key-erp .danger")
	adam.until("the key is gone", `!document.getElementById("key-erp")`)
	if code := counts(t, s.base, key); code != http.StatusUnauthorized {
		t.Errorf("the revoked key was answered %d", code)
	}
}

// counts books a count of pans in Gdańsk as a program does.
func counts(t *testing.T, base, key string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, base+"/api/v1/warehouses/warehouse2/stock/prod8", strings.NewReader(`{"on_hand": 21, "reason": "nightly count"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// TestMenuOnAPhone is the longest menu on the narrowest screen: one row, in which the page that one is on is in
// view, and so is each link that the keyboard comes to.
func TestMenuOnAPhone(t *testing.T) {
	s := demoShop(t, inMemory)
	adam := newChromium(t).person("administrator", s.base, 360, 740)
	adam.signIn("adam")
	inView := func(link string) string {
		return `(() => { const a = ` + link + `.getBoundingClientRect(), row = document.querySelector(".site-head .site-nav").getBoundingClientRect(); return a.left >= row.left - 1 && a.right <= row.right + 1; })()`
	}
	for _, path := range []string{"/admin/products", "/service", "/courier"} {
		adam.open(path)
		adam.until("the page that one is on is in view", inView(`document.querySelector(".site-head .site-nav [aria-current]")`))
		if rows := js[int](adam, `new Set([...document.querySelectorAll(".site-head .site-nav a")].map(a => a.offsetTop)).size`); rows != 1 {
			t.Errorf("%s: the menu takes %d rows", path, rows)
		}
	}
	links := js[int](adam, `(document.querySelector(".site-head .brand").focus(), document.querySelectorAll(".site-head .site-nav a").length)`)
	for i := range links {
		adam.keys("\t")
		adam.until(fmt.Sprintf("link %d has the focus and is in view", i), fmt.Sprintf(`document.activeElement === document.querySelectorAll(".site-head .site-nav a")[%d] && `, i)+inView("document.activeElement"))
	}
}
