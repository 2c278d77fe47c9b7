package rdb

import (
	"context"
	"strconv"
	"strings"

	"waybill/store"
)

// Edit changes an order until its parcel is ready. Recipient, address and speed change where it is: the
// date is promised anew for its place of assembly, and nothing is reserved. Products and quantities change
// as long as nothing of it is packed or has left a warehouse: it is routed with what it holds counted as
// free, and only the difference moves. The first date ever promised stays on the record.
//
// Keys: the order boundary, order:N:products and :quantities; for lines also stock (lua/reserve.lua under
// the change's own name, then settle), product:<id>:waiting. Emits edited, and placed when nothing has to
// be waited for any more. Asking for the same edit again changes nothing.
//
// Errors: Invalid by field; Conflict with Short when there is too little; Conflict when it is too late or
// the order is not the one that was seen; Forbidden.
func (s *Store) Edit(ctx context.Context, who store.Actor, n store.Number, e store.Edit) (store.Order, error) {
	e.Draft = e.Draft.Clean()
	if err := e.Draft.Check(); err != nil {
		return store.Order{}, err
	}
	if err := s.pass(); err != nil {
		return store.Order{}, err
	}
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Order{}, err
	}
	order, err := s.Order(ctx, n)
	if err != nil {
		return store.Order{}, err
	}
	if order.Edited == editMark(e) {
		return order, s.doneBefore(ctx, aboutOrder+n.String())
	}
	if err := mayEdit(order, who, e); err != nil {
		return order, err
	}
	if err := directory.TakesChange(e.Draft, order); err != nil {
		return order, err
	}
	switch {
	case store.SameUnits(order.Lines, e.Draft.Lines):
		err = s.editFields(ctx, who, n, e, directory)
	case order.Status == store.Backordered:
		err = s.editWaiting(ctx, who, order, e, directory)
	default:
		err = s.editPlaced(ctx, who, order, e, directory)
	}
	if err != nil {
		return order, wrap("edit", err)
	}
	return s.Order(ctx, n)
}

// editMark names an edit, so that the same one is known again.
func editMark(e store.Edit) string { return strconv.Itoa(e.Version) + " " + fingerprint(e.Draft) }

// mayEdit says why an order cannot be changed as wished.
func mayEdit(o store.Order, who store.Actor, e store.Edit) error {
	if err := o.CheckEdit(who.Role); err != nil {
		return err
	}
	if o.Version != e.Version {
		return store.Errorf(store.Conflict, "The order has changed since you opened this form, so nothing was changed. Please look it over and send it again.")
	}
	if store.SameUnits(o.Lines, e.Draft.Lines) {
		return nil
	}
	return o.CheckEditLines()
}

// edited makes the step that writes an edit, with all but the lines.
func edited(o store.Order, e store.Edit) change {
	r, a := e.Draft.Recipient, e.Draft.Recipient.Address
	c := change{to: o.Status, event: store.EventEdited, data: map[string]string{"changed": strings.Join(whatChanged(o, e), ",")}, set: map[string]any{
		"recipient": r.Name, "email": r.Email, "phone": r.Phone,
		"line1": a.Line1, "line2": a.Line2, "city": a.City, "postal_code": a.PostalCode, "country": a.Country,
		"speed": string(e.Draft.Speed), "latitude": "", "longitude": "", "edited": editMark(e),
	}}
	if e.To != nil {
		c.set["latitude"], c.set["longitude"] = e.To.Lat, e.To.Lon
	}
	return c
}

// whatChanged names the parts of an order that an edit changes. What they were is nobody's business but
// the order's.
func whatChanged(o store.Order, e store.Edit) []string {
	var parts []string
	before, after := o.Recipient, e.Draft.Recipient
	if before.Name != after.Name || before.Email != after.Email || before.Phone != after.Phone {
		parts = append(parts, "recipient")
	}
	if before.Address != after.Address {
		parts = append(parts, "address")
	}
	if o.Speed != e.Draft.Speed {
		parts = append(parts, "speed")
	}
	if !store.SameUnits(o.Lines, e.Draft.Lines) {
		parts = append(parts, "lines")
	}
	return parts
}
