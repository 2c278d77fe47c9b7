package rdb

import (
	"context"

	"waybill/store"
)

// Adjust changes what is on hand of a product by hand, with a reason: a correction up or down, or units
// that are damaged. Conflict when fewer would be left than are promised to orders. The same Key again
// changes nothing. Orders that wait for the product are served at once.
//
// Keys: <warehouse>:stock and its siblings, <warehouse>:step:<key>. Changes no order by itself.
func (s *Store) Adjust(ctx context.Context, who store.Actor, a store.Adjustment) (store.Level, error) {
	level, err := s.adjust(ctx, who, a)
	return level, wrap("adjust", err)
}

func (s *Store) adjust(ctx context.Context, who store.Actor, a store.Adjustment) (store.Level, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Level{}, err
	}
	if err := mayBook(directory, a.Warehouse, []string{a.Product}, func(int) string { return "product" }); err != nil {
		return store.Level{}, err
	}
	if a.Change == 0 || a.Change > maxOnHand || a.Change < -maxOnHand || a.Kind == store.MoveDamaged && a.Change > 0 {
		return store.Level{}, &store.Error{Kind: store.Invalid, Message: "Say by how many units.", Fields: map[string]string{"units": "Say by how many units, at least one."}}
	}
	if len(a.Key) < 1 || len(a.Key) > 255 {
		return store.Level{}, badKey()
	}
	step, err := s.uid(ctx, ledgerName(who), "adjust "+a.Key)
	if err != nil {
		return store.Level{}, err
	}
	word, details, err := s.book(ctx, who, booking{
		warehouse: a.Warehouse, kind: a.Kind, reference: string(a.Kind), why: a.Reason, step: step,
		lines: []bookingLine{{a.Product, a.Change, unseen}},
	})
	switch {
	case err != nil:
		return store.Level{}, err
	case word == "ok" && a.Change > 0:
		s.releaseSoon(ctx)
	case word != "ok" && word != "again":
		return store.Level{}, refusal(word, details)
	}
	return s.level(ctx, a.Warehouse, a.Product)
}
