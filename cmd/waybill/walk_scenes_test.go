package main

import (
	"regexp"
	"slices"
)

// scene is a page in one of its states.
type scene struct {
	name   string // also the picture's name
	shop   *shop
	login  string       // who looks at it; "" is a customer
	before func(b *tab) // what is done on other pages first; nil is nothing
	path   string
	there  string       // a condition that holds when the page is as meant; "" is any page
	then   func(b *tab) // what is done on the page first; nil is nothing
	twin   bool         // another scene has the same parts: it is a picture only
}

// scenes are all pages in all states that this shop has.
func (st *stage) scenes() []scene {
	return slices.Concat(st.shopScenes(), st.trackScenes(), st.doorScenes(), st.boardScenes(), st.courierScenes(), st.officeScenes(), st.bookScenes(), st.supplyScenes())
}

func (st *stage) shopScenes() []scene {
	return []scene{
		{name: "shop-empty-basket", shop: st.busy, path: "/"},
		{name: "shop-basket", shop: st.busy, path: "/", then: st.fillBasket},
		{name: "shop-basket-sheet", shop: st.busy, before: st.fillBasket, path: "/", then: st.openSheet},
		{name: "shop-wrong", shop: st.busy, path: "/", then: func(b *tab) {
			b.fill("#add-prod2 .qty", "many")
			b.click("#add-prod2 button")
			b.until("a message", `document.querySelector("#product-prod2 .field-error")`)
		}},
		{name: "checkout", twin: true, shop: st.busy, before: st.fillBasket, path: "/order", there: `document.getElementById("checkout")`},
		{name: "checkout-dates", shop: st.busy, before: st.fillBasket, path: "/order", then: st.typeAddress},
		{name: "checkout-wrong", shop: st.busy, before: st.fillBasket, path: "/order", then: func(b *tab) {
			b.fill("#f-email", "nobody at home")
			b.click(".form-foot .primary")
			b.until("a summary", `document.querySelector(".error-summary")`)
		}},
		{name: "checkout-short", shop: st.busy, before: st.fillBasket, path: "/order", then: func(b *tab) {
			b.fill("#order-prod6 .qty", "90")
			b.fill("#order-prod1 .qty", "500")
			b.fill("#f-city", "Sopot")
			b.keys("\t")
			b.until("what is short", `document.querySelector("#dates .short-line")`)
		}},
	}
}

func (st *stage) trackScenes() []scene {
	var list []scene
	for _, name := range []string{"transfers", "in transit", "placed", "ready", "sent", "delivered", "waiting", "late", "failed", "returned", "cancelled"} {
		list = append(list, scene{name: "track-" + name, twin: name == "placed" || name == "ready" || name == "sent", shop: st.busy, path: st.tracks[name], there: `document.getElementById("live-track")`})
	}
	placed := st.tracks["placed"]
	return append(list,
		scene{name: "track-cancel", twin: true, shop: st.busy, path: placed, then: func(b *tab) { b.click("#cancel summary") }},
		scene{name: "change", shop: st.busy, path: placed + "/change", there: `document.getElementById("change")`},
		scene{name: "change-locked", shop: st.busy, login: "sylwia", path: "/service/orders/123/change", there: `document.getElementById("change")`},
		scene{name: "change-wrong", twin: true, shop: st.busy, path: placed + "/change", then: func(b *tab) {
			b.fill("#f-email", "nobody at home")
			b.click(".form-foot .primary")
			b.until("a summary", `document.querySelector(".error-summary")`)
		}},
	)
}

// doorScenes are what one meets before anything else.
func (st *stage) doorScenes() []scene {
	return []scene{
		{name: "signin-demo", shop: st.busy, path: "/signin"},
		{name: "signin-password", twin: true, shop: st.bare, path: "/signin", then: func(b *tab) {
			b.fill("#f-login", "boss")
			b.fill("#f-password", "wrong")
			b.click("#signin-form .primary")
			b.until("refused", `document.querySelector("#signin-form .note")`)
		}},
		{name: "setup", shop: st.bare, path: setUpPath(st.bare), then: func(b *tab) {
			b.fill("#f-name", "The Boss")
			b.fill("#f-login", "boss")
			b.fill("#f-password", "short")
			b.click("#setup-form .primary")
			b.until("refused", `document.querySelector(".error-summary")`)
		}},
		{name: "shop-nothing-for-sale", twin: true, shop: st.bare, path: "/"},
		{name: "checkout-empty", shop: st.bare, path: "/order"},
	}
}

