package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/redis/go-redis/v9"

	"waybill/store/storetest"
)

// walk is the way of one order with everybody looking on.
type walk struct {
	t                                *testing.T
	redis                            redis.UniversalClient
	customer, gdansk, warszawa, kuba *tab
	number, track                    string
	seen                             []sighting
}

// sighting is how long after an act was answered another page showed it.
type sighting struct {
	what string
	ms   float64
}

// TestWalkOnRedis is the whole way from order to doorstep, on a real Redis.
func TestWalkOnRedis(t *testing.T) {
	server := storetest.Redis(t)
	walkTheShop(t, demoShop(t, server.URL()), server.Client())
}

// TestWalkInMemory is the same way where no redis-server is installed.
func TestWalkInMemory(t *testing.T) {
	s := demoShop(t, inMemory)
	walkTheShop(t, s, s.redis())
}

// TestWalkOnCluster is the same way on a Redis Cluster.
func TestWalkOnCluster(t *testing.T) {
	cluster := storetest.Cluster(t)
	walkTheShop(t, demoShop(t, cluster.URL()), cluster.NewClient())
}

func walkTheShop(t *testing.T, s *shop, client redis.UniversalClient) {
	c := newChromium(t)
	w := &walk{
		t: t, redis: client,
		customer: c.person("customer", s.base, 1280, 900),
		gdansk:   c.person("clerk in Gdańsk", s.base, 1280, 640),
		warszawa: c.person("clerk in Warszawa", s.base, 1280, 800),
		kuba:     c.person("courier", s.base, 360, 740),
	}
	w.everybodyComes()
	w.customerFillsTheBasket()
	w.customerSeesDates()
	w.customerOrders()
	w.warszawaSends()
	w.gdanskReceivesAndPacks()
	w.courierDelivers()
	w.nobodyLoadedAnything()
	w.noSecondOrder()
	for _, each := range w.seen {
		t.Logf("%6.0f ms  %s", each.ms, each.what)
		if each.ms > 2000 {
			t.Errorf("%s: after %.0f ms", each.what, each.ms)
		}
	}
}

func (w *walk) everybodyComes() {
	w.gdansk.signIn("gosia")
	w.warszawa.signIn("wanda")
	w.kuba.signIn("kuba")
	w.customer.open("/")
	for _, b := range []*tab{w.gdansk, w.warszawa, w.kuba, w.customer} {
		b.live()
		b.stays()
	}
}

// customerFillsTheBasket takes a grinder that lies in Gdańsk and two mugs from Warszawa, while
// the shop changes under what is being typed.
func (w *walk) customerFillsTheBasket() {
	shop := w.customer
	shop.fill("#product-prod9 .qty", "7")
	w.warszawa.click(`.site-nav a[href$="/stock"]`)
	w.warszawa.click(`#stock-prod9 a`)
	w.warszawa.until("the shelf", `document.getElementById("figures")`)
	w.warszawa.fill("#f-count-units", "5")
	w.act(w.warszawa, `#count-form .primary`, sees{"the shop shows the new count", shop, `document.querySelector("#product-prod9 .availability").textContent.includes("3 left")`})
	if !shop.is(`document.activeElement.closest("#product-prod9") && document.activeElement.value === "7"`) {
		w.t.Error("what the customer typed, or the focus, was lost")
	}
	w.warszawa.shows("#figures", "5")
	w.warszawa.click(`.site-nav a[href="/warehouses/warehouse1"]`)
	w.warszawa.live()
	shop.click("#add-prod6 button")
	shop.shows("#basket-title .count", "1")
	shop.fill("#add-prod1 .qty", "2")
	shop.click("#add-prod1 button")
	shop.shows("#basket-title .count", "3")
	shop.click(`#basket a[href="/order"]`)
	shop.until("the order form", `location.pathname === "/order" && document.getElementById("f-name")`)
}

