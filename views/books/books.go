// Package books draws the pages about stock as it is written down: a warehouse's ledger, the
// audit of all books, count sheets, and files of counts. It does no input or output.
package books

import (
	"strconv"
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// Scene is the moment and the shop that a page is drawn for. Tells says whether the person may
// open an order's whole story.
type Scene struct {
	Now       time.Time
	Zone      *time.Location
	Directory store.Directory
	Tells     bool
}

// Moment is a time for people and for machines.
type Moment struct{ ISO, Text string }

func (s Scene) moment(t time.Time) Moment {
	if t.IsZero() {
		return Moment{Text: "–"}
	}
	return Moment{ISO: ui.ISO(t), Text: ui.BriefMoment(t.In(s.Zone), s.Now.In(s.Zone))}
}

// KindWords says a kind of movement as people say it.
func KindWords(kind store.MovementKind) string {
	switch kind {
	case store.MoveReceived:
		return "Goods came in"
	case store.MoveReserved:
		return "Promised to an order"
	case store.MoveReleased:
		return "Promise taken back"
	case store.MoveShipped:
		return "Left with the courier"
	case store.MoveSent:
		return "Sent to another warehouse"
	case store.MoveUnsent:
		return "Sending undone"
	case store.MoveDelivered:
		return "Came from another warehouse"
	case store.MoveUnreceived:
		return "Receipt undone"
	case store.MoveLost:
		return "Lost on the way"
	case store.MoveReturned:
		return "Came back from a customer"
	case store.MoveCounted:
		return "Counted"
	case store.MoveAdjusted:
		return "Adjusted"
	case store.MoveDamaged:
		return "Damaged"
	case store.MoveCorrected:
		return "Corrected by an audit"
	}
	return string(kind)
}

// who says an entry of the ledger's "clerk:gosia" in words.
func who(written string) string {
	role, id, _ := strings.Cut(written, ":")
	switch store.Role(role) {
	case store.System:
		return "Waybill"
	case store.Customer:
		return "Customer"
	case store.Partner:
		return "API key " + id
	case store.Outside:
		return "An outside program"
	}
	return strings.TrimSpace(role + " " + id)
}

// signed writes a change of units: "+3", "−2", "" for none.
func signed(units int) string {
	switch {
	case units > 0:
		return "+" + strconv.Itoa(units)
	case units < 0:
		return "−" + strconv.Itoa(-units)
	}
	return ""
}

// about says what a movement's reference means, and gives the page about it, "" if there is none. The page
// of an order is for those who may see its story.
func about(reference, warehouse string, tells bool) (text, href string) {
	text, order := "", ""
	if id, ok := strings.CutPrefix(reference, "delivery:"); ok {
		return "a delivery", "/warehouses/" + warehouse + "/deliveries/" + id
	}
	if text, order = serves(reference); order != "" && tells {
		href = "/service/orders/" + order
	}
	return text, href
}

// serves says what a movement was for, and gives the order's number, "" if there is none.
func serves(reference string) (text, order string) {
	if n, ok := strings.CutPrefix(reference, "order:"); ok {
		return "order " + ui.OrderNumber(n), n
	}
	if id, ok := strings.CutPrefix(reference, "transfer:"); ok {
		n, _, found := strings.Cut(id, "-")
		if _, number := store.ParseNumber(n); found && number {
			return "transfer for order " + ui.OrderNumber(n), n
		}
		return "transfer", ""
	}
	if reference == "count" || reference == "audit" {
		return "", "" // the kind of movement says so already
	}
	return reference, ""
}
