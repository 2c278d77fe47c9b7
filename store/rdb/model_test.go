package rdb

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// model is the shop's stock as plain arithmetic, without Redis: what is on hand by all that was done, and
// what the orders say of themselves.
type model struct {
	onHand map[shelf]int
	orders map[store.Number]store.Order // as they were after the last step
	ways   map[string]store.Transfer    // all transfers, as they were then
	asks   []string                     // transfers for shelves
	wishes map[string]store.Receipt
	looked map[store.Number]int // sellable and damaged units that were found in a parcel
}

type shelf struct{ warehouse, product string }

// held is what each shelf holds for orders and transfers: by the orders' own plans, and by how far each
// transfer has come.
func (m *model) held() map[shelf]int {
	held := map[shelf]int{}
	add := func(warehouse string, lines []store.Line) {
		for _, l := range lines {
			held[shelf{warehouse, l.Product}] += l.Quantity
		}
	}
	for _, o := range m.orders {
		if o.Status == store.Placed || o.Status == store.Ready || o.Status == store.Backordered {
			m.lies(o, add)
		}
	}
	for _, id := range m.asks {
		if t := m.ways[id]; t.State == store.TransferRequested {
			add(t.From, t.Lines)
		}
	}
	return held
}

// lies tells where the units of an order lie that are in some warehouse.
func (m *model) lies(o store.Order, at func(warehouse string, lines []store.Line)) {
	for _, source := range o.Plan.Sources {
		t := m.ways[source.Transfer]
		switch {
		case source.Transfer == "", t.State == store.TransferDelivered:
			at(o.Warehouse, source.Lines)
		case t.State == store.TransferRequested:
			at(source.Warehouse, source.Lines)
		}
	}
}

func (m *model) reserved(at shelf) int { return m.held()[at] }

// free is what could be promised of a product to somebody new, and who waits for how much of it.
func (m *model) free() (free map[string]int, queues store.Queues) {
	held := m.held()
	free, queues = map[string]int{}, store.Queues{}
	for _, w := range modelWarehouses {
		for _, p := range modelProducts {
			free[p] += m.onHand[shelf{w, p}] - held[shelf{w, p}]
		}
	}
	for _, o := range m.orders {
		if o.Status == store.Backordered {
			for _, l := range claims(o) {
				queues[l.Product] = append(queues[l.Product], store.Claim{Order: o.Number, Priority: o.Priority, Since: o.PlacedAt, Units: l.Quantity})
			}
		}
	}
	for _, claims := range queues {
		slices.SortFunc(claims, store.Claim.Compare)
	}
	return free, queues
}

// history is one random history of all flows that move stock, against a model.
type history struct {
	*rapid.T
	s     *Store
	ctx   context.Context
	m     *model
	tries int
}

var (
	modelWarehouses = []string{"warehouse1", "warehouse2", "warehouse3"}
	modelProducts   = []string{"prod1", "prod2", "prod5"}
)

// TestStockAgainstModel runs random histories of all that moves stock: counts, count sheets, files,
// receipts, deliveries, adjustments, damage, orders that are placed, wait, are parted, edited, cancelled,
// sent and come back, that outside programs write or move on, transfers for orders and for shelves, there and
// back, whole, short, damaged and refused, and counts for which orders give way; some of them twice, some impossible, some after somebody
// has damaged the counters and the audit has repaired them. After each step every counter is what plain
// arithmetic says, no order has lost sight of a unit, and nobody waits for what is there.
func TestStockAgainstModel(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{T: rt, ctx: t.Context(), s: newStore(server.Client()), m: &model{
			onHand: map[shelf]int{}, orders: map[store.Number]store.Order{}, ways: map[string]store.Transfer{},
			wishes: map[string]store.Receipt{}, looked: map[store.Number]int{},
		}}
		h.ok(server.Client().FlushAll(h.ctx).Err())
		h.ok(demo.Load(h.ctx, bareShop{h.s}))
		for _, p := range []string{"prod1", "prod5"} {
			setTerms(t, h.s, p, store.Terms{Kind: store.TermsBackorder})
		}
		rt.Repeat(map[string]func(*rapid.T){
			"count": h.step(h.count), "sheet": h.step(h.sheet), "file": h.step(h.file), "receive": h.step(h.receive), "adjust": h.step(h.adjust),
			"deliver": h.step(h.deliver), "give way": h.step(h.giveWay), "damage": h.step(h.damage),
			"place": h.step(h.place), "edit": h.step(h.edit), "cancel": h.step(h.cancel), "leave": h.step(h.leave), "come back": h.step(h.comeBack),
			"prioritize": h.step(h.prioritize), "adopt": h.step(h.adopt), "take over": h.step(h.takeOver),
			"ask": h.step(h.ask), "move": h.step(h.moveOn), "move on": h.step(h.moveOn), "fall short": h.step(h.fallShort),
			"": func(rt *rapid.T) { h.T = rt; h.compare() },
		})
		h.T = rt
		for _, audit := range must2(h, func() ([]store.Audit, error) { return h.s.Audit(h.ctx) }) {
			for _, l := range audit.Drifting() {
				h.Errorf("audit of %s: %+v", audit.Warehouse, l)
			}
		}
	})
}

