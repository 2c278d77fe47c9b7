package rdb

import (
	"crypto/rand"
	"fmt"
	random "math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"waybill/store"
)

const (
	handsSites    = 7 // beside those of the demo
	handsProducts = 24
)

// crowd is many people at one shop on two nodes, and what they know of: numbers of orders, transfers that
// fill shelves, deliveries that are announced.
type crowd struct {
	testing.TB
	nodes []*Store

	mu     sync.Mutex
	orders []store.Number
	asks   []string
	done   map[string]int // act → how often it was done
}

// hand is one of them. Its acts come from its own seed.
type hand struct {
	*crowd
	*random.Rand
	s *Store
}

// TestManyHandsOnTwoNodes has many people do all that moves stock at once: orders of up to 20 lines are
// placed, changed, cancelled, assembled, brought, sent back and looked into; transfers go, fall short and
// are refused; goods come, shelves are counted and run dry. Before anybody has looked after it no unit is
// promised twice and each history is a path; after the sweeper nothing is left half done either. Then they
// all go on, with the sweeper among them.
func TestManyHandsOnTwoNodes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := &crowd{TB: t, nodes: []*Store{handsShop(t, l), newStore(l.newClient())}, done: map[string]int{}}
	for round := range uint64(3) {
		var over sync.WaitGroup
		looking := make(chan struct{})
		if round > 0 {
			over.Go(func() { c.keep(looking) })
		}
		together(8, func(i int) {
			h := &hand{crowd: c, Rand: random.New(random.NewPCG(round, uint64(i))), s: c.nodes[i%2]}
			for range 40 {
				h.act()
			}
		})
		close(looking)
		over.Wait()
		checkStock(t, c.nodes[0])
		checkOrders(t, c.nodes[0])
		sweep(t, l.later(), fmt.Sprintf("round %d", round))
		if t.Failed() {
			return
		}
	}
	t.Logf("%d orders; done: %v", len(c.orders), c.done)
	for _, act := range []string{"place", "change", "cancel", "move a transfer", "fall short", "assemble", "receive", "count"} {
		if c.done[act] == 0 {
			t.Errorf("nobody could %s", act)
		}
	}
}

// handsShop is a shop of ten warehouses, with those of the demo, each with a few units of most products.
func handsShop(t testing.TB, l *lab) *Store {
	t.Helper()
	s, r := l.shop(t), random.New(random.NewPCG(7, 7))
	for i := range handsSites {
		must(t, s.SaveWarehouse(t.Context(), store.Warehouse{ID: site(i), Name: site(i), At: store.Point{Lat: 50 + r.Float64()*4, Lon: 15 + r.Float64()*7}, Capacity: 8 * (i % 3)}))
	}
	for i := range handsProducts {
		p := store.Product{ID: item(i), Name: item(i)}
		switch i % 4 {
		case 1:
			p.Terms = store.Terms{Kind: store.TermsBackorder}
		case 2:
			p.Terms = store.Terms{Kind: store.TermsBackorder, Cap: 20}
		}
		must(t, s.SaveProduct(t.Context(), p))
		for range 4 {
			_, err := s.SetStock(t.Context(), clerk, site(r.IntN(handsSites)), item(i), 2+r.IntN(9), "opening")
			must(t, err)
		}
	}
	return s
}

func site(i int) string { return fmt.Sprint("site", i) }
func item(i int) string { return fmt.Sprint("item", i) }

// keep is the keeper's work, all the time.
func (c *crowd) keep(over <-chan struct{}) {
	k := &keeper{Store: c.nodes[1], reconciler: &reconciler{Store: c.nodes[1]}}
	for {
		select {
		case <-over:
			return
		case <-time.After(20 * time.Millisecond):
		}
		if _, err := k.reconciler.pass(c.Context(), true, false); err != nil {
			c.Errorf("the keeper: %v", err)
		}
		if err := k.serveWaiting(c.Context()); err != nil {
			c.Errorf("the keeper: %v", err)
		}
	}
}

