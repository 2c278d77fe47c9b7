package rdb

import (
	"context"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// PickUp hands a parcel to a courier; what it holds leaves the warehouse's stock. Of two couriers
// at once one gets it, and the other is told who has it. The same courier may press twice.
//
// Keys: the order boundary, courier:<login>:run; then the warehouse's stock (settle). Emits sent.
func (s *Store) PickUp(ctx context.Context, who store.Actor, n store.Number) error {
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		if (o.Status == store.Sent || o.Status == store.Delivered) && o.Courier == who.ID {
			return change{}, errNothingToDo
		}
		if o.Status == store.Sent && o.CourierName != "" {
			return change{}, store.Errorf(store.Conflict, "%s has already picked up order %s.", o.CourierName, n)
		}
		if err := store.CheckStep(o.Status, store.Sent, who.Role); err != nil {
			return change{}, err
		}
		run := redis.Z{Score: float64(o.PromisedAt.Unix()), Member: orderName(n)}
		return change{
			to:   store.Sent,
			set:  map[string]any{"courier": who.ID, "courier_name": who.Name},
			also: func(p redis.Pipeliner) { p.ZAdd(ctx, keyRun(s.part(n), who.ID), run) },
		}, nil
	})
	if err != nil {
		return err
	}
	s.settleSoon(ctx, n)
	return nil
}
