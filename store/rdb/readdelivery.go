package rdb

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Delivery reads one delivery with its history and what has been counted of it. NotFound when there is
// none. One round trip.
func (s *Store) Delivery(ctx context.Context, id string) (store.Delivery, error) {
	if !store.ValidID(id) {
		return store.Delivery{}, noDelivery()
	}
	var fields, counted *redis.MapStringStringCmd
	var steps *redis.StringSliceCmd
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		fields, counted = p.HGetAll(ctx, s.keyDelivery(id)), p.HGetAll(ctx, s.keyCounted(id))
		steps = p.LRange(ctx, s.keyDeliveryHistory(id), 0, -1)
		return nil
	})
	if err := failed(commands, err); err != nil {
		return store.Delivery{}, wrap("delivery", err)
	}
	d := decodeDelivery(id, fields.Val())
	if d.Version == 0 {
		return d, noDelivery()
	}
	d.Counted = decodeUnits(counted.Val())
	for _, entry := range steps.Val() {
		var step store.DeliveryStep
		if json.Unmarshal([]byte(entry), &step) == nil {
			d.Steps = append(d.Steps, step)
		}
	}
	return d, nil
}

// Deliveries lists what is announced to a warehouse, by the day on which it is due, and what was closed
// last, the newest first. NotFound without such a warehouse. Two round trips.
func (s *Store) Deliveries(ctx context.Context, warehouse string) (open, closed []store.Delivery, err error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, nil, err
	}
	if _, known := directory.Warehouses[warehouse]; !known {
		return nil, nil, noWarehouse(warehouse)
	}
	var announced, done *ranked
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		announced, done = s.askRanked(ctx, p, keyDeliveries, warehouse, all), s.askRanked(ctx, p, keyClosedDeliveries, warehouse, all)
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, nil, wrap("deliveries", err)
	}
	ids := done.members()
	slices.Reverse(ids)
	all, err := s.deliveries(ctx, append(announced.members(), ids[:min(len(ids), closedShown)]...))
	if err != nil {
		return nil, nil, wrap("deliveries", err)
	}
	for _, d := range all {
		if d.State == store.DeliveryAnnounced {
			open = append(open, d)
		} else {
			closed = append(closed, d)
		}
	}
	return open, closed, nil
}

// deliveries reads many deliveries without their history, in one round trip; those that do not exist
// are left out.
func (s *Store) deliveries(ctx context.Context, ids []string) ([]store.Delivery, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	hashes := make([]*redis.MapStringStringCmd, len(ids))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			hashes[i] = p.HGetAll(ctx, s.keyDelivery(id))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	var deliveries []store.Delivery
	for i, id := range ids {
		if d := decodeDelivery(id, hashes[i].Val()); d.Version > 0 {
			deliveries = append(deliveries, d)
		}
	}
	return deliveries, nil
}
