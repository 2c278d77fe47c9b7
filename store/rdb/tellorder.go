package rdb

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// eventOf is what a step of a transfer is called in its order's history, "" for one that only
// concerns the warehouses.
func eventOf(step transferStep) store.EventType {
	switch {
	case step.To == store.TransferSent && step.From == store.TransferRequested:
		return store.EventTransferSent
	case step.To == store.TransferRequested && step.From == store.TransferSent:
		return store.EventTransferUnsent
	case step.To == store.TransferRequested && step.From == store.TransferRequested:
		return store.EventGaveWay
	case step.To == store.TransferSent && step.From == store.TransferDelivered:
		return store.EventTransferUndone
	case step.To == store.TransferDelivered:
		return store.EventTransferDelivered
	case step.To == store.TransferRefused, step.To == store.TransferClosed && len(step.Missing) > 0:
		return store.EventTransferRefused
	case step.To == store.TransferClosed && len(step.Lost) > 0:
		return store.EventTransferLost
	}
	return ""
}

// tellOrder writes into the order's history how far a transfer has come, and keeps what is still
// travelling. Units that will not come leave the order's plan: settle finds others for them. It notes
// each version once.
//
// Keys: order:N:transfers and the order boundary.
func (s *Store) tellOrder(ctx context.Context, who store.Actor, t store.Transfer, step transferStep, event store.EventType) error {
	refused, err := s.refusedUnits(ctx, t, step)
	if err != nil {
		return err
	}
	tell := func(o store.Order) (change, error) {
		if o.Noted[t.ID] >= step.Version {
			return change{}, errNothingToDo
		}
		if event == store.EventTransferUndone {
			if err := mayUnreceive(o, t, step.Version); err != nil {
				return change{}, err
			}
		}
		c := change{
			to: o.Status, event: event, why: step.Why,
			set:  map[string]any{noted + t.ID: step.Version},
			data: map[string]string{"transfer": t.ID, "from": t.From, "to": t.To},
			also: func(p redis.Pipeliner) { s.trackMoving(ctx, p, o, t.ID, event, len(step.short()) > 0) },
		}
		if len(step.Lines) > 0 {
			c.data["lines"] = encode(step.Lines)
		}
		loseUnits(&c, o, t, step, refused)
		return c, nil
	}
	for range txTries {
		_, err := s.change(ctx, who, t.Order, tell)
		if !errors.Is(err, errRefused) {
			return err
		}
		if stands, failed := s.letStand(ctx, t, step.Version); stands || failed != nil {
			return cmp.Or(failed, err)
		}
	}
	return store.Errorf(store.Conflict, "Order %s is being changed by others at this moment. Please try again.", t.Order)
}

// loseUnits takes what a step found missing off the order's plan, and remembers what its source has
// on its books all the same.
func loseUnits(c *change, o store.Order, t store.Transfer, step transferStep, refused []store.Line) {
	short := step.short()
	if len(short) == 0 {
		return
	}
	c.set["plan"] = encode(o.Plan.Without(t.ID, short))
	c.data["missing"], c.data["reason"] = encode(short), string(step.Cause)
	if len(step.Missing) == 0 {
		return
	}
	all := maps.Clone(o.Refused)
	if all == nil {
		all = map[string][]store.Line{}
	}
	all[t.From] = append(store.Less(all[t.From], most(step.Missing)), refused...)
	c.set[refusedField] = encode(all)
}

// most is more of each product than a warehouse can hold: taken off, nothing of it is left.
func most(lines []store.Line) []store.Line {
	all := slices.Clone(lines)
	for i := range all {
		all[i].Quantity = maxOnHand
	}
	return all
}

// refusedUnits is what the source still has free of the products that it does not send: the order must
// not be sent there again for them.
func (s *Store) refusedUnits(ctx context.Context, t store.Transfer, step transferStep) ([]store.Line, error) {
	var lines []store.Line
	for _, line := range step.Missing {
		level, err := s.level(ctx, t.From, line.Product)
		if err != nil {
			return nil, err
		}
		if level.Free() > 0 {
			lines = append(lines, store.Line{Product: line.Product, Quantity: level.Free()})
		}
	}
	return lines, nil
}

// trackMoving keeps the set of transfers that have not arrived. Units that are missing leave the order
// unsettled: if the node dies before others are found for them, the sweeper goes on.
func (s *Store) trackMoving(ctx context.Context, p redis.Pipeliner, o store.Order, id string, event store.EventType, short bool) {
	switch event {
	case store.EventTransferSent:
		p.HSet(ctx, s.keyOrder(o.Number), leaving+id, "1")
	case store.EventTransferDelivered, store.EventTransferRefused, store.EventTransferLost:
		p.SRem(ctx, s.keyMoving(o.Number), id)
	case store.EventTransferUndone:
		p.SAdd(ctx, s.keyMoving(o.Number), id)
	}
	if short {
		s.markUnsettled(ctx, p, o.Number, o.Version+1)
	}
}
