package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Acceptance is a wish to place an order as a node has written it down, before anybody was told: the number
// and the link that its customer hears, and when it was taken. Whatever becomes of it, it becomes one order.
type Acceptance struct {
	Placement           // Number and Token are the promised ones
	UID       string    // names the wish: caller and idempotency key, as an opaque word
	At        time.Time // of acceptance, UTC
	Rest      Part      // what the second order is called, if this one may be sent in parts

	// Cancelled says that the customer has cancelled it before it was made: it is made as cancelled.
	Cancelled *Cancellation `json:",omitempty"`

	// Told says that somebody may have been answered "we have your order": there is no refusing it any more.
	// What cannot be sent is made as cancelled, and says why.
	Told bool `json:"-"`
	// Fixed says that the order must not get another number when this one is taken.
	Fixed bool `json:"-"`
}

// Cancellation is a customer's wish to have an order no more.
type Cancellation struct {
	Who Actor
	Why string
	At  time.Time // UTC
}

// Order is the accepted order as it stands while nobody has looked at the stock: received, or cancelled.
func (a Acceptance) Order() Order {
	o := a.Draft.order()
	o.Number, o.UID, o.Token, o.At, o.PlacedAt = a.Number, a.UID, a.Token, a.To, a.At
	o.Status, o.History = Received, []Event{a.Received()}
	if c := a.Cancelled; c != nil {
		o.Status = Cancelled
		o.History = append(o.History, Event{Order: a.Number, Version: 2, Type: EventType(Cancelled), Status: Cancelled, At: c.At, Who: c.Who, Why: c.Why})
	}
	o.Version = len(o.History)
	return o
}

// Received is the first entry of the history of an order that was accepted before it could be placed.
func (a Acceptance) Received() Event {
	return Event{Order: a.Number, Version: 1, Type: EventType(Received), Status: Received, At: a.At, Who: a.Who}
}

// order is what a draft asks for, as an order of nobody yet.
func (d Draft) order() Order {
	return Order{Recipient: d.Recipient, Lines: d.Lines, Speed: d.Speed, Backorder: d.Backorder}
}

// RefusedDetail is the detail of a cancelled event that says that we could not keep what was promised.
const RefusedDetail = "refused"

// WhyNotMade says why an order was not made, though its customer had been told that we have it; "" if it was made.
func (o Order) WhyNotMade() string {
	for _, e := range o.History {
		if e.Status == Cancelled && e.Data[RefusedDetail] != "" {
			return e.Why
		}
	}
	return ""
}

// WhyRefused says to a customer why an order that was accepted cannot be sent.
func (d Directory) WhyRefused(refusal error) string {
	e, ok := refusal.(*Error)
	switch {
	case !ok:
		return MessageOf(refusal)
	case len(e.Short) > 0:
		var left []string
		for _, s := range e.Short {
			left = append(left, fmt.Sprintf("of %s %s", d.ProductName(s.Product), strings.ToLower(strings.TrimSuffix(s.Words(), "."))))
		}
		return "There was too little in stock when your order's turn came: " + list(left) + "."
	case len(e.Fields) > 0:
		messages := slices.Compact(slices.Sorted(maps.Values(e.Fields)))
		return strings.Join(messages, " ")
	}
	return e.Message
}
