package rdb

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Holds lists the orders, and the transfers for a shelf, that hold units of a product at a warehouse, by
// the date promised to them: they are why a count cannot be lower.
//
// Keys: <warehouse>:holders and their reservations, order:N…, transfer:<id>. Five round trips at the most.
func (s *Store) Holds(ctx context.Context, warehouse, product string) ([]store.Hold, error) {
	holds, _, err := s.holds(ctx, warehouse, product)
	slices.SortFunc(holds, func(a, b store.Hold) int {
		return cmp.Or(a.PromisedAt.Compare(b.PromisedAt), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Transfer, b.Transfer))
	})
	return holds, wrap("holds", err)
}

// holds is Holds, with the orders by number.
func (s *Store) holds(ctx context.Context, warehouse, product string) ([]store.Hold, map[store.Number]store.Order, error) {
	holders, err := s.client.SMembers(ctx, s.keyHolders(warehouse)).Result()
	if err != nil {
		return nil, nil, err
	}
	held := make([]*redis.StringCmd, len(holders))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range holders {
			held[i] = p.HGet(ctx, key, product)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, nil, err
	}
	units := map[store.Number]int{}
	var numbers []store.Number
	var asks []string
	for i, key := range holders {
		name, count := strings.TrimPrefix(key, s.keyReservation(warehouse, "")), integer(held[i].Val())
		if n, ok := store.ParseNumber(name); ok && count > 0 {
			units[n] = count
			numbers = append(numbers, n)
		} else if count > 0 && isAsk(name) {
			asks = append(asks, name)
		}
	}
	orders, err := s.orders(ctx, numbers, false)
	if err != nil {
		return nil, nil, err
	}
	var holds []store.Hold
	byNumber := make(map[store.Number]store.Order, len(orders))
	for _, o := range orders {
		byNumber[o.Number] = o
		holds = append(holds, holdOf(o, warehouse, product, units[o.Number]))
	}
	transfers, err := s.transfers(ctx, asks)
	for _, id := range asks {
		if t := transfers[id]; t.State == store.TransferRequested {
			n := store.Quantity(t.Lines, product)
			holds = append(holds, store.Hold{Transfer: id, To: t.To, Units: n, May: n, PlacedAt: t.At})
		}
	}
	return holds, byNumber, err
}

// holdOf is what an order holds of a product at a warehouse. It may give up what is at hand where it is
// assembled, or what it was to get from there and has not left yet.
func holdOf(o store.Order, warehouse, product string, units int) store.Hold {
	h := store.Hold{
		Order: o.Number, Units: units, Status: o.Status, Recipient: o.Recipient.Name,
		Priority: o.Priority, PlacedAt: o.PlacedAt, PromisedAt: o.PromisedAt,
	}
	if o.Warehouse == warehouse {
		h.Packed = o.Packed[product]
	}
	if o.Status != store.Placed && o.Status != store.Backordered || o.Version == 0 {
		return h
	}
	if o.Warehouse == warehouse {
		h.May = min(units, o.Here(product))
		return h
	}
	for _, t := range o.Transfers {
		if t.From == warehouse && t.State == store.TransferRequested {
			h.May += store.Quantity(t.Lines, product)
		}
	}
	h.May = min(units, h.May)
	return h
}
