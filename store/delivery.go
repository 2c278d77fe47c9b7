package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// DeliveryState is how far a supplier's delivery has come.
type DeliveryState string

// The states of a delivery. A delivery that has come in part is still announced.
const (
	DeliveryAnnounced DeliveryState = "announced"
	DeliveryReceived  DeliveryState = "received" // nothing more of it is coming
)

// Limits of one delivery.
const (
	MaxDeliveryLines = 500
	MaxDeliveryUnits = 1_000_000 // of one product
)

// Delivery is goods that a supplier has announced to a warehouse. Version counts its changes;
// each receipt moves stock keyed by id and version, so that none is booked twice.
type Delivery struct {
	ID        string
	Warehouse string
	Supplier  string
	Reference string    // the supplier's own number for it: with the supplier it names the delivery
	Due       time.Time // the end of the day for which it is announced
	Lines     []DeliveryLine
	State     DeliveryState
	Version   int
	Counted   map[string]int // product → units scanned and not booked yet
	Steps     []DeliveryStep // what has happened to it, oldest first
}

// DeliveryLine is one product of a delivery, in units.
type DeliveryLine struct {
	Product   string `json:"product"`
	Announced int    `json:"announced"`
	Received  int    `json:"received"`
}

// deliveriesUntil is the hour until which goods that are announced for a day may come, and maxAhead how many
// years ahead a day may be.
const (
	deliveriesUntil = 18
	maxAhead        = 3
)

// DueOn reads the day for which a delivery is announced, such as 2026-12-03, and gives the hour until which
// it may come, in the zone of now. Invalid for what is no day, has passed or is years away.
func DueOn(day string, now time.Time) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly, day, now.Location())
	if err != nil {
		return time.Time{}, Errorf(Invalid, "Give the day on which it comes, such as 2026-12-03.")
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	if at.Before(today) || at.After(today.AddDate(maxAhead, 0, 0)) {
		return time.Time{}, Errorf(Invalid, "Give a day from today on, and within three years.")
	}
	return time.Date(at.Year(), at.Month(), at.Day(), deliveriesUntil, 0, 0, 0, now.Location()).UTC(), nil
}

// Coming is how many announced units have not come yet.
func (l DeliveryLine) Coming() int { return max(0, l.Announced-l.Received) }

// DeliveryStep is one entry of a delivery's history. Lines are what it booked.
type DeliveryStep struct {
	Version int       `json:"version"`
	What    string    `json:"what"` // announced, received or moved
	Lines   []Line    `json:"lines,omitempty"`
	At      time.Time `json:"at"`
	Who     Actor     `json:"who"`
	Why     string    `json:"why,omitempty"`
}

// Late tells whether a delivery should have come by now.
func (d Delivery) Late(now time.Time) bool { return d.State == DeliveryAnnounced && now.After(d.Due) }

// Coming adds up the units that have not come yet.
func (d Delivery) Coming() int {
	sum := 0
	for _, line := range d.Lines {
		sum += line.Coming()
	}
	return sum
}

// Line gives the line of a product; zero if it was not announced.
func (d Delivery) Line(product string) DeliveryLine {
	for _, line := range d.Lines {
		if line.Product == product {
			return line
		}
	}
	return DeliveryLine{Product: product}
}

// Check says, field by field, what is wrong with a delivery that somebody announces; Invalid.
func (d Delivery) Check() error { return invalid(d.faults()) }

// CheckIn is Check with the products that a shop has: each is known, and stands there once.
func (d Delivery) CheckIn(directory Directory) error {
	fields, seen := d.faults(), map[string]bool{}
	for i, line := range d.Lines[:min(len(d.Lines), MaxDeliveryLines)] {
		switch _, known := directory.Products[line.Product]; {
		case !known:
			fields[fmt.Sprintf("lines[%d].product", i)] = noProduct
		case seen[line.Product]:
			fields[fmt.Sprintf("lines[%d].product", i)] = "Name each product once."
		}
		seen[line.Product] = true
	}
	return invalid(fields)
}

// noProduct is said at each place that names what no shop has, or this one has not.
const noProduct = "There is no such product."

