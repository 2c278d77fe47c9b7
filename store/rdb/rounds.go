package rdb

import (
	"context"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const roundsOrders = 60 // parcels of one warehouse, or of one run, on a courier's page

// Rounds reads all that a courier's page shows: parcels that wait, warehouse by warehouse, and those
// on board, also the parcels that an outside program has sent with nobody's name. Three round trips. While a
// part of a cluster is away, the page is without what lies there, and Partly says so.
func (s *Store) Rounds(ctx context.Context, courier string) (store.Rounds, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Rounds{}, err
	}
	var run, nobodys *ranked
	waiting := map[string]*ranked{}
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		run = s.askRanked(ctx, p, keyRun, courier, roundsOrders)
		nobodys = s.askRanked(ctx, p, keyRun, nobody, roundsOrders)
		for _, w := range directory.WarehouseIDs {
			waiting[w] = s.askRanked(ctx, p, keyToPickUp, w, roundsOrders)
		}
		return nil
	})
	missing, err := s.partly(commands, err)
	if err != nil {
		return store.Rounds{}, wrap("rounds", err)
	}
	numbers := append(orderNumbers(run.members()), orderNumbers(nobodys.members())...)
	for _, w := range directory.WarehouseIDs {
		numbers = append(numbers, orderNumbers(waiting[w].members())...)
	}
	orders, err := s.orders(ctx, numbers, false)
	if err != nil {
		return store.Rounds{}, wrap("rounds", err)
	}
	rounds := sortRounds(orders, courier, directory.WarehouseIDs)
	rounds.Partly = missing
	return rounds, nil
}

// sortRounds puts each order where it belongs by its own status, whatever list named it.
func sortRounds(orders []store.Order, courier string, warehouses []string) store.Rounds {
	var rounds store.Rounds
	ready := map[string][]store.Order{}
	for _, o := range orders {
		switch {
		case o.Status == store.Sent && (o.Courier == courier || o.Courier == nobody):
			rounds.Run = append(rounds.Run, o)
		case o.Status == store.Ready:
			ready[o.Warehouse] = append(ready[o.Warehouse], o)
		}
	}
	for _, w := range warehouses {
		if len(ready[w]) > 0 {
			rounds.Ready = append(rounds.Ready, store.Pickup{Warehouse: w, Orders: ready[w]})
		}
	}
	return rounds
}
