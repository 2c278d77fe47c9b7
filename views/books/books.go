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
// open an order's whole story; Names are those of the staff, by login, for pages that say who did something.
type Scene struct {
	Now       time.Time
	Zone      *time.Location
	Directory store.Directory
	Tells     bool
	Names     map[string]string
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
		return "Promised"
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

// movementWords is KindWords with to whom units are promised: to an order, or to another warehouse that fills
// its shelf.
func movementWords(m store.Movement) string {
	_, order := serves(m.Reference)
	switch {
	case m.Kind != store.MoveReserved:
		return KindWords(m.Kind)
	case order != "":
		return "Promised to an order"
	case strings.HasPrefix(m.Reference, "transfer:"):
		return "Promised to another warehouse"
	}
	return KindWords(m.Kind)
}

// Who is somebody in a ledger: as people say it, and as it is written down.
type Who struct{ Words, Written string }

// who says an entry's "clerk:gosia": with the name of that login, where it is known.
func (s Scene) who(written string) Who {
	role, id, _ := strings.Cut(written, ":")
	actor := store.Actor{Role: store.Role(role), ID: id}
	switch actor.Role {
	case store.Customer, store.System: // they have no names here
		actor.ID = ""
	case store.Partner, store.Outside:
	default:
		actor.Name = s.Names[id]
	}
	return Who{Words: actor.Words(), Written: written}
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