// bareShop loads the demo without stock and orders.
type bareShop struct{ *Store }

func (bareShop) SetStock(context.Context, store.Actor, string, string, int, string) (store.Level, error) {
	return store.Level{}, nil
}

func (bareShop) Place(context.Context, store.Placement) (store.Order, bool, error) {
	return store.Order{}, true, nil
}

func (h *history) step(do func()) func(*rapid.T) {
	return func(rt *rapid.T) { h.T = rt; do() }
}

func (h *history) ok(err error) {
	if err != nil {
		h.Fatalf("%v", err)
	}
}

func must2[V any](h *history, do func() (V, error)) V {
	v, err := do()
	h.ok(err)
	return v
}

// is checks that an answer is a success, or a conflict, as the model says.
func (h *history) is(possible bool, err error) bool {
	if possible != (err == nil) || err != nil && store.KindOf(err) != store.Conflict {
		h.Fatalf("possible: %v, answered: %v", possible, err)
	}
	return possible
}

// may checks that an answer is a success or a conflict, where only the shop can know which.
func (h *history) may(err error) bool {
	if err != nil && store.KindOf(err) != store.Conflict {
		h.Fatalf("answered: %v", err)
	}
	return err == nil
}

func (h *history) shelf() shelf {
	return shelf{rapid.SampledFrom(modelWarehouses).Draw(h.T, "warehouse"), rapid.SampledFrom(modelProducts).Draw(h.T, "product")}
}

func (h *history) units(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(h.T, "units") }

// look reads all orders and transfers anew. Waiting orders are served first, as the keeper does every
// second: one that turns out to lack something else joins that queue by its age, and is served from there.
func (h *history) look() {
	for range 3 {
		h.ok(h.s.serveWaiting(h.ctx))
	}
	numbers := []store.Number{}
	for n := range h.m.orders {
		numbers = append(numbers, n)
	}
	ids := append(sortedKeys(h.m.ways), h.m.asks...)
	for _, o := range must2(h, func() ([]store.Order, error) { return h.s.orders(h.ctx, numbers, false) }) {
		h.m.orders[o.Number] = o
		ids = append(ids, transferIDs(o.Plan)...)
	}
	for id, t := range must2(h, func() (map[string]store.Transfer, error) { return h.s.transfers(h.ctx, ids) }) {
		h.m.ways[id] = t
	}
}

func (h *history) compare() {
	h.look()
	held := h.m.held()
	for _, w := range modelWarehouses {
		stock, reserved := h.s.client.HGetAll(h.ctx, h.s.keyStock(w)), h.s.client.HGetAll(h.ctx, h.s.keyReserved(w))
		list := map[string]bool{}
		for _, product := range h.s.client.SMembers(h.ctx, h.s.keyProductList(w)).Val() {
			list[product] = true
		}
		for _, p := range modelProducts {
			at := shelf{w, p}
			if got := decodeUnits(stock.Val())[p]; got != h.m.onHand[at] {
				h.Fatalf("%v: on hand %d, the model has %d", at, got, h.m.onHand[at])
			}
			if got := decodeUnits(reserved.Val())[p]; got != held[at] {
				h.Fatalf("%v: reserved %d, the model has %d", at, got, held[at])
			}
			free := h.m.onHand[at] - held[at]
			if free < 0 || list[p] != (free > 0) {
				h.Fatalf("%v: %d free, in product_list: %v", at, free, list[p])
			}
		}
	}
	for n, o := range h.m.orders {
		h.complete(n, o)
	}
	free, queues := h.m.free()
	for _, n := range queues.Served(free) {
		if len(h.m.orders[n].Refused) == 0 { // a warehouse has it on its books, and does not give it to this order
			h.Fatalf("order %s waits for what is there: %v", n, free)
		}
	}
}

// complete checks that an order knows of each of its units where it is: at hand, on its way, or lacking.
func (h *history) complete(n store.Number, o store.Order) {
	if o.Status != store.Placed && o.Status != store.Ready || o.Warehouse == "" {
		return
	}
	for _, l := range o.Lines {
		if o.Here(l.Product)+o.Travelling(l.Product) != l.Quantity || o.Packed[l.Product] > o.Here(l.Product) {
			h.Fatalf("order %s, %s: of %d units %d are here and %d travel, %d are packed", n, o.Status, l.Quantity, o.Here(l.Product), o.Travelling(l.Product), o.Packed[l.Product])
		}
	}
}