func (st *stage) boardScenes() []scene {
	return []scene{
		{name: "board-many", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2"},
		{name: "board-say", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2", then: func(b *tab) {
			b.click(`#said [popovertarget="say"]`)
			b.until("open", `document.getElementById("say").matches(":popover-open")`)
		}},
		{name: "board-say-wrong", twin: true, shop: st.busy, login: "gosia", path: "/warehouses/warehouse2", then: func(b *tab) {
			b.click(`#said [popovertarget="say"]`)
			js[bool](b, `(document.getElementById("say-kind").value = "no", document.getElementById("say-warehouse").value = "warehouse1", true)`)
			b.click("#say-form .primary")
			b.until("refused", `document.getElementById("e-say")`)
		}},
		{name: "board-keys", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2", then: func(b *tab) {
			if b.is(`innerWidth < 600`) {
				return // a telephone has no keys
			}
			b.click(`.board-head [popovertarget="keys"]`)
			b.until("open", `document.getElementById("keys").matches(":popover-open")`)
		}},
		{name: "board-inspect", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2", then: func(b *tab) {
			b.click("#returned-list a")
			b.until("the form", `document.getElementById("inspect-form")`)
		}},
		{name: "board-one", twin: true, shop: st.fresh, login: "gosia", path: "/warehouses/warehouse2"},
		{name: "board-toast", twin: true, shop: st.fresh, login: "wojtek", path: "/warehouses/warehouse3", then: func(b *tab) {
			b.keys("prod7\r")
			b.until("a toast", `document.querySelector(".toast")`)
		}},
		{name: "slip", twin: true, shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/slips/125", there: `document.getElementById("slip-125")`},
		{name: "slips", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/slips", there: `document.querySelector(".slip + .slip")`},
		{name: "slips-none", twin: true, shop: st.fresh, login: "gosia", path: "/warehouses/warehouse2/slips"},
		{name: "not-all-of-it", shop: st.fresh, login: "wanda", path: "/warehouses/warehouse1", then: func(b *tab) {
			b.click(`#to-send a`)
			b.until("the form", `document.querySelector("#short-form")`)
			b.fill("#short-form input[inputmode]", "many")
			b.click("#short-form .primary")
			b.until("refused", `document.querySelector(".error-summary")`)
		}},
		{name: "board-empty", shop: st.busy, login: "adam", path: "/warehouses/warehouse4"},
		{name: "board-looking-on", shop: st.busy, login: "sylwia", path: "/warehouses/warehouse1"},
		{name: "warehouses", shop: st.busy, login: "sylwia", path: "/warehouses"},
	}
}

func (st *stage) courierScenes() []scene {
	return []scene{
		{name: "courier-empty", twin: true, shop: st.fresh, login: "kuba", path: "/courier"},
		{name: "courier-ready", shop: st.busy, login: "kasia", path: "/courier"},
		{name: "courier-run", shop: st.busy, login: "kuba", path: "/courier"},
		{name: "courier-deliver", twin: true, shop: st.busy, login: "kuba", path: "/courier", then: func(b *tab) {
			b.click("#act-bar summary")
			b.until("open", `document.querySelector("#act-bar details").open`)
		}},
		{name: "courier-failed", shop: st.busy, login: "kuba", path: "/courier", then: func(b *tab) {
			b.click(".stop-failed summary")
			b.until("open", `document.querySelector(".stop-failed").open`)
			js[bool](b, `(scrollTo(0, 0), true)`)
		}},
		{name: "courier-deliver-wrong", shop: st.busy, login: "kuba", path: "/courier", then: func(b *tab) {
			b.click("#act-bar summary")
			b.fill("#act-bar input[name=received_by]", " ")
			b.click("#act-bar form .primary")
			b.until("refused", `document.querySelector("#act-bar .field-error")`)
		}},
		{name: "courier-kept", shop: st.busy, login: "kasia", path: "/courier", then: func(b *tab) {
			js[bool](b, `(localStorage.setItem("waybill-kept", JSON.stringify([["133", ""], ["134", "Kuba has already picked up order 134."]].map(([order, problem]) => (
				{ id: order, who: "kasia", order, path: "/courier/pickup", at: "2026-11-22T14:05:00Z", body: "", says: "Order " + order + " picked up", problem: problem || "It is with you already." })))), true)`)
			b.reload()
			b.shows("#kept-title", "Please read this")
			b.live()
		}},
	}
}