// act does one thing. That it is not possible any more is an answer like others.
func (h *hand) act() {
	names := sortedKeys(handActs)
	weighed := append(slices.Clone(names), "place", "place", "place", "place", "move a transfer", "move a transfer", "move a transfer", "assemble", "assemble")
	name := weighed[h.IntN(len(weighed))]
	err := handActs[name](h)
	switch kind := store.KindOf(err); {
	case err == errNothingToDo:
	case err == nil:
		h.mu.Lock()
		h.done[name]++
		h.mu.Unlock()
	case kind != store.Conflict && kind != store.Invalid && kind != store.NotFound && kind != store.Forbidden:
		h.Errorf("%s: %v", name, err)
	}
}

// order picks an order that is in one of some statuses, if it finds one.
func (h *hand) order(statuses ...store.Status) (store.Order, bool) {
	h.mu.Lock()
	numbers := slices.Clone(h.orders)
	h.mu.Unlock()
	for range min(12, len(numbers)) {
		o, err := h.s.Order(h.Context(), numbers[h.IntN(len(numbers))])
		if err != nil {
			h.Errorf("read an order: %v", err)
			return o, false
		}
		if slices.Contains(statuses, o.Status) {
			return o, true
		}
	}
	return store.Order{}, false
}

// lines draws 1 to 20 products, mostly few.
func (h *hand) lines() []store.Line {
	n := 1 + h.IntN(4)
	if h.IntN(4) == 0 {
		n = 1 + h.IntN(20)
	}
	var lines []store.Line
	for _, i := range h.Perm(handsProducts)[:n] {
		lines = append(lines, line(item(i), 1+h.IntN(3)))
	}
	return lines
}

// some draws a part of some lines.
func (h *hand) some(lines []store.Line) []store.Line {
	var part []store.Line
	for _, l := range lines {
		part = append(part, line(l.Product, h.IntN(l.Quantity+1)))
	}
	return part
}

// handActs are all the things that people do here. One that finds nothing to do says errNothingToDo.
var handActs = map[string]func(*hand) error{
	"place": (*hand).place, "change": (*hand).change, "cancel": (*hand).cancel, "prioritize": (*hand).prioritize,
	"move a transfer": (*hand).moveTransfer, "fall short": (*hand).fallShort, "refuse": (*hand).refuse, "ask": (*hand).ask,
	"assemble": (*hand).assemble, "pick up": (*hand).pickUp, "deliver": (*hand).deliver, "send back": (*hand).sendBack, "look into": (*hand).lookInto,
	"count": (*hand).count, "receive": (*hand).receive, "write off": (*hand).writeOff, "unload": (*hand).unload, "count down": (*hand).countDown, "book a file": (*hand).bookFile,
}

func (h *hand) place() error {
	p := placement(h.lines()...)
	p.Draft.Backorder = h.IntN(2) == 0
	p.Draft.Parts = p.Draft.Backorder && h.IntN(2) == 0
	order, _, err := h.s.Place(h.Context(), p)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.orders = append(h.orders, order.Number)
	if order.Child.Number != 0 {
		h.orders = append(h.orders, order.Child.Number)
	}
	return nil
}

func (h *hand) change() error {
	o, ok := h.order(store.Placed, store.Backordered)
	if !ok {
		return errNothingToDo
	}
	return editTo(h.Context(), h.s, o, h.lines()...)
}

func (h *hand) cancel() error {
	o, ok := h.order(store.Placed, store.Backordered, store.Ready)
	if !ok {
		return errNothingToDo
	}
	return h.s.Cancel(h.Context(), shopper, o.Number, "")
}

func (h *hand) prioritize() error {
	o, ok := h.order(store.Backordered)
	if !ok {
		return errNothingToDo
	}
	return h.s.Prioritize(h.Context(), helper, o.Number, []store.QueueMove{store.MoveUp, store.MoveDown, store.MoveFirst}[h.IntN(3)], "asked")
}

