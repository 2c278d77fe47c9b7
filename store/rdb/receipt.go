package rdb

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Receive adds goods that came in from outside: all lines or none, once for each Caller and Key. created
// tells whether this call added them. The levels are those of its products as they are now. Invalid by
// field when a product is not known or the key once meant other goods; NotFound when there is no such
// warehouse. Orders that wait for the products are served at once.
//
// Keys: <warehouse>:stock and its siblings, <warehouse>:step:<uid> (lua/book.lua).
func (s *Store) Receive(ctx context.Context, who store.Actor, r store.Receipt) (levels []store.Shelf, created bool, err error) {
	levels, created, err = s.receive(ctx, who, r)
	return levels, created, wrap("receive", err)
}

func (s *Store) receive(ctx context.Context, who store.Actor, r store.Receipt) ([]store.Shelf, bool, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, false, err
	}
	place := func(i int) string { return fmt.Sprintf("lines[%d].product", i) }
	if err := mayBook(directory, r.Warehouse, productsOf(r.Lines), place); err != nil {
		return nil, false, err
	}
	if len(r.Key) < 1 || len(r.Key) > 255 {
		return nil, false, badKey()
	}
	b := booking{warehouse: r.Warehouse, kind: store.MoveReceived, reference: r.Reference, why: r.Reason}
	if b.step, err = s.uid(ctx, r.Caller, "receipt "+r.Key); err != nil {
		return nil, false, err
	}
	for i, line := range r.Lines {
		if line.Quantity < 1 || line.Quantity > maxOnHand {
			return nil, false, &store.Error{Kind: store.Invalid, Message: "Some quantities need another look.", Fields: map[string]string{fmt.Sprintf("lines[%d].quantity", i): "Receive between 1 and 1,000,000,000 units."}}
		}
		b.lines = addTo(b.lines, line)
	}
	word, details, err := s.book(ctx, who, b)
	switch {
	case err != nil:
		return nil, false, err
	case word == "ok":
		s.releaseSoon(ctx)
	case word != "again":
		return nil, false, refusal(word, details)
	}
	levels, err := s.levels(ctx, directory, r.Warehouse, b.lines)
	return levels, word == "ok", err
}

// addTo adds a line to a booking, in which each product stands once.
func addTo(lines []bookingLine, l store.Line) []bookingLine {
	for i := range lines {
		if lines[i].product == l.Product {
			lines[i].change += l.Quantity
			return lines
		}
	}
	return append(lines, bookingLine{l.Product, l.Quantity, unseen})
}

func (s *Store) levels(ctx context.Context, directory store.Directory, warehouse string, lines []bookingLine) ([]store.Shelf, error) {
	products := make([]string, len(lines))
	for i, line := range lines {
		products[i] = line.product
	}
	levels, err := s.levelsOf(ctx, warehouse, products)
	shelves := make([]store.Shelf, len(levels))
	for i, level := range levels {
		shelves[i] = store.Shelf{Product: directory.Products[products[i]], Level: level}
	}
	return shelves, err
}

const levelsAtOnce = 5000 // products whose counters are read in one go

// levelsOf reads the counters of products at a warehouse, in their order. Both counters of a product are
// of the same moment.
func (s *Store) levelsOf(ctx context.Context, warehouse string, products []string) ([]store.Level, error) {
	levels := make([]store.Level, 0, len(products))
	for chunk := range slices.Chunk(products, levelsAtOnce) {
		var onHand, reserved *redis.SliceCmd
		commands, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			onHand, reserved = p.HMGet(ctx, s.keyStock(warehouse), chunk...), p.HMGet(ctx, s.keyReserved(warehouse), chunk...)
			return nil
		})
		if err := failed(commands, err); err != nil {
			return nil, err
		}
		for i := range chunk {
			levels = append(levels, store.Level{OnHand: integer(onHand.Val()[i]), Reserved: integer(reserved.Val()[i])})
		}
	}
	return levels, nil
}
