package rdb

import (
	"context"

	"waybill/store"
)

// BookSheet books a count of many products: all of it or nothing. Nothing is booked, and it is a
// Conflict, when stock has moved since the differences were shown, or when fewer were counted of a
// product than are promised to orders: then Fields has a message by product. It gives how many
// products differed.
//
// Keys: <warehouse>:stock and its siblings, in one step (lua/book.lua).
func (s *Store) BookSheet(ctx context.Context, who store.Actor, warehouse string, sheet []store.Counted, reason string) (int, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return 0, err
	}
	products := make([]string, len(sheet))
	var lines []bookingLine
	for i, c := range sheet {
		products[i] = c.Product
		if c.Units != c.Seen { // what agrees may go on moving
			lines = append(lines, bookingLine{c.Product, c.Units - c.Seen, c.Seen})
		}
		if c.Units < 0 || c.Units > maxOnHand || c.Seen < 0 || c.Seen > maxOnHand {
			return 0, &store.Error{Kind: store.Invalid, Message: "Count between 0 and 1,000,000,000 units.", Fields: map[string]string{c.Product: "Count between 0 and 1,000,000,000 units."}}
		}
	}
	if err := mayBook(directory, warehouse, products, func(i int) string { return products[i] }); err != nil {
		return 0, err
	}
	if len(lines) == 0 {
		return 0, nil
	}
	word, details, err := s.book(ctx, who, booking{warehouse: warehouse, kind: store.MoveCounted, reference: "count", why: reason, lines: lines})
	if err != nil {
		return 0, wrap("book a count sheet", err)
	}
	if word != "ok" {
		return 0, refusal(word, details)
	}
	s.releaseSoon(ctx)
	return len(lines), nil
}