func (st *stage) officeScenes() []scene {
	return []scene{
		{name: "service-empty", twin: true, shop: st.fresh, login: "sylwia", path: "/service"},
		{name: "service-attention", shop: st.busy, login: "sylwia", path: "/service?q=4711"},
		{name: "story", shop: st.busy, login: "sylwia", path: "/service/orders/123"},
		{name: "story-outside", twin: true, shop: st.busy, login: "sylwia", path: "/service/orders/126"},
		{name: "story-problem", shop: st.busy, login: "sylwia", path: "/service/orders/900"},
		{name: "what-if", twin: true, shop: st.busy, login: "olga", path: "/service/what-if?product=prod1&quantity=2&product=prod6&quantity=1&city=Krak%C3%B3w&country=PL"},
		{name: "what-if-wrong", shop: st.busy, login: "olga", path: "/service/what-if?product=prod77&quantity=two&country=PL"},
		{name: "admin", shop: st.busy, login: "adam", path: "/admin"},
		{name: "people", shop: st.busy, login: "adam", path: "/admin/accounts", then: func(b *tab) {
			b.click("#add summary")
			b.until("open", `document.getElementById("add").open`)
		}},
		{name: "products", shop: st.busy, login: "olga", path: "/admin/products"},
		{name: "products-change", twin: true, shop: st.busy, login: "olga", path: "/admin/products?product=prod10"},
		{name: "countries", shop: st.busy, login: "olga", path: "/admin/countries"},
		{name: "warehouses-set-up", twin: true, shop: st.busy, login: "adam", path: "/admin/warehouses"},
		{name: "warehouses-wrong", shop: st.busy, login: "adam", path: "/admin/warehouses?warehouse=warehouse4", then: func(b *tab) {
			b.fill("#warehouse-form input[name=lat]", "north")
			b.click("#warehouse-form .primary")
			b.until("refused", `document.querySelector("#warehouse-form .error-summary")`)
		}},
		{name: "error-404", shop: st.busy, login: "gosia", path: "/warehouses/warehouse1"},
		{name: "error-404-customer", twin: true, shop: st.busy, path: "/track/nothing"},
	}
}

