package main

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/net/html"

	"waybill/store/storetest"
)

// stage is where the scenes play: a shop in full swing, one that has just opened, and one
// that nobody has set up.
type stage struct {
	t                 *testing.T
	busy, fresh, bare *shop
	link              *storetest.Link
	redis             *redis.Client
	tracks            map[string]string // what it shows → its path
	deliveries        map[string]string // the supplier's number → the delivery's path
}

func newStage(t *testing.T) *stage {
	t.Helper()
	server := storetest.Redis(t)
	link := storetest.Proxy(t, server.Addr())
	st := &stage{t: t, link: link, redis: server.Client(), tracks: map[string]string{}, deliveries: map[string]string{}}
	st.busy = demoShop(t, link.URL())
	st.fresh = demoShop(t, inMemory)
	st.bare = openShop(t, nil, "--redis", inMemory)
	st.outsiders()
	st.orders()
	st.supplies()
	await(t, soon, "the order that nobody can adopt needs a person", func() bool {
		return st.redis.HLen(t.Context(), "attention").Val() > 0
	})
	return st
}

// outsiders writes what other programs may.
func (st *stage) outsiders() {
	for _, words := range [][]any{
		{"HSET", "order:900", "recipient", "Zielińska", "order_date", "2026-11-20", "product_list", "products", "status", "placed"},
		{"RPUSH", "placed.orders", "order:900"},
		{"RPUSH", "order:900:products", "prod77", "prod2"},
		{"HSET", "order:126", "recipient", "Wiśniewski", "order_date", "2026-11-21", "product_list", "products", "status", "placed"},
		{"RPUSH", "placed.orders", "order:126"},
		{"RPUSH", "order:126:products", "prod2", "prod3"},
		{"SADD", "warehouse2:product_list", "prod1"},
		{"PUBLISH", "warehouse2.channel", "prod8 needed in warehouse2"},
	} {
		if err := st.redis.Do(st.t.Context(), words...).Err(); err != nil {
			st.t.Fatal(err)
		}
	}
}

// orders brings orders into every status, by the pages' own forms.
func (st *stage) orders() {
	t := st.t
	for _, town := range [][2]string{{"Gdynia", "81-368"}, {"Sopot", "81-704"}, {"Elbląg", "82-300"}, {"Słupsk", "76-200"}, {"Gdańsk", "80-001"}, {"Tczew", "83-110"}} {
		newReader(t, st.busy.base).buys("Desk lamp", town[0], town[1])
	}
	st.track("placed", "Oak cutting board", "Sopot", "81-704")
	st.tracks["transfers"] = "/track/" + st.redis.HGet(t.Context(), "order:123", "token").Val()
	waits := newReader(t, st.busy.base)
	waits.open("/")
	waits.press("Add Coffee grinder", "quantity", "90")
	waits.follow("Order")
	waits.press("Place order", "name", "Kawiarnia Pod Aniołami i Spółka, dział zaopatrzenia", "email", "zaopatrzenie@pod-aniolami.example.com",
		"line1", "ul. Księcia Bogusława Dziesiątego 128", "city", "Szczecin", "postal_code", "70-440", "backorder", "allow")
	st.tracks["waiting"] = waits.at.Path

	clerk := entered(t, st.busy.base, "Clerk in Gdańsk")
	pack := func(name string) (number string) {
		number = st.track(name, "Cast-iron pan", "Gdynia", "81-368")
		clerk.open("/warehouses/warehouse2")
		clerk.press("Pack 1 unit of Cast-iron pan")
		clerk.press("Mark ready: order " + number)
		return number
	}
	kuba := entered(t, st.busy.base, "Courier")
	for _, name := range []string{"delivered", "sent", "sent, too"} {
		number := pack(name)
		kuba.open("/courier")
		kuba.press("Pick up order " + number)
		if name == "delivered" {
			kuba.press("Handed over", "received_by", "Maria Nowak")
		}
	}
	for _, name := range []string{"returned", "failed"} {
		number := pack(name)
		kuba.open("/courier")
		kuba.press("Pick up order " + number)
		if name == "returned" {
			kuba.couldNot(number, "Bring it back", "refused")
		} else {
			kuba.couldNot(number, "Keep it, try again", "nobody")
		}
	}
	cancelled := newReader(t, st.busy.base)
	cancelled.buys("Cast-iron pan", "Gdynia", "81-368")
	st.tracks["cancelled"] = cancelled.at.Path
	clerk.open("/warehouses/warehouse2")
	clerk.press("Pack 1 unit of Cast-iron pan")
	cancelled.press("Cancel order", "reason", "ordered twice")
	pack("ready")
	pack("ready, too")
	number := st.track("late", "Wool blanket", "Gdynia", "81-368")
	st.makeLate(digits(number))
	clerk.press("Say it", "product", "prod3", "kind", "available", "warehouse", "warehouse2")
	admin := entered(t, st.busy.base, "Administrator")
	admin.open("/admin/warehouses")
	admin.press("Save warehouse", "id", "warehouse4", "name", "Łódź", "address", "ul. Piotrkowska 200, 90-368 Łódź", "lat", "51.7592", "lon", "19.4560", "cut_off", "15:00")
}

