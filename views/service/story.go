package service

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"waybill/store"
	"waybill/views/ui"
)

// Tell draws up an order's story.
func Tell(o store.Order, scene Scene) Story {
	s := Story{
		Number: o.Number.String(), Status: string(o.Status), Problem: o.Problem, Outside: o.Outside,
		Recipient: recipient(o.Recipient, scene), Raw: raw(o, scene),
	}
	if o.Version == 0 && o.Outside {
		s.Status = "outside" // nothing of it is reserved, so nobody assembles it
	}
	s.Promise, s.Late = promise(o, scene)
	s.Acts = acts(o, scene)
	if o.Token != "" {
		s.Track = "/track/" + o.Token
	}
	for _, line := range o.Lines {
		s.Lines = append(s.Lines, where(o, line, scene))
	}
	if o.Status == store.Backordered {
		for _, line := range waits(o) {
			s.Queues = append(s.Queues, Link{Words: scene.Directory.ProductName(line.Product), Href: "/waiting/" + line.Product + "#order-" + s.Number})
		}
	}
	for words, part := range map[string]store.Part{"The rest of it": o.Child, "It is the rest of": o.Parent} {
		if part.Number != 0 {
			s.Parts = append(s.Parts, Link{Words: words + ": order " + ui.OrderNumber(part.Number.String()), Href: "/service/orders/" + part.Number.String()})
		}
	}
	for _, t := range o.Transfers {
		s.Transfers = append(s.Transfers, transfer(t, scene))
	}
	for _, e := range o.History {
		s.Entries = append(s.Entries, entry(e, o, scene))
	}
	s.Candidates = candidates(o.Plan, o.At == nil, scene)
	s.Map, s.WhatIf = DrawMap(o.Plan, o.At, o.Recipient.Address.City, scene), whatIfOf(o)
	if len(s.Candidates) == 0 {
		s.NoPlan = "No warehouse has been chosen yet."
	}
	return s
}

// acts lists what whoever looks may do about an order. One that is not ours yet is left alone.
func acts(o store.Order, scene Scene) Acts {
	a := Acts{Path: "/service/orders/" + o.Number.String()}
	if !scene.acts() || o.Version == 0 {
		return a
	}
	a.Change = o.CheckEdit(scene.Role) == nil
	a.Cancel = store.CheckCancel(o.Status, scene.Role) == nil
	if a.Return = store.MayStep(o.Status, store.Returned, scene.Role); a.Return {
		a.Home = o.Warehouse
		for _, id := range scene.Directory.WarehouseIDs {
			a.Warehouses = append(a.Warehouses, ui.Option{Value: id, Label: scene.Directory.WarehouseName(id)})
		}
	}
	return a
}

// promise answers "when does it come?".
func promise(o store.Order, scene Scene) (text string, late bool) {
	switch {
	case o.Status == store.Delivered:
		if o.ReceivedBy != "" {
			return "Delivered. Taken by " + o.ReceivedBy + ".", false
		}
		return "Delivered.", false
	case o.Status == store.Cancelled:
		return "Cancelled: it will not be sent.", false
	case o.Status == store.Returned:
		return "It came back to us.", false
	case o.Status == store.Backordered:
		return waiting(o, scene)
	case o.PromisedAt.IsZero():
		return strings.TrimSpace("No date is promised yet. " + scene.Directory.NotSold(o.Lines)), false
	case o.PromisedAt.Before(scene.Now):
		return "Late: it was promised for " + scene.day(o.PromisedAt) + ".", true
	}
	text = "Arrives " + scene.day(o.PromisedAt) + "."
	if !o.FirstDate.IsZero() && o.FirstDate.Before(o.PromisedAt) {
		text += " First promised for " + scene.day(o.FirstDate) + "."
	}
	return text, false
}

// waiting says what an order waits for, and until when.
func waiting(o store.Order, scene Scene) (text string, late bool) {
	text = "Waits for " + scene.Directory.Goods(waits(o)) + "."
	if o.ExpectedAt.IsZero() {
		return text + " Nobody has announced enough, so there is no date.", false
	}
	at, now := o.ExpectedAt.In(scene.Zone), scene.Now.In(scene.Zone)
	if ui.DaysBetween(at, now) > 0 {
		return text + " It was expected " + scene.day(at) + ".", true
	}
	return text + " Expected " + scene.day(at) + ".", false
}

// waits lists what a waiting order waits for.
func waits(o store.Order) []store.Line {
	if len(o.Waits) == 0 {
		return o.Lines
	}
	return o.Waits
}

func recipient(r store.Recipient, scene Scene) Recipient {
	a := r.Address
	return Recipient{
		Name: cmp.Or(r.Name, "No name"), Email: r.Email, Phone: r.Phone, Missing: a.Missing(),
		Street: a.Lines(scene.Country.Of(a.Country)),
	}
}