// customerSeesDates types an address: the dates follow it, and the typing is not disturbed.
func (w *walk) customerSeesDates() {
	form := w.customer
	card := func(speed string) string {
		return js[string](form, fmt.Sprintf(`document.getElementById("speed-%s").closest("label").querySelector(".choice-note").textContent`, speed))
	}
	about := card("standard")
	if !strings.HasPrefix(about, "about ") {
		w.t.Errorf("without a town the date is %q", about)
	}
	form.fill("#f-city", "Sopot")
	form.fill("#f-postal_code", "81-704")
	form.fill("#f-name", "Anna Kow")
	form.until("the dates for the town", `!document.getElementById("dates").textContent.includes("about ")`)
	form.keys("alczyk")
	if got := js[string](form, `document.activeElement.id + ":" + document.activeElement.value`); got != "f-name:Anna Kowalczyk" {
		w.t.Errorf("while the dates came, the name became %q", got)
	}
	form.click(`label:has(#speed-express)`)
	form.fill("#f-email", "anna@example.com")
	form.fill("#f-phone", "+48 58 555 01 23")
	form.fill("#f-line1", "ul. Morska 3")
	if standard, express := card("standard"), card("express"); !regexp.MustCompile(`^\w+, \d+ \w+$`).MatchString(express) || standard == "" {
		w.t.Errorf("the dates are %q and %q", standard, express)
	}
}

