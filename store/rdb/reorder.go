package rdb

import (
	"context"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// SetThreshold says below how many free units a warehouse runs low of a product; 0 takes the threshold
// away. Invalid outside of 0 to a million; NotFound for an unknown warehouse or product.
//
// Keys: <warehouse>:thresholds, <warehouse>:low, events. Emits stock.low when it runs low by that. The same again changes nothing.
func (s *Store) SetThreshold(ctx context.Context, _ store.Actor, warehouse, product string, units int) error {
	directory, err := s.Directory(ctx)
	if err != nil {
		return err
	}
	switch {
	case directory.Warehouses[warehouse].ID == "":
		return noWarehouse(warehouse)
	case directory.Products[product].ID == "":
		return store.Errorf(store.NotFound, "There is no product %s.", short(product))
	case units < 0 || units > store.MaxThreshold:
		return &store.Error{Kind: store.Invalid, Message: "Give between 0 and 1,000,000 units.", Fields: map[string]string{"threshold": "Give between 0 and 1,000,000 units."}}
	}
	_, err = s.move(ctx, movement{script: scriptLow, warehouse: warehouse, args: []any{product, strconv.Itoa(units)}})
	return wrap("set threshold", err)
}

// Piles lists what every warehouse has of a product, by ID. NotFound for an unknown product. Two round
// trips.
func (s *Store) Piles(ctx context.Context, product string) ([]store.Pile, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	if directory.Products[product].ID == "" {
		return nil, store.Errorf(store.NotFound, "There is no product %s.", short(product))
	}
	piles, err := s.piles(ctx, directory, []string{product}, directory.WarehouseIDs)
	return piles[product], wrap("piles", err)
}

// piles reads what every warehouse has free of some products, with nothing set aside, under how many it runs
// low, and what is coming to the shelves of those warehouses for which it matters.
func (s *Store) piles(ctx context.Context, directory store.Directory, products, comingTo []string) (map[string][]store.Pile, error) {
	shelves := make([][3]*redis.SliceCmd, len(directory.WarehouseIDs)) // on hand, reserved, threshold
	onTheWay, revisions, err := s.coming(ctx, comingTo, func(p redis.Pipeliner) {
		for i, w := range directory.WarehouseIDs {
			for j, key := range []string{s.keyStock(w), s.keyReserved(w), s.keyThresholds(w)} {
				shelves[i][j] = p.HMGet(ctx, key, products...)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	piles := make(map[string][]store.Pile, len(products))
	for i, w := range directory.WarehouseIDs {
		units := func(j, product int) int {
			if values := shelves[i][j].Val(); product < len(values) {
				return integer(values[product])
			}
			return 0 // an outside program has spoilt the key
		}
		for k, product := range products {
			piles[product] = append(piles[product], store.Pile{
				Warehouse: directory.Warehouses[w], Free: store.Level{OnHand: units(0, k), Reserved: units(1, k)}.Free(), Threshold: units(2, k),
				Coming: store.Quantity(onTheWay[w], product), Revision: revisions[w],
			})
		}
	}
	return piles, nil
}

// coming adds up what warehouses have asked for their shelves and not received, and reads the warehouses'
// revisions. What else is to be read goes along. Two round trips at the most.
func (s *Store) coming(ctx context.Context, warehouses []string, along func(redis.Pipeliner)) (map[string][]store.Line, map[string]string, error) {
	read, revision := make([]*ranked, len(warehouses)), make([]revision, len(warehouses))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		along(p)
		for i, w := range warehouses {
			read[i], revision[i] = s.askRanked(ctx, p, keyToReceive, w, all), s.askRevision(ctx, p, liveWarehouse(w), nil)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, nil, err
	}
	var asks []string
	revisions := map[string]string{}
	for i, ids := range read {
		revisions[warehouses[i]] = revision[i].text()
		for _, id := range ids.members() {
			if isAsk(id) {
				asks = append(asks, id)
			}
		}
	}
	transfers, err := s.transfers(ctx, asks)
	if err != nil {
		return nil, nil, err
	}
	all := map[string][]store.Line{}
	for _, t := range transfers {
		if t.Fills() && (t.State == store.TransferRequested || t.State == store.TransferSent) {
			all[t.To] = store.Add(all[t.To], t.Lines)
		}
	}
	return all, revisions, nil
}
