package rdb

import (
	"context"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// SetThreshold says below how many free units a warehouse runs low of a product; 0 takes the threshold
// away. Invalid outside of 0 to a million; NotFound for an unknown warehouse or product.
//
// Keys: <warehouse>:thresholds.
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
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		if units == 0 {
			p.HDel(ctx, s.keyThresholds(warehouse), product)
		} else {
			p.HSet(ctx, s.keyThresholds(warehouse), product, units)
		}
		s.hint(ctx, p, s.at(warehouse), liveWarehouse(warehouse))
		return nil
	})
	return wrap("set threshold", err)
}

// Piles lists what every warehouse has of a product, by ID. NotFound for an unknown product. Three
// round trips.
func (s *Store) Piles(ctx context.Context, product string) ([]store.Pile, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	if directory.Products[product].ID == "" {
		return nil, store.Errorf(store.NotFound, "There is no product %s.", short(product))
	}
	thresholds, err := s.thresholds(ctx, directory)
	if err != nil {
		return nil, wrap("supplies", err)
	}
	supplies, err := s.supplies(ctx, directory, thresholds, []string{product}, directory.WarehouseIDs)
	return supplies[product], wrap("supplies", err)
}

// LowStock lists of what each warehouse runs low, and what to do about it. Four round trips; one when
// no threshold is set.
func (s *Store) LowStock(ctx context.Context) ([]store.Low, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	low, err := s.lowStock(ctx, directory, directory.WarehouseIDs)
	return low, wrap("low stock", err)
}

// lowStock is LowStock for some of the warehouses.
func (s *Store) lowStock(ctx context.Context, directory store.Directory, warehouses []string) ([]store.Low, error) {
	thresholds, err := s.thresholds(ctx, directory)
	if err != nil {
		return nil, err
	}
	var products []string
	for _, w := range warehouses {
		products = append(products, sortedKeys(thresholds[w])...)
	}
	if len(products) == 0 {
		return nil, nil
	}
	slices.Sort(products)
	products = slices.Compact(products)
	supplies, err := s.supplies(ctx, directory, thresholds, products, warehouses)
	if err != nil {
		return nil, err
	}
	var list []store.Low
	for _, w := range warehouses {
		for _, product := range products {
			if low, runs := judgeLow(supplies[product], w, product); runs {
				list = append(list, low)
			}
		}
	}
	return list, nil
}

// judgeLow tells whether a warehouse runs low of a product, and from where it should take some.
func judgeLow(supplies []store.Pile, warehouse, product string) (store.Low, bool) {
	i := slices.IndexFunc(supplies, func(s store.Pile) bool { return s.Warehouse.ID == warehouse })
	if i < 0 || !supplies[i].Low() {
		return store.Low{}, false
	}
	own := supplies[i]
	low := store.Low{Warehouse: warehouse, Product: product, Free: own.Free, Threshold: own.Threshold, Coming: own.Coming, Revision: own.Revision}
	if take, ok := store.Suggest(own, supplies); ok {
		low.Take = &take
	}
	return low, true
}

// thresholds reads those of every warehouse.
func (s *Store) thresholds(ctx context.Context, directory store.Directory) (map[string]map[string]int, error) {
	read := make([]*redis.MapStringStringCmd, len(directory.WarehouseIDs))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, w := range directory.WarehouseIDs {
			read[i] = p.HGetAll(ctx, s.keyThresholds(w))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	all := map[string]map[string]int{}
	for i, w := range directory.WarehouseIDs {
		all[w] = decodeUnits(read[i].Val())
	}
	return all, nil
}

// supplies reads what every warehouse has free of some products, and what is coming to the shelves of
// those warehouses for which it matters.
func (s *Store) supplies(ctx context.Context, directory store.Directory, thresholds map[string]map[string]int, products, coming []string) (map[string][]store.Pile, error) {
	sites, err := s.sites(ctx, directory, products)
	if err != nil {
		return nil, err
	}
	onTheWay, revisions, err := s.coming(ctx, coming)
	if err != nil {
		return nil, err
	}
	all := map[string][]store.Pile{}
	for _, product := range products {
		for _, site := range sites {
			w := site.Warehouse.ID
			all[product] = append(all[product], store.Pile{
				Warehouse: site.Warehouse, Free: site.Free[product], Threshold: thresholds[w][product], Coming: store.Quantity(onTheWay[w], product),
				Revision: revisions[w],
			})
		}
	}
	return all, nil
}

// coming adds up what warehouses have asked for their shelves and not received, and reads the warehouses'
// revisions.
func (s *Store) coming(ctx context.Context, warehouses []string) (map[string][]store.Line, map[string]string, error) {
	read, revision := make([]*ranked, len(warehouses)), make([]revision, len(warehouses))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
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

// watchLow tells the event stream, once, of each product of which a warehouse has begun to run low. Only
// the node that keeps house does it.
//
// Keys: <warehouse>:thresholds, <warehouse>:low, events. Emits stock.low.
func (s *Store) watchLow(ctx context.Context) error {
	directory, err := s.Directory(ctx)
	if err != nil {
		return err
	}
	low, err := s.lowStock(ctx, directory, directory.WarehouseIDs)
	if err != nil {
		return wrap("watch low stock", err)
	}
	known := make([]*redis.StringSliceCmd, len(directory.WarehouseIDs))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, w := range directory.WarehouseIDs {
			known[i] = p.SMembers(ctx, s.keyLow(w))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return wrap("watch low stock", err)
	}
	for i, w := range directory.WarehouseIDs {
		if err := s.noteLow(ctx, w, known[i].Val(), low); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) noteLow(ctx context.Context, warehouse string, known []string, low []store.Low) error {
	is := map[string]bool{}
	for _, l := range low {
		if l.Warehouse != warehouse {
			continue
		}
		is[l.Product] = true
		if slices.Contains(known, l.Product) {
			continue
		}
		args := []any{warehouse, l.Product, strconv.Itoa(l.Free), strconv.Itoa(l.Threshold), strconv.FormatInt(s.now().UnixMilli(), 10)}
		if err := scriptLow.Run(ctx, s.client, []string{s.keyLow(warehouse), keyEvents(s.at(warehouse))}, args...).Err(); err != nil {
			return wrap("note low stock", err)
		}
	}
	for _, product := range known {
		if !is[product] {
			if err := s.client.SRem(ctx, s.keyLow(warehouse), product).Err(); err != nil {
				return wrap("note low stock", err)
			}
		}
	}
	return nil
}