// customerOrders presses twice; there is one order, and both clerks have it.
func (w *walk) customerOrders() {
	before := w.members("placed")
	cards := js[int](w.gdansk, `document.querySelectorAll("#cards .order-card").length`)
	sends := js[int](w.warszawa, `document.querySelectorAll("#to-send li").length`)
	w.watch(w.gdansk, fmt.Sprintf(`document.querySelectorAll("#cards .order-card").length > %d`, cards))
	w.watch(w.warszawa, fmt.Sprintf(`document.querySelectorAll("#to-send li").length > %d`, sends))
	w.note(w.customer)
	x, y := w.customer.at(".form-foot .primary")
	w.customer.do(chromedp.MouseClickXY(x, y), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
	w.customer.until("the tracking page", `location.pathname.startsWith("/track/") && document.getElementById("order-number")`)
	answered := w.noted(w.customer)
	w.sighted("Gdańsk has the order", w.gdansk, answered)
	w.sighted("Warszawa is asked for the mugs", w.warszawa, answered)

	w.track = js[string](w.customer, `location.pathname`)
	w.number = js[string](w.customer, `document.getElementById("order-number").textContent.replace(/\D/g, "")`)
	if len(w.track) < len("/track/")+22 {
		w.t.Errorf("%s can be guessed", w.track)
	}
	if after := w.members("placed"); len(after) != len(before)+1 || !slices.Contains(after, "order:"+w.number) {
		w.t.Fatalf("placed.orders was %v and is %v", before, after)
	}
	w.lies("placed")
	w.customer.live()
	w.customer.shows("#answer", "Arrives ")
	w.customer.shows(".parcel", "Enamel mug")
	if got := w.get("LRANGE", w.key("order:"+w.number+":products")); !slices.Equal(got, []string{"prod6", "prod1"}) {
		w.t.Errorf("order:%s:products is %v", w.number, got)
	}
	if !w.gdansk.is(w.ready() + `.disabled`) {
		w.t.Error("the parcel can be marked ready before anything is in it")
	}
}

// warszawaSends sends the mugs, takes it back, and sends them again, while the clerk in
// Gdańsk is writing.
func (w *walk) warszawaSends() {
	g := w.gdansk
	g.fill("#scan", "After the fld")
	js[bool](g, `(document.activeElement.setSelectionRange(12, 12), document.getElementById("assemble").scrollTo(0, 20), true)`)
	scrolled := js[float64](g, `document.getElementById("assemble").scrollTop`)

	send := fmt.Sprintf(`#to-send li[id*="%s-"] button`, w.number)
	get := fmt.Sprintf(`document.querySelector('#to-receive li[id*="%s-"] button')`, w.number)
	left := `document.querySelector(".steps").textContent.includes("left Warszawa")`
	w.act(w.warszawa, send, sees{"Gdańsk can receive", g, get}, sees{"the customer sees that they left", w.customer, left})
	w.act(w.warszawa, ".toast button", sees{"Gdańsk cannot receive any more", g, "!" + get}, sees{"the customer sees that they did not", w.customer, "!" + left})
	w.lies("placed")
	w.act(w.warszawa, send, sees{"Gdańsk can receive again", g, get}, sees{"the customer sees that they left again", w.customer, left})

	g.keys("oo")
	if got := js[string](g, `document.activeElement.id + "|" + document.activeElement.value`); got != "scan|After the flood" {
		w.t.Errorf("after updates the clerk's field is %q", got)
	}
	if now := js[float64](g, `document.getElementById("assemble").scrollTop`); now != scrolled || now == 0 {
		w.t.Errorf("the page jumped from %v to %v", scrolled, now)
	}
	g.fill("#scan", "")
	w.hears("prod1 sent to warehouse2")
}

// gdanskReceivesAndPacks fills the box: one product by a press, the other by its barcode.
func (w *walk) gdanskReceivesAndPacks() {
	g := w.gdansk
	came := `document.querySelector(".steps").textContent.includes("came from Warszawa")`
	w.act(g, fmt.Sprintf(`#to-receive li[id*="%s-"] button`, w.number), sees{"the customer sees that they came", w.customer, came})
	w.lies("placed")
	packed := func(n int) string {
		return fmt.Sprintf(`document.querySelector(".steps").textContent.includes("%d of 3 packed")`, n)
	}
	w.act(g, fmt.Sprintf("#pack-%s-prod6", w.number), sees{"the customer sees the first unit in the box", w.customer, packed(1)})
	for n := 2; n <= 3; n++ {
		if !g.is(w.ready() + `.disabled`) {
			w.t.Errorf("the parcel can be marked ready with %d of 3 units in it", n-1)
		}
		g.until("the scan field has the focus", `document.activeElement.id === "scan"`)
		g.keys("5901234100014\r")
		g.shows(fmt.Sprintf("#order-%s .packed-count", w.number), fmt.Sprintf("%d of 3", n))
	}
	g.until("ready can be pressed", "!"+w.ready()+`.disabled`)
	stop := fmt.Sprintf(`document.querySelector("#waiting #stop-%s button")`, w.number)
	done := `document.getElementById("step-assembled").dataset.state === "done"`
	w.act(g, fmt.Sprintf("#order-%s .ready", w.number), sees{"the courier sees the parcel", w.kuba, stop}, sees{"the customer sees that it is packed", w.customer, done})
	w.lies("ready")
}

// courierDelivers picks the parcel up and hands it to somebody whose name is typed.
func (w *walk) courierDelivers() {
	k := w.kuba
	sent := `document.getElementById("step-sent").dataset.state === "done"`
	gone := fmt.Sprintf(`!document.getElementById("order-%s")`, w.number)
	w.act(k, fmt.Sprintf("#waiting #stop-%s button", w.number), sees{"the customer sees that it is with the courier", w.customer, sent}, sees{"it has left the board", w.gdansk, gone})
	w.lies("sent")
	k.click(fmt.Sprintf("#deliver-%s summary", w.number))
	k.fill("#by-"+w.number, "Jan Nowak")
	delivered := `document.getElementById("step-delivered").dataset.state === "done" && document.getElementById("answer").textContent.includes("elivered")`
	w.act(k, fmt.Sprintf("#deliver-form-%s .primary", w.number), sees{"the customer sees that it is delivered", w.customer, delivered})
	w.lies("delivered")
	if by := w.redis.HGet(w.t.Context(), w.key("order:"+w.number), "received_by").Val(); by != "Jan Nowak" {
		w.t.Errorf("received by %q", by)
	}
}

func (w *walk) nobodyLoadedAnything() {
	for _, b := range []*tab{w.gdansk, w.warszawa, w.kuba, w.customer} {
		b.hasStayed()
	}
}

// noSecondOrder goes back and presses again what can be pressed, and reloads.
func (w *walk) noSecondOrder() {
	last := func() string { return w.redis.Get(w.t.Context(), "numbers").Val() }
	before, lists := last(), w.everyList()
	b := w.customer
	b.do(chromedp.NavigateBack())
	b.until("the page before", `location.pathname === "/order" && document.querySelector("h1")`)
	if b.is(`document.querySelector(".form-foot .primary")`) {
		b.click(".form-foot .primary")
		b.until("the same order again", fmt.Sprintf(`location.pathname === %q`, w.track))
	} else {
		b.shows("main", "Your basket is empty")
		b.do(chromedp.NavigateForward())
		b.until("the tracking page again", fmt.Sprintf(`location.pathname === %q`, w.track))
	}
	b.reload()
	b.shows("#answer", "elivered")
	if after := w.everyList(); !slices.Equal(lists, after) || last() != before {
		w.t.Errorf("going back made another order: %v, then %v", lists, after)
	}
}
