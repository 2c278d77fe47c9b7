package rdb

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// editWaiting changes the lines of an order that waits and holds nothing yet. It keeps its age in the
// queues of what it waits for now, within their limits; when it lacks nothing any more, it is served at
// once.
func (s *Store) editWaiting(ctx context.Context, who store.Actor, order store.Order, e store.Edit, directory store.Directory) error {
	after := order
	after.Lines = e.Draft.Lines
	short, err := s.shortAfter(ctx, after, e, directory)
	if err != nil {
		return err
	}
	after.Waits = after.Lines
	if len(short) > 0 {
		after.Waits = waitsFor(after, short)
	}
	full, err := s.joinQueues(ctx, after, 0, func(product string) int {
		if store.Quantity(after.Waits, product) <= store.Quantity(claims(order), product) {
			return 0 // it waits for no more than before
		}
		return directory.Products[product].Terms.Cap
	})
	if err == nil && len(full) > 0 {
		err = tooManyWait(short, full)
	}
	if err == nil {
		err = s.writeWaiting(ctx, who, order, after, e, short)
	}
	if kind := store.KindOf(err); kind == store.Conflict || kind == store.NotFound || kind == store.Forbidden {
		s.settleSoon(ctx, order.Number) // it waits for what it waited for before
		return err
	}
	if err != nil {
		return err // whether it was written nobody knows: the sweeper judges its claims
	}
	return s.followWaits(ctx, order, after)
}

// shortAfter is what a waiting order would lack with other lines. Conflict when it may not wait for it.
func (s *Store) shortAfter(ctx context.Context, after store.Order, e store.Edit, directory store.Directory) ([]store.Shortage, error) {
	stock, err := s.stockForWaiting(ctx, directory, after)
	if err != nil {
		return nil, err
	}
	_, err = store.Route(store.Request{Lines: after.Lines, To: e.To, Speed: e.Draft.Speed, Now: s.now(), Calendar: s.calendar()}, stock.sites())
	short, lacks := shortOf(err)
	if !lacks {
		return nil, err
	}
	if stock.explain(short); !mayWait(short) {
		return nil, err
	}
	return short, nil
}

// writeWaiting writes the changed lines and what they wait for. Whoever is at placing the order with its
// old lines has come too late: it is another turn from now on.
func (s *Store) writeWaiting(ctx context.Context, who store.Actor, order, after store.Order, e store.Edit, short []store.Shortage) error {
	_, err := s.change(ctx, who, order.Number, func(o store.Order) (change, error) {
		if o.Edited == editMark(e) {
			return change{}, errNothingToDo
		}
		if err := mayEdit(o, who, e); err != nil {
			return change{}, err
		}
		c := edited(o, e)
		c.data["lines"] = store.LineChanges(o.Lines, e.Draft.Lines)
		c.set["waits"], c.set["expected_at"], c.set["turn"] = encode(after.Waits), stamp(expected(short)), o.Turn+1
		c.also = func(p redis.Pipeliner) {
			s.rewriteLines(ctx, p, o.Number, e.Draft.Lines)
			s.markUnsettled(ctx, p, o.Number, o.Version+1)
		}
		return c, nil
	})
	return err
}

// followWaits takes the order off the queues of what it does not wait for any more, and serves it if it
// lacks nothing.
func (s *Store) followWaits(ctx context.Context, order, after store.Order) error {
	gone := slices.DeleteFunc(slices.Clone(claims(order)), func(l store.Line) bool { return store.Quantity(after.Waits, l.Product) > 0 })
	if err := s.leaveQueues(ctx, order.Number, gone); err != nil {
		return err
	}
	s.settleSoon(ctx, order.Number)
	s.releaseSoon(ctx)
	return nil
}
