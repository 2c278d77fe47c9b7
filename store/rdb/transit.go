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
	var ids []string // each stands at both of its ends
	for _, at := range asked {
		ids = append(ids, at.members()...)
	}
	slices.Sort(ids)
	found, err := s.transfers(ctx, slices.Compact(ids))
	if err != nil {
		return nil, wrap("in transit", err)
	}
	list := slices.Collect(maps.Values(found))
	slices.SortFunc(list, store.ByDue)
	return list, nil
}