func (h *history) count() {
	at, units := h.shelf(), h.units(0, 30)
	_, err := h.s.SetStock(h.ctx, clerk, at.warehouse, at.product, units, "count")
	if h.is(units >= h.m.reserved(at), err) {
		h.m.onHand[at] = units
	}
}

// sheet counts several products; now and then from figures that are no longer true.
func (h *history) sheet() {
	w := rapid.SampledFrom(modelWarehouses).Draw(h.T, "warehouse")
	possible := true
	var sheet []store.Counted
	for _, p := range modelProducts {
		at := shelf{w, p}
		c := store.Counted{Product: p, Units: h.units(0, 30), Seen: h.m.onHand[at] + rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(h.T, "stale")}
		sheet = append(sheet, c)
		if c.Units != c.Seen {
			possible = possible && c.Seen == h.m.onHand[at] && (c.Units > c.Seen || c.Units >= h.m.reserved(at))
		}
	}
	_, err := h.s.BookSheet(h.ctx, clerk, w, sheet, "yearly count")
	if h.is(possible, err) {
		for _, c := range sheet {
			if c.Units != c.Seen {
				h.m.onHand[shelf{w, c.Product}] = c.Units
			}
		}
	}
}

func (h *history) file() {
	var file []store.StockRow
	possible, changes := true, 0
	for i, at := range rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) shelf { h.T = t; return h.shelf() }), 1, 6, rapid.ID[shelf]).Draw(h.T, "rows") {
		units := h.units(0, 30)
		file = append(file, store.StockRow{Line: i + 2, Warehouse: at.warehouse, Product: at.product, OnHand: units, Reason: "file"})
		possible = possible && units >= h.m.reserved(at)
		if units != h.m.onHand[at] {
			changes++
		}
	}
	im, err := h.s.BookFile(h.ctx, clerk, "x.csv", file, func(store.Import) {})
	h.ok(err)
	if possible != (im.State == store.ImportDone) || possible == (len(im.Faults) > 0) || possible && im.Changes != changes {
		h.Fatalf("possible: %v, changes %d; it came to %+v", possible, changes, im)
	}
	if possible {
		for _, row := range file {
			h.m.onHand[shelf{row.Warehouse, row.Product}] = row.OnHand
		}
	}
}

// receive adds goods; a receipt that was sent before adds nothing.
func (h *history) receive() {
	key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(h.T, "key")
	wish, again := h.m.wishes[key]
	if !again {
		at := h.shelf()
		wish = store.Receipt{Warehouse: at.warehouse, Reference: "note " + key, Lines: []store.Line{line(at.product, h.units(1, 9)), line("prod1", 1)}, Reason: "delivery", Caller: "test", Key: key}
		h.m.wishes[key] = wish
		for _, l := range wish.Lines {
			h.m.onHand[shelf{wish.Warehouse, l.Product}] += l.Quantity
		}
	}
	_, created, err := h.s.Receive(h.ctx, clerk, wish)
	h.ok(err)
	if created == again {
		h.Fatalf("received %v, again: %v", created, again)
	}
}

func (h *history) adjust() {
	at, kind := h.shelf(), rapid.SampledFrom([]store.MovementKind{store.MoveAdjusted, store.MoveDamaged}).Draw(h.T, "kind")
	change := -h.units(1, 8)
	if kind == store.MoveAdjusted && rapid.Bool().Draw(h.T, "more") {
		change = -change
	}
	h.tries++
	a := store.Adjustment{Warehouse: at.warehouse, Product: at.product, Kind: kind, Change: change, Reason: "broken", Key: fmt.Sprint(h.tries)}
	for range rapid.IntRange(1, 2).Draw(h.T, "presses") {
		_, err := h.s.Adjust(h.ctx, clerk, a)
		h.is(change > 0 || h.m.onHand[at]+change >= h.m.reserved(at), err)
	}
	if change > 0 || h.m.onHand[at]+change >= h.m.reserved(at) {
		h.m.onHand[at] += change
	}
}

// damage writes into the counters by hand, and repairs them.
func (h *history) damage() {
	at := h.shelf()
	key := rapid.SampledFrom([]string{h.s.keyStock(at.warehouse), h.s.keyReserved(at.warehouse)}).Draw(h.T, "counter")
	h.ok(h.s.client.HIncrBy(h.ctx, key, at.product, int64(h.units(1, 50)-25)).Err())
	_, err := h.s.RepairBooks(h.ctx, clerk, at.warehouse)
	h.ok(err)
	if again := must2(h, func() ([]string, error) { return h.s.RepairBooks(h.ctx, clerk, at.warehouse) }); len(again) > 0 {
		h.Fatalf("a second repair mends %v", again)
	}
}
