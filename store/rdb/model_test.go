package rdb

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// model is the shop's stock as plain arithmetic, without Redis: what is on hand, and what each order holds.
type model struct {
	onHand map[shelf]int
	held   map[store.Number]map[shelf]int
	ways   map[string]way // transfers, by id
	wishes map[string]store.Receipt
	orders []store.Number
	gone   map[store.Number]bool
}

type shelf struct{ warehouse, product string }

type way struct {
	store.Transfer
	state store.TransferState
}

func (m *model) reserved(at shelf) int {
	sum := 0
	for _, held := range m.held {
		sum += held[at]
	}
	return sum
}

func (m *model) free(at shelf) int { return m.onHand[at] - m.reserved(at) }

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

// TestStockAgainstModel runs random histories of counts, count sheets, files, receipts, adjustments,
// damage, orders, transfers there and back, and parcels that leave; some of them twice, some impossible,
// some after somebody has damaged the counters and the audit has repaired them. After each step every
// counter is what plain arithmetic says.
func TestStockAgainstModel(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{T: rt, ctx: t.Context(), s: newStore(server.Client()), m: &model{
			onHand: map[shelf]int{}, held: map[store.Number]map[shelf]int{}, ways: map[string]way{}, wishes: map[string]store.Receipt{}, gone: map[store.Number]bool{},
		}}
		h.ok(server.Client().FlushAll(h.ctx).Err())
		h.ok(demo.Load(h.ctx, bareShop{h.s}))
		rt.Repeat(map[string]func(*rapid.T){
			"count": h.step(h.count), "sheet": h.step(h.sheet), "file": h.step(h.file), "receive": h.step(h.receive), "adjust": h.step(h.adjust),
			"place": h.step(h.place), "transfer": h.step(h.transfer), "leave": h.step(h.leave), "damage": h.step(h.damage),
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

func (h *history) shelf() shelf {
	return shelf{rapid.SampledFrom(modelWarehouses).Draw(h.T, "warehouse"), rapid.SampledFrom(modelProducts).Draw(h.T, "product")}
}

func (h *history) units(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(h.T, "units") }

func (h *history) compare() {
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
			if got := decodeUnits(reserved.Val())[p]; got != h.m.reserved(at) {
				h.Fatalf("%v: reserved %d, the model has %d", at, got, h.m.reserved(at))
			}
			if h.m.free(at) < 0 || list[p] != (h.m.free(at) > 0) {
				h.Fatalf("%v: %d free, in product_list: %v", at, h.m.free(at), list[p])
			}
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

// place orders two products: it works exactly when all warehouses together have enough.
func (h *history) place() {
	p := placement(line("prod1", h.units(1, 12)), line("prod5", h.units(1, 12)))
	possible := true
	for _, l := range p.Draft.Lines {
		free := 0
		for _, w := range modelWarehouses {
			free += h.m.free(shelf{w, l.Product})
		}
		possible = possible && free >= l.Quantity
	}
	order, _, err := h.s.Place(h.ctx, p)
	if !h.is(possible, err) {
		return
	}
	held := map[shelf]int{}
	for _, source := range order.Plan.Sources {
		for _, l := range source.Lines {
			held[shelf{source.Warehouse, l.Product}] += l.Quantity
		}
	}
	h.m.held[order.Number] = held
	h.m.orders = append(h.m.orders, order.Number)
	for _, t := range order.Transfers {
		h.m.ways[t.ID] = way{t, store.TransferRequested}
	}
}

// transfer takes a transfer one step on, or back.
func (h *history) transfer() {
	if len(h.m.ways) == 0 {
		return
	}
	id := rapid.SampledFrom(sortedKeys(h.m.ways)).Draw(h.T, "transfer")
	w := h.m.ways[id]
	acts := []struct {
		from, to store.TransferState
		at       string
		sign     int
		do       func(*Store, context.Context, store.Actor, string) (store.Transfer, error)
	}{
		{store.TransferRequested, store.TransferSent, w.From, -1, (*Store).SendTransfer},
		{store.TransferSent, store.TransferRequested, w.From, 1, (*Store).UnsendTransfer},
		{store.TransferSent, store.TransferDelivered, w.To, 1, (*Store).ReceiveTransfer},
		{store.TransferDelivered, store.TransferSent, w.To, -1, (*Store).UnreceiveTransfer},
	}
	act := acts[rapid.IntRange(0, len(acts)-1).Draw(h.T, "act")]
	_, err := act.do(h.s, h.ctx, clerk, id)
	open := !h.m.gone[w.Order]
	if !h.is(w.state == act.to || open && w.state == act.from, err) || w.state == act.to {
		return
	}
	for _, l := range w.Lines {
		at := shelf{act.at, l.Product}
		h.m.onHand[at] += act.sign * l.Quantity
		h.m.held[w.Order][at] += act.sign * l.Quantity
	}
	w.state = act.to
	h.m.ways[id] = w
}

// leave packs an order whose products are all there, and gives it to the courier; twice does no harm.
func (h *history) leave() {
	if len(h.m.orders) == 0 {
		return
	}
	n := rapid.SampledFrom(h.m.orders).Draw(h.T, "order")
	for _, w := range h.m.ways {
		if w.Order == n && w.state != store.TransferDelivered {
			return
		}
	}
	if !h.m.gone[n] {
		for _, l := range must2(h, func() (store.Order, error) { return h.s.Order(h.ctx, n) }).Lines {
			h.ok(h.s.Pack(h.ctx, clerk, n, l.Product, l.Quantity))
		}
		h.ok(h.s.Ready(h.ctx, clerk, n))
	}
	h.ok(h.s.PickUp(h.ctx, courier, n))
	for at, units := range h.m.held[n] {
		h.m.onHand[at] -= units
	}
	delete(h.m.held, n)
	h.m.gone[n] = true
	maps.DeleteFunc(h.m.ways, func(_ string, w way) bool { return w.Order == n })
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