// transfer picks one that serves an order, or fills a shelf.
func (h *hand) transfer(states ...store.TransferState) (store.Transfer, bool) {
	if h.IntN(4) == 0 {
		h.mu.Lock()
		ids := slices.Clone(h.asks)
		h.mu.Unlock()
		if len(ids) > 0 {
			t, err := h.s.Transfer(h.Context(), ids[h.IntN(len(ids))])
			return t, err == nil && slices.Contains(states, t.State)
		}
	}
	for range 4 {
		o, ok := h.order(store.Placed, store.Backordered, store.Cancelled)
		if !ok {
			break
		}
		for _, t := range o.Transfers {
			if slices.Contains(states, t.State) {
				return t, true
			}
		}
	}
	return store.Transfer{}, false
}

func (h *hand) moveTransfer() error {
	t, ok := h.transfer(store.TransferRequested, store.TransferSent, store.TransferDelivered)
	if !ok {
		return errNothingToDo
	}
	back := h.IntN(6) == 0
	do := h.s.SendTransfer
	switch {
	case t.State == store.TransferRequested && back && t.Fills():
		do = h.s.CancelAsk
	case t.State == store.TransferSent && back:
		do = h.s.UnsendTransfer
	case t.State == store.TransferSent:
		do = h.s.ReceiveTransfer
	case t.State == store.TransferDelivered:
		do = h.s.UnreceiveTransfer
	}
	_, err := do(h.Context(), clerk, t.ID)
	return err
}

func (h *hand) fallShort() error {
	t, ok := h.transfer(store.TransferRequested, store.TransferSent)
	if !ok {
		return errNothingToDo
	}
	part := h.some(t.Lines)
	if t.State == store.TransferRequested {
		causes := store.SenderCauses()
		_, err := h.s.SendPart(h.Context(), clerk, t.ID, part, store.Shortfall{Cause: causes[h.IntN(len(causes))]})
		return err
	}
	_, err := h.s.ReceivePart(h.Context(), clerk, t.ID, part, h.some(store.Less(t.Lines, part)), "wet")
	return err
}

func (h *hand) refuse() error {
	t, ok := h.transfer(store.TransferRequested)
	if !ok {
		return errNothingToDo
	}
	causes := store.SenderCauses()
	_, err := h.s.RefuseTransfer(h.Context(), clerk, t.ID, store.Shortfall{Cause: causes[h.IntN(len(causes))]})
	return err
}

func (h *hand) ask() error {
	from := h.IntN(handsSites)
	t, _, err := h.s.AskTransfer(h.Context(), clerk, store.Ask{
		To: site((from + 1) % handsSites), From: site(from), Product: item(h.IntN(handsProducts)), Units: 1 + h.IntN(4), Key: rand.Text(),
	})
	if err == nil {
		h.mu.Lock()
		h.asks = append(h.asks, t.ID)
		h.mu.Unlock()
	}
	return err
}

func (h *hand) assemble() error {
	o, ok := h.order(store.Placed)
	if !ok {
		return errNothingToDo
	}
	for _, l := range o.Lines {
		if err := h.s.Pack(h.Context(), clerk, o.Number, l.Product, min(l.Quantity, o.Here(l.Product))); err != nil {
			return err
		}
	}
	return h.s.Ready(h.Context(), clerk, o.Number)
}

func (h *hand) pickUp() error {
	o, ok := h.order(store.Ready)
	if !ok {
		return errNothingToDo
	}
	if h.IntN(5) == 0 {
		return h.s.Unready(h.Context(), clerk, o.Number)
	}
	return h.s.PickUp(h.Context(), courier, o.Number)
}

func (h *hand) deliver() error {
	o, ok := h.order(store.Sent)
	if !ok {
		return errNothingToDo
	}
	if h.IntN(3) == 0 {
		return h.s.CouldNotDeliver(h.Context(), courier, o.Number, store.Failure{Attempt: o.Failures + 1, Problem: store.ProblemNobody, Back: h.IntN(2) == 0})
	}
	return h.s.Deliver(h.Context(), courier, o.Number, store.Proof{ReceivedBy: "Anna"})
}

