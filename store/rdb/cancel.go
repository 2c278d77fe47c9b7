package rdb

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Cancel ends an order that has not left yet: customer, service, partner or admin may. What it holds is
// free again, once, at every warehouse; transfers that had not left are closed, and those on their way
// join the free stock where they arrive. What was in the box goes on the warehouse's list of what to
// put back. Conflict once the courier has it, with words on what to do instead. Repeating it changes
// nothing.
//
// Keys: the order boundary, <warehouse>:put_back; then stock and transfers (settle). Emits cancelled.
func (s *Store) Cancel(ctx context.Context, who store.Actor, n store.Number, reason string) error {
	reason, err := store.Reason(reason)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, who, n, func(o store.Order) (change, error) {
		if o.Status == store.Cancelled {
			return change{}, errNothingToDo
		}
		if err := store.CheckCancel(o.Status, who.Role); err != nil {
			return change{}, err
		}
		return change{to: store.Cancelled, why: reason}, nil
	})
	if err != nil {
		return err
	}
	s.settleSoon(ctx, n)
	return nil
}

// settleCancelled frees what a cancelled order held. What has left is told first that nobody waits for
// it, and its leaving is finished, so that it is not freed at its source too.
func (s *Store) settleCancelled(ctx context.Context, o store.Order) error {
	const why = "the order was cancelled"
	if err := s.leaveQueues(ctx, o.Number, claims(o)); err != nil {
		return err
	}
	for _, t := range o.Transfers {
		if err := s.unclaim(ctx, t.ID, why); err != nil {
			return err
		}
	}
	return s.releaseBy(ctx, whoMade(o, store.Cancelled), o, everyAttempt, warehousesInvolved(o), why)
}

// unclaim tells a transfer that its order does not want it any more: it is closed if it has not left,
// and marked if it has. Keys: transfer:<id> and those of applyTransfer.
func (s *Store) unclaim(ctx context.Context, id, why string) error {
	t, err := s.changeTransfer(ctx, store.Itself, id, func(t store.Transfer) (store.TransferState, string, error) {
		if t.State != store.TransferRequested {
			return "", "", errNothingToDo
		}
		return store.TransferClosed, why, nil
	})
	if err != nil {
		return err
	}
	if t.State == store.TransferSent && !t.Unclaimed {
		if _, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.HSet(ctx, s.keyTransfer(id), unclaimed, "1")
			s.hint(ctx, p, s.partOfTransfer(id), liveWarehouse(t.To))
			return nil
		}); err != nil {
			return wrap("unclaim transfer "+id, err)
		}
	}
	return s.applyTransfer(ctx, id)
}

// wanted tells whether an order still waits for a transfer.
func wanted(o store.Order, id string) bool {
	if o.Status != store.Placed && o.Status != store.Backordered { // one that waits keeps what it holds
		return false
	}
	for _, source := range o.Plan.Sources {
		if source.Transfer == id {
			return true
		}
	}
	return false
}

// closeUnwanted closes a transfer that is asked for although its order does not want it any more: it was
// raised, or its sending undone, at the moment at which the order was cancelled.
func (s *Store) closeUnwanted(ctx context.Context, t store.Transfer) error {
	if t.State != store.TransferRequested {
		return nil
	}
	order, err := s.outsiders(ctx, t.Order)
	if err != nil || order.Version > 0 && wanted(order, t.ID) {
		return err
	}
	return s.unclaim(ctx, t.ID, fmt.Sprintf("order %s does not need it any more", t.Order))
}

// PutBack says that what was packed for a cancelled order is on its shelf again. Stock does not move by
// it: the units were on hand all the time. Repeating it changes nothing.
//
// Keys: order:N:packed, <warehouse>:put_back. Emits put_back.
func (s *Store) PutBack(ctx context.Context, who store.Actor, n store.Number) error {
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		switch {
		case o.Status != store.Cancelled:
			return change{}, store.Errorf(store.Conflict, "Order %s is %s: its box stays as it is.", n, o.Status.Words())
		case units(o.Packed) == 0:
			return change{}, errNothingToDo
		}
		return change{to: o.Status, event: store.EventPutBack, also: func(p redis.Pipeliner) {
			p.Del(ctx, s.keyPacked(n))
			p.ZRem(ctx, keyPutBack(s.part(n), o.Warehouse), orderName(n))
		}}, nil
	})
	return err
}

// units adds up what is in a box.
func units(packed map[string]int) int {
	sum := 0
	for _, n := range packed {
		sum += n
	}
	return sum
}