// supplies brings goods on their way: deliveries that are announced, late, half here and closed, orders that
// wait for them, a transfer on the road, and shelves that run low.
func (st *stage) supplies() {
	t := st.t
	clerk, olga, wanda := entered(t, st.busy.base, "Clerk in Gdańsk"), entered(t, st.busy.base, "Owner"), entered(t, st.busy.base, "Clerk in Warszawa")
	zone, err := time.LoadLocation("Europe/Warsaw") // the shop's: a day begins there before it does here
	if err != nil {
		t.Fatal(err)
	}
	day := func(days int) string { return time.Now().In(zone).AddDate(0, 0, days).Format(time.DateOnly) }
	announce := func(name, supplier string, due int, goods string) {
		clerk.open("/warehouses/warehouse2/deliveries")
		clerk.press("Announce", "supplier", supplier, "reference", name, "due", day(due), "goods", goods)
		row := first(all(clerk.page, func(n *html.Node) bool { return n.Data == "tr" && strings.Contains(words(n), name) }))
		st.deliveries[name] = attribute(first(all(row, func(n *html.Node) bool { return n.Data == "a" })), "href")
	}
	for _, units := range []string{"5", "3"} {
		buyer := newReader(t, st.busy.base)
		buyer.open("/")
		buyer.press("Add Coffee grinder", "quantity", units)
		buyer.follow("Order")
		buyer.press("Place order", "name", "Anna Kowalczyk", "email", "anna@example.com", "line1", "ul. Morska 3", "city", "Sopot", "postal_code", "81-704", "backorder", "allow")
	}
	announce("MG-1204", "Młynki Górskie", 9, "prod6 100\nprod2 20")
	announce("HD-88", "Huta Dobra", 2, "prod8 30")
	announce("HD-87", "Huta Dobra", 0, "prod8 10\nprod3 12")
	clerk.open(st.deliveries["HD-88"])
	clerk.submit(scanForm(clerk), nil, "code", "prod8")
	clerk.submit(scanForm(clerk), nil, "code", "prod4")
	clerk.open(st.deliveries["HD-87"])
	clerk.submit(scanForm(clerk), nil, "code", "prod8")
	clerk.press("Book it and close", "reason", "the lorry was full")

	buyer := newReader(t, st.busy.base)
	buyer.open("/")
	buyer.press("Add Wool blanket")
	buyer.press("Add Enamel mug")
	buyer.follow("Order")
	buyer.press("Place order", "name", "Anna Kowalczyk", "email", "anna@example.com", "line1", "ul. Morska 3", "city", "Gdynia", "postal_code", "81-368")
	st.tracks["in transit"] = buyer.at.Path
	wanda.open("/warehouses/warehouse1")
	wanda.press("Send 1 unit to Gdańsk: 1 × Enamel mug")
	clerk.open("/warehouses/warehouse2/stock/prod1")
	clerk.press("Save", "threshold", "12")
	clerk.open("/warehouses/warehouse2/stock/prod9")
	clerk.press("Save", "threshold", "4")
	olga.open("/admin/products")
	olga.press("Save product", "id", "prod10", "name", "Tea towel", "description", "Linen, for hands and glasses.", "terms", "preorder", "release", day(30), "cap", "200")
}

// scanForm is where a page takes what a scanner reads.
func scanForm(r *reader) *html.Node { return formOf(byID(r.page, "scan")) }

// couldNot is pressed at one parcel of the courier's run.
func (r *reader) couldNot(number, button, why string) {
	r.t.Helper()
	stop := byID(r.page, "stop-"+digits(number))
	for _, n := range all(stop, func(n *html.Node) bool { return n.Data == "button" }) {
		if strings.Contains(name(n), button) {
			r.submit(formOf(n), n, "problem", why)
			return
		}
	}
	r.t.Fatalf("the stop of order %s has no button %q:\n%s", number, button, r.text())
}

// track orders one unit of a product and keeps the address of its page under a name.
func (st *stage) track(name, product, town, code string) (number string) {
	buyer := newReader(st.t, st.busy.base)
	number = buyer.buys(product, town, code)
	st.tracks[name] = buyer.at.Path
	return number
}

// makeLate puts the promise of an order into the past.
func (st *stage) makeLate(number string) {
	ctx, past := st.t.Context(), time.Now().Add(-26*time.Hour)
	warehouse := st.redis.HGet(ctx, "order:"+number, "warehouse").Val()
	st.redis.HSet(ctx, "order:"+number, "promised_at", past.UTC().Format(time.RFC3339Nano))
	st.redis.ZAdd(ctx, warehouse+":placed.orders", redis.Z{Score: float64(past.Unix()), Member: "order:" + number})
}
