package rdb

import (
	"context"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Pack says how many units of a product are in the order's box. It sets the number, so pressing
// twice does no harm. Conflict when the order is not being assembled, does not want so many, or
// they have not arrived.
//
// Keys: order:N:packed. Emits packed.
func (s *Store) Pack(ctx context.Context, who store.Actor, n store.Number, product string, units int) error {
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		wanted := store.Quantity(o.Lines, product)
		switch {
		case o.Status != store.Placed:
			return change{}, store.Errorf(store.Conflict, "Order %s is %s, so its box is closed.", n, o.Status.Words())
		case wanted == 0:
			return change{}, store.Errorf(store.Conflict, "%s is not part of order %s.", product, n)
		case units < 0 || units > wanted:
			return change{}, store.Errorf(store.Conflict, "Order %s wants %d of %s.", n, wanted, product)
		case units > o.Here(product):
			return change{}, store.Errorf(store.Conflict, "Only %d of %s are here for order %s, the others are still on their way.", o.Here(product), product, n)
		case units == o.Packed[product]:
			return change{}, errNothingToDo
		}
		return change{
			to: o.Status, event: store.EventPacked,
			data: map[string]string{"product": product, "units": strconv.Itoa(units)},
			also: func(p redis.Pipeliner) { p.HSet(ctx, s.keyPacked(n), product, units) },
		}, nil
	})
	return err
}
