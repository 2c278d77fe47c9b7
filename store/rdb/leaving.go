package rdb

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// claimLeaving asks the order of a transfer whether it still wants it, and marks the transfer as one that
// leaves: from then on the order's lines cannot be changed. A change and a sending at the same moment thus
// meet at the order, and one of them is told. Conflict when the order does not want it any more.
//
// Keys: order:N (field leaving:<id>). Idempotent: a mark that stands is left as it is.
func (s *Store) claimLeaving(ctx context.Context, id string) error {
	t, err := s.transfer(ctx, id)
	if err != nil || t.State != store.TransferRequested || t.Order == 0 {
		return err
	}
	for range txTries {
		reading := s.orderReading(t.Order)
		ask := func(p redis.Pipeliner) { reading.ask(ctx, p, false) }
		err := s.watch(ctx, s.watched(t.Order), ask, func(tx *redis.Tx) error {
			order, _, err := reading.forChange()
			switch {
			case err != nil:
				return err
			case !wanted(order, id):
				return store.Errorf(store.Conflict, "Order %s does not need this any more. Leave it on the shelf.", t.Order)
			case order.Leaving[id]:
				return errNothingToDo
			}
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.HSet(ctx, s.keyOrder(t.Order), leaving+id, "1")
				return nil
			})
			return err
		})
		if errors.Is(err, errNothingToDo) {
			return nil
		}
		if !errors.Is(err, redis.TxFailedErr) {
			return wrap("send transfer "+id, err)
		}
	}
	return store.Errorf(store.Conflict, "Order %s is being changed by others at this moment. Please try again.", t.Order)
}
