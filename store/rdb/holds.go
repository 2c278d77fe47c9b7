package rdb

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Holds lists the orders that hold units of a product at a warehouse, by the date promised to them: they
// are why a count cannot be lower.
//
// Keys: <warehouse>:holders and their reservations, order:N…. Three round trips.
func (s *Store) Holds(ctx context.Context, warehouse, product string) ([]store.Hold, error) {
	holders, err := s.client.SMembers(ctx, s.keyHolders(warehouse)).Result()
	if err != nil {
		return nil, wrap("holds", err)
	}
	held := make([]*redis.StringCmd, len(holders))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range holders {
			held[i] = p.HGet(ctx, key, product)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, wrap("holds", err)
	}
	units := map[store.Number]int{}
	var numbers []store.Number
	for i, key := range holders {
		n, ok := store.ParseNumber(strings.TrimPrefix(key, s.keyReservation(warehouse, "")))
		if count := integer(held[i].Val()); ok && count > 0 {
			units[n] = count
			numbers = append(numbers, n)
		}
	}
	orders, err := s.orders(ctx, numbers, false)
	if err != nil {
		return nil, wrap("holds", err)
	}
	var holds []store.Hold
	for _, o := range orders {
		holds = append(holds, store.Hold{Order: o.Number, Units: units[o.Number], Status: o.Status, Recipient: o.Recipient.Name, PromisedAt: o.PromisedAt})
	}
	slices.SortFunc(holds, func(a, b store.Hold) int {
		return cmp.Or(a.PromisedAt.Compare(b.PromisedAt), cmp.Compare(a.Order, b.Order))
	})
	return holds, nil
}
