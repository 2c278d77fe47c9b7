package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Edit is a wish to change an order: what it shall be from now on, whole. Version is the one
// that whoever wishes it has seen, so that nobody overwrites what they do not know of.
type Edit struct {
	Draft   Draft
	To      *Point // where the address is, nil if it could not be found
	Version int
}

// CheckEdit says whether a role may change an order now, and if not, why; Conflict or
// Forbidden. Address and speed can be changed until the parcel is ready.
func (o Order) CheckEdit(by Role) error {
	if !slices.Contains([]Role{Customer, Service, Partner, Admin}, by) {
		return Errorf(Forbidden, "This order is not yours to change.")
	}
	switch o.Status {
	case Backordered, Placed:
		return nil
	case Received:
		return Errorf(Conflict, "We are still checking this order, so it cannot be changed yet. Please try again in a moment.")
	case Ready:
		return Errorf(Conflict, "The parcel is packed and waits for the courier, so it cannot be changed any more. It can still be cancelled.")
	case Sent:
		return Errorf(Conflict, "The courier has this parcel already, so it cannot be changed any more.")
	}
	return Errorf(Conflict, "This order is %s, so it cannot be changed any more.", o.Status.Words())
}

// CheckEditLines says whether products and quantities of an order that may be changed can be
// changed too, and if not, why; Conflict. They can until something has been packed for it, has
// left one warehouse for another, or was refused by one.
func (o Order) CheckEditLines() error {
	left := func(t Transfer) bool { return t.State == TransferSent || t.State == TransferDelivered }
	touched := func(t Transfer) bool { return t.Version > 1 }
	switch {
	case slices.ContainsFunc(o.Lines, func(l Line) bool { return o.Packed[l.Product] > 0 }):
		return Errorf(Conflict, "Some of it is packed already, so products and quantities stay as they are. Address and speed can still be changed.")
	case len(o.Leaving) > 0 || slices.ContainsFunc(o.Transfers, left):
		return Errorf(Conflict, "Some of it has left one of our warehouses for another already, so products and quantities stay as they are. Address and speed can still be changed.")
	case slices.ContainsFunc(o.Transfers, touched):
		return Errorf(Conflict, "Our warehouses have rearranged among themselves who sends what of it, so products and quantities stay as they are. Address and speed can still be changed.")
	case o.Status == Backordered && o.Warehouse != "":
		return Errorf(Conflict, "Some of it is set aside already and waits for the rest, so products and quantities stay as they are. Address and speed can still be changed.")
	}
	return nil
}

// SameUnits tells whether two lists of lines, each naming a product once, ask for the same
// units, in whatever order.
func SameUnits(a, b []Line) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(l Line) bool { return Quantity(b, l.Product) != l.Quantity })
}

// Beyond gives what lines ask for beyond what others have, product by product.
func Beyond(lines, others []Line) []Line {
	var more []Line
	for _, line := range lines {
		if n := line.Quantity - Quantity(others, line.Product); n > 0 {
			more = append(more, Line{line.Product, n})
		}
	}
	return more
}

// TakesChange is Takes for an order that exists: what it has already stays in it, also when it is not
// sold any more, and an address that was good enough stays good enough.
func (d Directory) TakesChange(draft Draft, o Order) error {
	fields := map[string]string{}
	for i, line := range draft.Lines {
		if line.Quantity <= Quantity(o.Lines, line.Product) {
			continue
		}
		if field, message := d.Refuses(line); field != "" {
			fields[fmt.Sprintf("lines[%d].%s", i, field)] = message
		}
	}
	if a := draft.Recipient.Address; a.Country != o.Recipient.Address.Country && !d.Serves(a.Country) {
		fields["recipient.address.country"] = d.NotServed()
	}
	return invalid(fields)
}

// LineChange is one quantity that an edit changed; zero is not in the order.
type LineChange struct {
	Product       string
	Before, After int
}

// LineChanges compares two lists of lines, in the words that stand in a history:
// "prod1:2:3,prod6:1:0".
func LineChanges(before, after []Line) string {
	var words []string
	for _, line := range before {
		if now := Quantity(after, line.Product); now != line.Quantity {
			words = append(words, fmt.Sprintf("%s:%d:%d", line.Product, line.Quantity, now))
		}
	}
	for _, line := range after {
		if Quantity(before, line.Product) == 0 {
			words = append(words, fmt.Sprintf("%s:0:%d", line.Product, line.Quantity))
		}
	}
	return strings.Join(words, ",")
}

// ParseLineChanges reads what LineChanges wrote; what it cannot read it leaves out.
func ParseLineChanges(text string) []LineChange {
	var changes []LineChange
	for word := range strings.SplitSeq(text, ",") {
		parts := strings.Split(word, ":")
		if len(parts) != 3 {
			continue
		}
		before, err := strconv.Atoi(parts[1])
		after, err2 := strconv.Atoi(parts[2])
		if err == nil && err2 == nil {
			changes = append(changes, LineChange{parts[0], before, after})
		}
	}
	return changes
}
