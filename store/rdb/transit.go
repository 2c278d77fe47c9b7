package rdb

import (
	"context"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const transitShown = 200 // transfers in transit of one warehouse on the page of all of them

// Transfer reads one transfer. NotFound when there is none.
func (s *Store) Transfer(ctx context.Context, id string) (store.Transfer, error) {
	return s.transfer(ctx, id)
}

// InTransit lists what has left one warehouse and not reached the other, by the time at which it is
// due: the place that no warehouse's stock shows. Two round trips.
func (s *Store) InTransit(ctx context.Context) ([]store.Transfer, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	asked := make([]*ranked, len(directory.WarehouseIDs))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, w := range directory.WarehouseIDs {
			asked[i] = s.askRanked(ctx, p, keyInTransit, w, transitShown)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, wrap("in transit", err)
	}
	list, err := s.byDue(ctx, asked)
	return list, wrap("in transit", err)
}

// TransfersOf lists the transfers from and to a warehouse that have not ended, by the time at which they are
// due, some hundreds at the most. NotFound without such a warehouse. Two round trips.
func (s *Store) TransfersOf(ctx context.Context, warehouse string) ([]store.Transfer, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := directory.Warehouses[warehouse]; !known {
		return nil, noWarehouse(warehouse)
	}
	var asked []*ranked
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, list := range []func(part, string) string{keyToSend, keyToReceive, keyInTransit} {
			asked = append(asked, s.askRanked(ctx, p, list, warehouse, transitShown))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, wrap("transfers of "+warehouse, err)
	}
	list, err := s.byDue(ctx, asked)
	return list, wrap("transfers of "+warehouse, err)
}

// byDue reads the transfers of some lists, each once.
func (s *Store) byDue(ctx context.Context, lists []*ranked) ([]store.Transfer, error) {
	var ids []string // each stands in several
	for _, list := range lists {
		ids = append(ids, list.members()...)
	}
	slices.Sort(ids)
	found, err := s.transfers(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	all := slices.Collect(maps.Values(found))
	slices.SortFunc(all, store.ByDue)
	return all, nil
}
