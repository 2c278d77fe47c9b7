package customer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"waybill/store"
)

// ParcelLine is one product of the order, and where its units are.
type ParcelLine struct {
	ID, Name, Picture string
	Units             int
	Wheres            []Where
}

// Where says where some units of a product are. State is here, packed, travelling, missing,
// gone or stopped.
type Where struct{ ID, State, Icon, Text string }

// parcel lists the products with where each is now.
func (t telling) parcel(asset func(string) string) []ParcelLine {
	lines := make([]ParcelLine, len(t.order.Lines))
	for i, line := range t.order.Lines {
		product, known := t.dir.Products[line.Product]
		if !known {
			product.Name = line.Product
		}
		lines[i] = ParcelLine{
			ID: "line-" + line.Product, Name: product.Name, Picture: asset(product.PictureFile()),
			Units: line.Quantity, Wheres: t.wheres(line),
		}
	}
	return lines
}

// wheres says where the units of one product are. If they are in several places, each
// says how many.
func (t telling) wheres(line store.Line) []Where {
	if t.order.Status == store.Backordered && t.order.Warehouse == "" {
		return []Where{t.awaited(line)}
	}
	if place, whole := t.together(); whole {
		place.ID = "where-" + line.Product
		return []Where{place}
	}
	var places []Where
	left := line.Quantity
	add := func(units int, id, state, icon, text string) {
		if units = min(units, left); units <= 0 {
			return
		}
		left -= units
		if units < line.Quantity {
			text = fmt.Sprintf("%d %s", units, text)
		}
		places = append(places, Where{"where-" + line.Product + "-" + id, state, icon, text})
	}
	for _, transfer := range t.open() {
		from, to := t.dir.WarehouseName(transfer.From), t.dir.WarehouseName(transfer.To)
		units := store.Quantity(transfer.Lines, line.Product)
		if transfer.State == store.TransferSent {
			add(units, transfer.ID, "travelling", "truck", fmt.Sprintf("on its way from %s to %s", from, to))
		} else {
			add(units, transfer.ID, "travelling", "clock", "asked for from "+from)
		}
	}
	packed := t.order.Packed[line.Product]
	here := trim(in(t.place()))
	add(packed, "packed", "packed", "check", trim(here+", packed"))
	add(t.order.Here(line.Product)-packed, "here", "here", "box", trim(here+", not packed yet"))
	if t.order.Status == store.Backordered {
		add(left, "missing", "missing", "clock", "we wait for it")
	}
	add(left, "missing", "missing", "clock", "we are looking for it")
	return places
}

// awaited is where one product of a waiting order is: missing, or only waiting for the others.
func (t telling) awaited(line store.Line) Where {
	where := Where{ID: "where-" + line.Product, State: "missing", Icon: "clock", Text: "missing since " + t.day(t.reached[store.Backordered])}
	if store.Quantity(t.waits(), line.Product) == 0 {
		where.State, where.Icon, where.Text = "here", "box", "waits for the rest"
	}
	return where
}

// together is where all products are, in the statuses in which they are in one place.
func (t telling) together() (Where, bool) {
	switch t.order.Status {
	case store.Received:
		return Where{State: "missing", Icon: "clock", Text: "not set aside yet"}, true
	case store.Ready:
		return Where{State: "packed", Icon: "check", Text: trim(trim(in(t.place())) + ", packed")}, true
	case store.Sent:
		return Where{State: "travelling", Icon: "truck", Text: "with the courier"}, true
	case store.Delivered:
		return Where{State: "gone", Icon: "home", Text: "delivered"}, true
	case store.Cancelled:
		return Where{State: "stopped", Icon: "x", Text: "will not be sent"}, true
	case store.Returned:
		return Where{State: "here", Icon: "return", Text: "came back to us"}, true
	}
	return Where{}, false
}

// trim takes off the comma and space with which a text begins when no place is known.
func trim(text string) string { return strings.TrimLeft(text, ", ") }

// capital makes a text begin with a capital letter.
func capital(text string) string {
	text = trim(text)
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// times is how a number of units stands before a name.
func times(units int) string { return fmt.Sprintf("%d × ", units) }
