package rdb

import (
	"context"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Deliver says that the recipient has the parcel, and who took it. Only the courier who carries it
// may say so, or anybody of the couriers when an outside program sent it. Repeating it changes
// nothing, so a phone may tell it again that never heard the answer.
//
// Keys: the order boundary, courier:<login>:run. Emits delivered.
func (s *Store) Deliver(ctx context.Context, who store.Actor, n store.Number, proof store.Proof) error {
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		if o.Status == store.Delivered {
			return change{}, errNothingToDo
		}
		if o.Status == store.Sent && o.Courier != "" && o.Courier != who.ID && who.Role != store.Admin {
			return change{}, store.Errorf(store.Conflict, "%s has order %s on board, so only they can deliver it.", o.CourierName, n)
		}
		if err := store.CheckStep(o.Status, store.Delivered, who.Role); err != nil {
			return change{}, err
		}
		return change{
			to:   store.Delivered,
			set:  map[string]any{"received_by": proof.ReceivedBy},
			data: handedOver(proof),
			also: func(p redis.Pipeliner) { p.ZRem(ctx, keyRun(s.part(n), o.Courier), orderName(n)) },
		}, nil
	})
	if err != nil {
		return err
	}
	s.settleSoon(ctx, n)
	return nil
}

// handedOver is what the event tells beyond its own time: when it was by the courier's phone.
func handedOver(proof store.Proof) map[string]string {
	if proof.At.IsZero() {
		return nil
	}
	return map[string]string{"phone": stamp(proof.At)}
}