// bookScenes are stock as it is written down.
func (st *stage) bookScenes() []scene {
	return []scene{
		{name: "ledger", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/ledger"},
		{name: "ledger-filter", twin: true, shop: st.busy, login: "olga", path: "/warehouses/warehouse2/ledger?product=prod8"},
		{name: "ledger-wrong", twin: true, shop: st.busy, login: "sylwia", path: "/warehouses/warehouse2/ledger?order=x"},
		{name: "stock", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/stock"},
		{name: "stock-looking-on", twin: true, shop: st.busy, login: "olga", path: "/warehouses/warehouse2/stock?find=pan"},
		{name: "shelf", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/stock/prod1"},
		{name: "shelf-held", twin: true, shop: st.busy, login: "sylwia", path: "/warehouses/warehouse2/stock/prod3"},
		{name: "shelf-wrong", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/stock/prod8", then: func(b *tab) {
			b.click("#damaged summary")
			b.fill("#f-damaged-units", "999999")
			b.fill("#f-damaged-reason", "fell down")
			b.click("#damaged-form .btn")
			b.until("refused", `document.querySelector("#damaged-form .error-summary")`)
		}},
		{name: "count-sheet", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/count"},
		{name: "count-differences", shop: st.fresh, login: "gosia", path: "/warehouses/warehouse2/count", then: func(b *tab) {
			b.fill("#n-prod8", "30")
			b.fill("#n-prod6", "0")
			b.click("#sheet .primary")
			b.until("compared", `document.getElementById("differences")`)
		}},
		{name: "give-way", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/give-way?product=prod6&count=0&reason=Counted+twice", there: `document.getElementById("yield-prod6")`},
		{name: "audit", shop: st.busy, login: "adam", path: "/admin/audit"},
		{name: "stock-file", shop: st.busy, login: "adam", path: "/admin/stock"},
		{name: "api-keys", shop: st.busy, login: "adam", path: "/admin/keys"},
	}
}

// supplyScenes are goods that are to come, and who waits for them.
func (st *stage) supplyScenes() []scene {
	return []scene{
		{name: "deliveries", shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/deliveries"},
		{name: "deliveries-wrong", twin: true, shop: st.busy, login: "gosia", path: "/warehouses/warehouse2/deliveries", then: func(b *tab) {
			b.fill("#f-goods", "prod77 40")
			b.click("#announce .primary")
			b.until("refused", `document.querySelector("#announce .error-summary")`)
		}},
		{name: "deliveries-empty", twin: true, shop: st.fresh, login: "wojtek", path: "/warehouses/warehouse3/deliveries"},
		{name: "delivery", shop: st.busy, login: "gosia", path: st.deliveries["HD-88"], there: `document.querySelector("#goods-prod4")`},
		{name: "delivery-wrong", twin: true, shop: st.busy, login: "gosia", path: st.deliveries["MG-1204"], then: func(b *tab) {
			b.fill("#units-prod6", "many")
			b.click("#goods .primary")
			b.until("refused", `document.querySelector("#goods .error-summary")`)
		}},
		{name: "delivery-closed", shop: st.busy, login: "sylwia", path: st.deliveries["HD-87"]},
		{name: "waiting", shop: st.busy, login: "sylwia", path: "/waiting", there: `document.getElementById("waited-prod6")`},
		{name: "waiting-empty", twin: true, shop: st.fresh, login: "sylwia", path: "/waiting"},
		{name: "queue", shop: st.busy, login: "sylwia", path: "/waiting/prod6?arriving=96", there: `document.querySelector("[data-state=goes]")`},
		{name: "queue-move", twin: true, shop: st.busy, login: "sylwia", path: "/waiting/prod6", then: func(b *tab) {
			b.click(".move summary")
			b.until("open", `document.querySelector(".move").open`)
		}},
	}
}

// fillBasket puts two products into an empty basket, and leaves any other as it is: a scene that needs a
// basket plays also when no other has played before.
func (st *stage) fillBasket(b *tab) {
	if b.open("/"); b.is(`document.querySelector(".basket-line")`) {
		return
	}
	b.live()
	b.click("#add-prod6 button")
	b.shows("#basket-title .count", "1")
	b.fill("#add-prod1 .qty", "2")
	b.click("#add-prod1 button")
	b.shows("#basket-title .count", "3")
}

// openSheet opens the basket, which is a sheet where the screen is narrow.
func (st *stage) openSheet(b *tab) {
	if b.is(`innerWidth < 600`) {
		b.click(".basket-bar button")
		b.until("open", `document.getElementById("basket").matches(":popover-open")`)
	}
}

func (st *stage) typeAddress(b *tab) {
	for selector, text := range map[string]string{"#f-name": "Anna Kowalczyk", "#f-email": "anna@example.com", "#f-line1": "ul. Morska 3", "#f-postal_code": "81-704", "#f-city": "Sopot"} {
		b.fill(selector, text)
	}
	b.click("label:has(#speed-express)")
	b.until("the dates for the town", `!document.getElementById("dates").textContent.includes("about ")`)
}

// setUpPath is where the first account of a new shop is made.
func setUpPath(s *shop) string {
	return regexp.MustCompile(`/setup\?token=\S+`).FindString(s.greeting)
}

// players are the browsers that look at scenes: one for each person and shop.
type players struct {
	c    *chromium
	tabs map[string]*tab
}

// play brings a scene onto a page of the person who looks at it.
func (p *players) play(sc scene, width int64) *tab {
	key := sc.shop.base + sc.login
	b := p.tabs[key]
	if b == nil {
		b = p.c.person(sc.name, sc.shop.base, width, 800)
		if sc.login != "" {
			b.signIn(sc.login)
		}
		p.tabs[key] = b
	}
	b.name = sc.name
	b.size(width, map[bool]int64{true: 740, false: 800}[width < 600])
	if sc.before != nil {
		sc.before(b)
	}
	b.open(sc.path)
	b.until("loaded", `document.readyState === "complete" && document.querySelector("main h1, main")`)
	if b.is(`document.body.dataset.live`) {
		b.live()
	}
	if sc.there != "" {
		b.until("as meant", sc.there)
	}
	if sc.then != nil {
		sc.then(b)
	}
	return b
}