// where says where the units of a product are.
func where(o store.Order, line store.Line, scene Scene) Line {
	l := Line{Product: line.Product, Name: scene.Directory.ProductName(line.Product), Units: ui.Units(line.Quantity)}
	town := scene.Directory.WarehouseName(o.Warehouse)
	packed, travelling := o.Packed[line.Product], o.Travelling(line.Product)
	switch {
	case o.Status == store.Sent:
		l.State, l.Where = "gone", "with the courier"
		if o.CourierName != "" {
			l.Where = "with " + o.CourierName
		}
	case o.Status == store.Delivered:
		l.State, l.Where = "gone", "delivered"
	case o.Inspection != nil:
		l.State, l.Where = "gone", cameBackAs(o, line)
	case o.Status == store.Cancelled || o.Status == store.Returned:
		l.State, l.Where = "gone", o.Status.Words()
	case o.Warehouse == "" && o.Status == store.Backordered && store.Quantity(waits(o), line.Product) > 0:
		l.State, l.Where = "missing", "waited for"
	case o.Warehouse == "" && o.Status == store.Backordered:
		l.State, l.Where = "missing", "reserved when the rest is there"
	case o.Warehouse == "":
		l.State, l.Where = "missing", "not reserved anywhere"
	case packed == line.Quantity:
		l.State, l.Where = "packed", "in the box in "+town
	case store.Quantity(o.Lacking(), line.Product) > 0:
		l.State, l.Where = "missing", ui.Units(store.Quantity(o.Lacking(), line.Product))+" not reserved anywhere"
		if o.Status == store.Backordered {
			l.Where = ui.Units(store.Quantity(o.Lacking(), line.Product)) + " waited for"
		}
		if here := o.Here(line.Product); here > 0 {
			l.Where += ", " + ui.Units(here) + " in " + town
		}
		if travelling > 0 {
			l.Where += ", " + ui.Units(travelling) + " still to reach " + town
		}
	case travelling > 0:
		l.State, l.Where = "travelling", ui.Units(travelling)+" still to reach "+town
		if packed > 0 {
			l.Where += ", " + ui.Units(packed) + " in the box"
		}
	default:
		l.State, l.Where = "here", "on the shelf in "+town
		if packed > 0 {
			l.Where = fmt.Sprintf("%d in the box, the rest on the shelf in %s", packed, town)
		}
	}
	return l
}

// cameBackAs says what an inspection found of a product.
func cameBackAs(o store.Order, line store.Line) string {
	var words []string
	missing := line.Quantity
	add := func(units int, text string) {
		if units > 0 {
			words = append(words, fmt.Sprintf("%d %s", units, text))
		}
	}
	for _, f := range o.Inspection {
		if f.Product == line.Product {
			add(f.Sellable, "back on the shelf")
			add(f.Damaged, "damaged")
			missing -= f.Sellable + f.Damaged
		}
	}
	add(missing, "missing")
	return strings.Join(words, ", ")
}

func transfer(t store.Transfer, scene Scene) Transfer {
	out := Transfer{
		ID: t.ID, Goods: scene.Directory.Goods(t.Lines), State: string(t.State), Why: t.Why,
		From: scene.Directory.WarehouseName(t.From), To: scene.Directory.WarehouseName(t.To),
		At: scene.moment(t.At), Due: scene.moment(t.DueAt),
	}
	out.Word = map[store.TransferState]string{
		store.TransferRequested: "asked for", store.TransferSent: "on its way",
		store.TransferDelivered: "arrived", store.TransferClosed: "no longer needed",
		store.TransferRefused: "refused",
	}[t.State]
	if t.State == store.TransferClosed && len(t.Lost) > 0 {
		out.Word = "lost on the way"
	}
	if short := store.Add(t.Missing, t.Lost, t.Damaged); len(t.Lines) == 0 {
		if out.Goods = scene.Directory.Goods(short); t.State == store.TransferDelivered {
			out.Word = "arrived, and nothing of it in good order"
		}
	} else if len(short) > 0 {
		out.Goods += ", without " + scene.Directory.Goods(short)
	}
	if t.Unclaimed && t.State == store.TransferSent {
		out.Word = "on its way, for no order any more: it joins the free stock"
	}
	return out
}

// raw lists what somebody needs who looks at the order with redis-cli.
func raw(o store.Order, scene Scene) []Fact {
	key := "order:" + o.Number.String()
	facts := []Fact{
		{"Key in Redis", key}, {"Status", string(o.Status) + "  (GET " + key + ":status)"},
		{"Version", strconv.Itoa(o.Version)}, {"Attempt at reserving", strconv.Itoa(o.Attempt)},
		{"Place of assembly", cmp.Or(o.Warehouse, "none")}, {"Speed", string(o.Speed)},
	}
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, Fact{name, value})
		}
	}
	add("Placed", scene.moment(o.PlacedAt).Text)
	add("Promised", scene.moment(o.PromisedAt).Text)
	add("First promised", scene.moment(o.FirstDate).Text)
	add("Courier", strings.TrimSpace(o.CourierName+" "+o.Courier))
	if o.Outside {
		add("Written by", "an outside program")
	}
	return facts
}
