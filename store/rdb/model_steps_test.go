package rdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"waybill/store"
)

// The steps of TestStockAgainstModel that are about orders and transfers. Each says what it does to what is
// on hand; what is reserved follows from what the orders say afterwards.

func (m *model) add(warehouse string, sign int, lines ...[]store.Line) {
	for _, some := range lines {
		for _, l := range some {
			m.onHand[shelf{warehouse, l.Product}] += sign * l.Quantity
		}
	}
}

// order draws one of the orders that are in one of the statuses; none without such.
func (h *history) order(statuses ...store.Status) (store.Order, bool) {
	var numbers []store.Number
	for n, o := range h.m.orders {
		if slices.Contains(statuses, o.Status) {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 0 {
		return store.Order{}, false
	}
	slices.Sort(numbers)
	return h.m.orders[rapid.SampledFrom(numbers).Draw(h.T, "order")], true
}

// transfer draws one of the transfers that are in one of the states.
func (h *history) transfer(states ...store.TransferState) (store.Transfer, bool) {
	var ids []string
	for id, t := range h.m.ways {
		if slices.Contains(states, t.State) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return store.Transfer{}, false
	}
	slices.Sort(ids)
	return h.m.ways[rapid.SampledFrom(ids).Draw(h.T, "transfer")], true
}

// part draws a part of some lines.
func (h *history) part(lines []store.Line, label string) []store.Line {
	var some []store.Line
	for _, l := range lines {
		some = append(some, line(l.Product, rapid.IntRange(0, l.Quantity).Draw(h.T, label+" "+l.Product)))
	}
	return some
}

// place orders two products: it is placed exactly when all warehouses together have enough that nobody
// waits for. Else it waits, or is refused, as its customer wished.
func (h *history) place() {
	p := placement(line("prod1", h.units(1, 12)), line("prod5", h.units(1, 12)))
	p.Draft.Backorder = rapid.Bool().Draw(h.T, "waits")
	p.Draft.Parts = p.Draft.Backorder && rapid.Bool().Draw(h.T, "in parts")
	free, queues := h.m.free()
	possible := true
	for _, l := range p.Draft.Lines {
		for _, claim := range queues[l.Product] {
			free[l.Product] -= claim.Units
		}
		possible = possible && free[l.Product] >= l.Quantity
	}
	order, _, err := h.s.Place(h.ctx, p)
	if !h.is(possible || p.Draft.Backorder, err) {
		return
	}
	if possible != (order.Status == store.Placed && order.Child.Number == 0) {
		h.Fatalf("possible: %v, the order is %s", possible, order.Status)
	}
	for _, n := range []store.Number{order.Number, order.Child.Number} {
		if n != 0 {
			h.m.orders[n] = store.Order{}
		}
	}
}

// edit asks for other quantities; the same wish twice changes nothing more.
func (h *history) edit() {
	o, ok := h.order(store.Placed, store.Backordered)
	if !ok {
		return
	}
	e := wish(o)
	e.Draft.Recipient = draft().Recipient // an outside program has left it out
	e.Draft.Lines = []store.Line{line("prod1", h.units(1, 12)), line("prod5", h.units(1, 12))}
	_, err := h.s.Edit(h.ctx, shopper, o.Number, e)
	if h.may(err) {
		_, err = h.s.Edit(h.ctx, shopper, o.Number, e)
		h.may(err) // what it lacked may have come in between, so that it is another version
	}
}

func (h *history) cancel() {
	o, ok := h.order(store.Placed, store.Backordered, store.Ready, store.Sent, store.Cancelled)
	if ok {
		h.is(o.Status != store.Sent, h.s.Cancel(h.ctx, shopper, o.Number, ""))
	}
}

// leave packs an order whose products are all there, and gives it to the courier; twice does no harm.
func (h *history) leave() {
	o, ok := h.order(store.Placed, store.Ready)
	if !ok || len(o.Moving) > 0 {
		return
	}
	if o.Status == store.Placed {
		for _, l := range o.Lines {
			h.ok(h.s.Pack(h.ctx, clerk, o.Number, l.Product, l.Quantity))
		}
		h.ok(h.s.Ready(h.ctx, clerk, o.Number))
		if rapid.IntRange(0, 3).Draw(h.T, "a slip") == 0 {
			h.ok(h.s.Unready(h.ctx, clerk, o.Number))
			return
		}
		if rapid.Bool().Draw(h.T, "not yet") {
			return
		}
	}
	for range rapid.IntRange(1, 2).Draw(h.T, "presses") {
		h.ok(h.s.PickUp(h.ctx, courier, o.Number))
	}
	h.m.add(o.Warehouse, -1, o.Lines)
}

// comeBack brings a parcel to the door, or back, and looks into it.
func (h *history) comeBack() {
	o, ok := h.order(store.Sent, store.Delivered, store.Returned)
	if !ok {
		return
	}
	if o.Status != store.Returned {
		vain := store.Failure{Attempt: o.Failures + 1, Problem: store.ProblemNobody, Back: rapid.Bool().Draw(h.T, "back")}
		switch at := rapid.IntRange(0, 2).Draw(h.T, "door"); {
		case at == 0 && o.Courier == courier.ID:
			h.ok(h.s.Deliver(h.ctx, courier, o.Number, store.Proof{ReceivedBy: "Anna"})) // or pressed again
		case at == 1 && o.Courier == courier.ID && o.Status == store.Sent:
			h.ok(h.s.CouldNotDeliver(h.ctx, courier, o.Number, vain))
		default:
			h.ok(h.s.Return(h.ctx, helper, o.Number, rapid.SampledFrom(modelWarehouses).Draw(h.T, "to"), "not wanted"))
		}
		return
	}
	if o.Inspection != nil {
		h.ok(h.s.Inspect(h.ctx, clerk, o.Number, o.Inspection)) // pressed again
		return
	}
	var found []store.Inspected
	var sellable []store.Line
	for _, l := range o.Lines {
		good := h.units(0, l.Quantity)
		found = append(found, store.Inspected{Product: l.Product, Sellable: good, Damaged: h.units(0, l.Quantity-good)})
		sellable = append(sellable, line(l.Product, good))
	}
	h.ok(h.s.Inspect(h.ctx, clerk, o.Number, found))
	h.m.add(o.BackAt(), 1, sellable)
}

// ask asks for units for a shelf: possible exactly when the other warehouse has them free.
func (h *history) ask() {
	at, from := h.shelf(), rapid.SampledFrom(modelWarehouses).Draw(h.T, "from")
	if from == at.warehouse {
		return
	}
	h.tries++
	ask := store.Ask{To: at.warehouse, From: from, Product: at.product, Units: h.units(1, 10), Key: fmt.Sprint(h.tries)}
	free := h.m.onHand[shelf{from, at.product}] - h.m.reserved(shelf{from, at.product})
	t, _, err := h.s.AskTransfer(h.ctx, clerk, ask)
	if h.is(free >= ask.Units, err) {
		h.m.asks = append(h.m.asks, t.ID)
		again, raised, err := h.s.AskTransfer(h.ctx, clerk, ask)
		if h.ok(err); raised || again.ID != t.ID {
			h.Fatalf("asked twice: %s and %s, raised: %t", t.ID, again.ID, raised)
		}
	}
}

// moveOn takes a transfer one step on, or back. What has not left is sent, and what is on its way arrives,
// as long as somebody wants it; a receipt is undone only while nothing is built upon it.
func (h *history) moveOn() {
	t, ok := h.transfer(store.TransferRequested, store.TransferSent, store.TransferDelivered, store.TransferRefused, store.TransferClosed)
	if !ok {
		return
	}
	act := func(do func(*Store, context.Context, store.Actor, string) (store.Transfer, error)) error {
		_, err := do(h.s, h.ctx, clerk, t.ID)
		return err
	}
	switch rapid.IntRange(0, 4).Draw(h.T, "act") {
	case 0:
		if h.is(t.State == store.TransferRequested || t.State == store.TransferSent, act((*Store).SendTransfer)) && t.State == store.TransferRequested {
			h.m.add(t.From, -1, t.Lines)
		}
	case 1:
		if h.is(t.State == store.TransferRequested || t.State == store.TransferSent, act((*Store).UnsendTransfer)) && t.State == store.TransferSent {
			h.m.add(t.From, 1, t.Lines)
		}
	case 2:
		if h.is(t.State == store.TransferSent || t.State == store.TransferDelivered, act((*Store).ReceiveTransfer)) && t.State == store.TransferSent {
			h.m.add(t.To, 1, t.Lines)
		}
	case 3:
		if h.may(act((*Store).UnreceiveTransfer)) && t.State == store.TransferDelivered {
			h.m.add(t.To, -1, t.Lines)
		}
	case 4:
		h.is(t.Fills() && (t.State == store.TransferRequested || t.State == store.TransferClosed), act((*Store).CancelAsk))
	}
}

// fallShort sends, or receives, less than was asked for; pressed twice at times.
func (h *history) fallShort() {
	t, ok := h.transfer(store.TransferRequested, store.TransferSent)
	if !ok {
		return
	}
	presses := rapid.IntRange(1, 2).Draw(h.T, "presses")
	if t.State == store.TransferRequested {
		sent := h.part(t.Lines, "sent")
		why := store.Shortfall{Cause: rapid.SampledFrom(store.SenderCauses()).Draw(h.T, "cause")}
		for range presses {
			_, err := h.s.SendPart(h.ctx, clerk, t.ID, sent, why)
			h.ok(err)
		}
		if h.m.add(t.From, -1, sent); why.Cause != store.CauseKept {
			h.m.add(t.From, -1, store.Less(t.Lines, sent))
		}
		return
	}
	arrived := h.part(t.Lines, "arrived")
	damaged := h.part(store.Less(t.Lines, arrived), "damaged")
	for range presses {
		_, err := h.s.ReceivePart(h.ctx, clerk, t.ID, arrived, damaged, "the van was wet")
		h.ok(err)
	}
	h.m.add(t.To, 1, arrived)
}

// deliver announces goods and receives a part of them, or more.
func (h *history) deliver() {
	at := h.shelf()
	h.tries++
	announced := store.Delivery{
		Warehouse: at.warehouse, Supplier: "Młyny", Reference: fmt.Sprint("WZ/", h.tries), Due: h.s.now().Add(48 * time.Hour),
		Lines: []store.DeliveryLine{{Product: at.product, Announced: h.units(1, 9)}},
	}
	d, _, err := h.s.Announce(h.ctx, clerk, announced)
	h.ok(err)
	lines := []store.Line{line(at.product, h.units(1, 9))}
	receipt := store.DeliveryReceipt{Lines: lines, Last: rapid.Bool().Draw(h.T, "last"), Why: "as it came"}
	_, err = h.s.ReceiveDelivery(h.ctx, clerk, d.ID, d.Version, receipt)
	h.ok(err)
	_, err = h.s.ReceiveDelivery(h.ctx, clerk, d.ID, d.Version, receipt)
	h.is(false, err)
	h.m.add(at.warehouse, 1, lines)
}

// giveWay counts a shelf below what is promised: those who may give way do, and the count is what was
// counted. Parcels that are ready do not.
func (h *history) giveWay() {
	at := h.shelf()
	level, reserved := h.m.onHand[at], h.m.reserved(at)
	if reserved == 0 {
		return
	}
	counted := h.units(0, reserved-1)
	losers := must2(h, func() (store.Losers, error) {
		return h.s.Losers(h.ctx, at.warehouse, at.product, store.Remains{Units: counted}, nil)
	})
	ready := 0
	for _, o := range h.m.orders {
		if o.Status == store.Ready && o.Warehouse == at.warehouse {
			ready += store.Quantity(o.Lines, at.product)
		}
	}
	if losers.Need != reserved-counted || losers.Left != max(0, ready-counted) {
		h.Fatalf("%d of %d are promised, %d of them in parcels that are ready, %d counted: %+v", reserved, level, ready, counted, losers)
	}
	h.tries++
	c := store.Correction{
		Warehouse: at.warehouse, Kind: store.MoveCounted, Reason: "counted", Key: fmt.Sprint(h.tries), Yields: losers.Yields(),
		Lines: []store.CorrectionLine{{Product: at.product, Change: counted - level, Seen: level}},
	}
	for range rapid.IntRange(1, 2).Draw(h.T, "presses") {
		_, err := h.s.Correct(h.ctx, clerk, c)
		h.is(losers.Left == 0, err)
	}
	if losers.Left == 0 {
		h.m.onHand[at] = counted
	}
}

// prioritize moves an order in its queues. Whoever has all that they wait for by it goes on.
func (h *history) prioritize() {
	o, ok := h.order(store.Backordered)
	if ok {
		h.may(h.s.Prioritize(h.ctx, helper, o.Number, rapid.SampledFrom([]store.QueueMove{store.MoveUp, store.MoveDown, store.MoveFirst}).Draw(h.T, "move"), "asked nicely"))
	}
}

// adopt makes an order ours that an outside program has written; twice it is one. What is short it waits
// for.
func (h *history) adopt() {
	h.tries++
	n := store.Number(500_000 + h.tries)
	h.ok(h.s.client.HSet(h.ctx, h.s.keyOrder(n), "recipient", "Kot", "status", "placed").Err())
	h.ok(h.s.client.RPush(h.ctx, h.s.keyLines(n), slices.Repeat([]any{"prod1", "prod5"}, h.units(1, 6))...).Err())
	push(h.ctx, h.s, store.Placed, orderName(n))
	for range 2 {
		h.ok(h.s.adopt(h.ctx, n, store.Placed))
	}
	h.ok(h.s.serveWaiting(h.ctx))
	h.m.orders[n] = store.Order{}
}

// takeOver has an outside program end an order, or send it as it is: then its units leave from where they
// lie.
func (h *history) takeOver() {
	o, ok := h.order(store.Placed, store.Ready)
	if !ok {
		return
	}
	status := rapid.SampledFrom([]store.Status{store.Cancelled, store.Sent}).Draw(h.T, "status")
	h.ok(h.s.client.Set(h.ctx, h.s.keyStatus(o.Number), string(status), 0).Err())
	for range 2 {
		h.ok(h.s.heed(h.ctx, o.Number))
	}
	h.ok(h.s.serveWaiting(h.ctx)) // as the keeper does, whose look it was that found it
	if status == store.Sent {
		h.m.lies(o, func(warehouse string, lines []store.Line) { h.m.add(warehouse, -1, lines) })
	}
}