func (h *hand) sendBack() error {
	o, ok := h.order(store.Sent, store.Delivered)
	if !ok {
		return errNothingToDo
	}
	return h.s.Return(h.Context(), helper, o.Number, site(h.IntN(handsSites)), "not wanted")
}

func (h *hand) lookInto() error {
	o, ok := h.order(store.Returned)
	if !ok {
		return errNothingToDo
	}
	var found []store.Inspected
	for _, l := range o.Lines {
		sellable := h.IntN(l.Quantity + 1)
		found = append(found, store.Inspected{Product: l.Product, Sellable: sellable, Damaged: l.Quantity - sellable})
	}
	return h.s.Inspect(h.Context(), clerk, o.Number, found)
}

func (h *hand) count() error {
	w, p := site(h.IntN(handsSites)), item(h.IntN(handsProducts))
	if h.IntN(2) == 0 {
		_, err := h.s.SetStock(h.Context(), clerk, w, p, h.IntN(16), "counted")
		return err
	}
	level, err := h.s.level(h.Context(), w, p)
	if err == nil {
		_, err = h.s.BookSheet(h.Context(), clerk, w, []store.Counted{{Product: p, Units: h.IntN(16), Seen: level.OnHand}}, "counted")
	}
	return err
}

func (h *hand) receive() error {
	_, _, err := h.s.Receive(h.Context(), clerk, store.Receipt{
		Warehouse: site(h.IntN(handsSites)), Reference: "note", Lines: h.lines(), Reason: "came", Caller: "test", Key: fmt.Sprint("receipt ", h.IntN(60)),
	})
	return err
}

func (h *hand) writeOff() error {
	_, err := h.s.Adjust(h.Context(), clerk, store.Adjustment{
		Warehouse: site(h.IntN(handsSites)), Product: item(h.IntN(handsProducts)), Kind: store.MoveDamaged, Change: -1 - h.IntN(3), Reason: "fell", Key: rand.Text(),
	})
	return err
}

// unload announces a delivery and takes in a part of it.
func (h *hand) unload() error {
	p := item(h.IntN(handsProducts))
	d, _, err := h.s.Announce(h.Context(), clerk, store.Delivery{
		Warehouse: site(h.IntN(handsSites)), Supplier: "Młyny", Reference: rand.Text(), Due: h.s.now().Add(48 * time.Hour), Lines: []store.DeliveryLine{{Product: p, Announced: 6}},
	})
	if err == nil {
		_, err = h.s.ReceiveDelivery(h.Context(), clerk, d.ID, d.Version, store.DeliveryReceipt{Lines: []store.Line{line(p, 1+h.IntN(6))}})
	}
	return err
}

// countDown counts a shelf below what is promised: those who may give way do.
func (h *hand) countDown() error {
	w, p := site(h.IntN(handsSites)), item(h.IntN(handsProducts))
	level, err := h.s.level(h.Context(), w, p)
	if err != nil || level.Reserved == 0 {
		return errNothingToDo
	}
	units := h.IntN(level.Reserved)
	losers, err := h.s.Losers(h.Context(), w, p, store.Remains{Units: units}, nil)
	if err != nil || losers.Left > 0 {
		return errNothingToDo
	}
	_, err = h.s.Correct(h.Context(), clerk, store.Correction{
		Warehouse: w, Kind: store.MoveCounted, Reason: "counted", Key: rand.Text(), Yields: losers.Yields(),
		Lines: []store.CorrectionLine{{Product: p, Change: units - losers.Level.OnHand, Seen: losers.Level.OnHand}},
	})
	return err
}

func (h *hand) bookFile() error {
	var file []store.StockRow
	for i, p := range h.Perm(handsProducts)[:4] {
		file = append(file, store.StockRow{Line: i + 2, Warehouse: site(h.IntN(handsSites)), Product: item(p), OnHand: h.IntN(16), Reason: "file"})
	}
	im, err := h.s.BookFile(h.Context(), clerk, "x.csv", file, func(store.Import) {})
	if err == nil && im.State != store.ImportDone {
		return errNothingToDo
	}
	return err
}
