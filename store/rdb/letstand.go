package rdb

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// mayUnreceive refuses to take units away that are already in the box, and what was refused before.
func mayUnreceive(o store.Order, t store.Transfer, version int) error {
	if o.Status != store.Placed && o.Status != store.Backordered {
		return refusedForGood("Order %s is %s by now, so the receipt stands.", o.Number, o.Status.Words())
	}
	if o.Stands[t.ID] >= version {
		return refusedForGood("Order %s needed these units at that moment, so the receipt stands. Please try again.", o.Number)
	}
	for _, line := range t.Lines {
		if o.Packed[line.Product] > o.Here(line.Product)-line.Quantity {
			return refusedForGood("%s is already packed for order %s. Take it out of the box first.", line.Product, o.Number)
		}
	}
	return nil
}

// letStand writes on an order that it has refused to undo the receipt of a transfer: until the transfer is put
// right others may come to the same step, and the box may have been emptied; they are refused too. False when
// nothing stands in the way any more, or somebody was faster.
//
// Keys: order:N (field stands:<id>). Idempotent: a mark that stands is left as it is.
func (s *Store) letStand(ctx context.Context, t store.Transfer, version int) (bool, error) {
	reading := s.orderReading(t.Order)
	ask := func(p redis.Pipeliner) { reading.ask(ctx, p, false) }
	err := s.watch(ctx, s.watched(t.Order), ask, func(tx *redis.Tx) error {
		order, _, err := reading.forChange()
		switch {
		case err != nil:
			return err
		case order.Noted[t.ID] >= version || mayUnreceive(order, t, version) == nil:
			return errNothingToDo
		case order.Stands[t.ID] >= version:
			return errRefused
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.HSet(ctx, s.keyOrder(t.Order), stands+t.ID, version)
			return nil
		})
		return err
	})
	switch {
	case err == nil, errors.Is(err, errRefused):
		return true, nil
	case errors.Is(err, errNothingToDo), errors.Is(err, redis.TxFailedErr):
		return false, nil
	}
	return false, wrap("let a receipt stand", err)
}