func (d Delivery) faults() map[string]string {
	fields := map[string]string{}
	if !ValidText(d.Supplier, 1, 80) {
		fields["supplier"] = "Say who sends it, in at most 80 characters."
	}
	if !ValidText(d.Reference, 1, 60) {
		fields["reference"] = "Give the supplier's number for it, in at most 60 characters."
	}
	if d.Due.IsZero() {
		fields["due"] = "Give the day on which it comes."
	}
	if len(d.Lines) == 0 || len(d.Lines) > MaxDeliveryLines {
		fields["lines"] = fmt.Sprintf("Name 1 to %d products, with their units.", MaxDeliveryLines)
	}
	for i, line := range d.Lines[:min(len(d.Lines), MaxDeliveryLines)] {
		if line.Announced < 1 || line.Announced > MaxDeliveryUnits {
			fields[fmt.Sprintf("lines[%d].units", i)] = "Announce 1 to 1,000,000 units."
		}
	}
	return fields
}

// DeliveryReceipt is what has come of a delivery. Last says that nothing more will. Why is needed
// when more came than was announced, or when less came and it was the last.
type DeliveryReceipt struct {
	Lines []Line
	Last  bool
	Why   string
}

// ReceiveIn is Receive with the products that a shop has: Invalid also names those that it has not.
func (d Delivery) ReceiveIn(directory Directory, r DeliveryReceipt) (Delivery, error) {
	unknown := map[string]string{}
	for i, line := range r.Lines {
		if _, known := directory.Products[line.Product]; !known {
			unknown[fmt.Sprintf("lines[%d].product", i)] = noProduct
		}
	}
	after, err := d.Receive(r)
	wrong, refused := errors.AsType[*Error](err)
	switch {
	case len(unknown) == 0 || refused && wrong.Kind != Invalid:
		return after, err
	case refused:
		maps.Copy(unknown, wrong.Fields)
	}
	return d, invalid(unknown)
}

// Receive gives the delivery as it is after a receipt. Conflict when it is closed; Invalid,
// with the field "reason" or "units", when the receipt cannot be booked like that.
func (d Delivery) Receive(r DeliveryReceipt) (Delivery, error) {
	if d.State != DeliveryAnnounced {
		return d, Errorf(Conflict, "This delivery is closed: nothing more of it was expected.")
	}
	extra := false
	d.Lines = slices.Clone(d.Lines)
	for _, line := range r.Lines {
		if line.Quantity < 1 || line.Quantity > MaxDeliveryUnits {
			return d, &Error{Kind: Invalid, Message: "Receive 1 to 1,000,000 units.", Fields: map[string]string{"units": "Receive 1 to 1,000,000 units."}}
		}
		at := slices.IndexFunc(d.Lines, func(l DeliveryLine) bool { return l.Product == line.Product })
		if at < 0 {
			at, d.Lines = len(d.Lines), append(d.Lines, DeliveryLine{Product: line.Product})
		}
		d.Lines[at].Received += line.Quantity
		extra = extra || d.Lines[at].Received > d.Lines[at].Announced
	}
	missing := d.Coming()
	switch {
	case len(r.Lines) == 0 && !r.Last:
		return d, &Error{Kind: Invalid, Message: "Say how many units have come.", Fields: map[string]string{"units": "Say how many units have come."}}
	case extra && r.Why == "":
		return d, &Error{Kind: Invalid, Message: "More came than was announced.", Fields: map[string]string{"reason": "More came than was announced: say why."}}
	case missing > 0 && r.Last && r.Why == "":
		return d, &Error{Kind: Invalid, Message: "Less came than was announced.", Fields: map[string]string{"reason": "Less came than was announced: say why."}}
	case !ValidText(r.Why, 0, 200):
		return d, &Error{Kind: Invalid, Message: "Keep the reason under 200 characters.", Fields: map[string]string{"reason": "Keep the reason under 200 characters."}}
	}
	if missing == 0 || r.Last {
		d.State = DeliveryReceived
	}
	return d, nil
}

// Booked tells whether somebody has booked this very receipt on the delivery as it was at a version.
func (d Delivery) Booked(who Actor, version int, r DeliveryReceipt) bool {
	return slices.ContainsFunc(d.Steps, func(step DeliveryStep) bool {
		return step.Version == version+1 && step.What == "received" && step.Who.ID == who.ID && step.Why == r.Why && slices.Equal(step.Lines, r.Lines)
	})
}

// Arrivals lists, for each product, what is still to come of some deliveries, the earliest
// first.
func Arrivals(deliveries []Delivery) map[string][]Arrival {
	coming := map[string][]Arrival{}
	for _, d := range deliveries {
		for _, line := range d.Lines {
			if units := line.Coming(); units > 0 && d.State == DeliveryAnnounced {
				coming[line.Product] = append(coming[line.Product], Arrival{Delivery: d.ID, At: d.Due, Units: units})
			}
		}
	}
	for _, arrivals := range coming {
		slices.SortStableFunc(arrivals, func(a, b Arrival) int { return a.At.Compare(b.At) })
	}
	return coming
}
