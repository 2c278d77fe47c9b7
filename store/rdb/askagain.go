package rdb

import (
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// AskAgain has warehouses asked once more for units of some products that they have on their books and did
// not send to an order: one warehouse, or all with "". The order gets them when its place in the queue lets
// it. Conflict when it does not lack them any more. Repeating it changes nothing.
//
// Keys: the order boundary, then settle and release. Emits asked_again, then what comes of it.
func (s *Store) AskAgain(ctx context.Context, who store.Actor, n store.Number, from string, products []string) error {
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		left, again := unrefuse(o.Refused, from, products)
		lacks := slices.ContainsFunc(o.Lacking(), func(l store.Line) bool { return slices.Contains(products, l.Product) })
		switch {
		case len(again) == 0:
			return change{}, errNothingToDo
		case o.Status != store.Placed && o.Status != store.Backordered:
			return change{}, store.Errorf(store.Conflict, "Order %s is %s by now, so nobody is asked again.", n, o.Status.Words())
		case !lacks:
			return change{}, store.Errorf(store.Conflict, "Order %s gets it from elsewhere by now, so nobody is asked again.", n)
		}
		return change{
			to: o.Status, event: store.EventAskedAgain, set: map[string]any{refusedField: encode(left)},
			data: map[string]string{"from": strings.Join(again, ","), "products": strings.Join(products, " ")},
			also: func(p redis.Pipeliner) { s.markUnsettled(ctx, p, n, o.Version+1) },
		}, nil
	})
	if err != nil {
		return err
	}
	s.settleSoon(ctx, n)
	s.releaseSoon(ctx)
	return nil
}

// unrefuse is what is still refused when one warehouse, or all with "", gives some products after all, and
// the warehouses that do.
func unrefuse(refused map[string][]store.Line, from string, products []string) (left map[string][]store.Line, again []string) {
	left = map[string][]store.Line{}
	for _, w := range sortedKeys(refused) {
		lines := slices.DeleteFunc(slices.Clone(refused[w]), func(l store.Line) bool {
			return (from == "" || from == w) && slices.Contains(products, l.Product)
		})
		if len(lines) < len(refused[w]) {
			again = append(again, w)
		}
		if len(lines) > 0 {
			left[w] = lines
		}
	}
	return left, again
}

// UnrefuseTransfer takes a sender's word back that units are there and cannot be sent: they are asked for
// once more, by the order that waits for them or for the shelf. Conflict for units that have left the books,
// and when they are wanted no more. Repeating it changes nothing.
//
// Keys: those of AskAgain, or of AskTransfer.
func (s *Store) UnrefuseTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
	t, err := s.transfer(ctx, id)
	if err != nil {
		return t, err
	}
	if t.Cause != store.CauseKept || len(t.Missing) == 0 {
		return t, store.Errorf(store.Conflict, "What is missing from this transfer is not on the books any more. Book a count if it is there after all.")
	}
	var products []string
	for _, line := range t.Missing {
		products = append(products, line.Product)
	}
	if !t.Fills() {
		return t, s.AskAgain(ctx, who, t.Order, t.From, products)
	}
	for _, line := range t.Missing {
		ask := store.Ask{To: t.To, From: t.From, Product: line.Product, Units: line.Quantity, Key: "again " + t.ID}
		if _, _, err := s.AskTransfer(ctx, who, ask); err != nil {
			return t, err
		}
	}
	return t, nil
}
