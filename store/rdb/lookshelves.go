package rdb

import (
	"context"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// lookAtShelves compares each warehouse's product_list with its stock. A difference is what an outside
// program wrote: the list is made true again, and the clerk is asked whether to book it.
func (r *reconciler) lookAtShelves(ctx context.Context, directory store.Directory, _ bool) ([]finding, error) {
	var findings []finding
	for _, w := range directory.WarehouseIDs {
		var set *redis.StringSliceCmd
		var stock, reserved *redis.MapStringStringCmd
		commands, err := r.client.TxPipelined(ctx, func(p redis.Pipeliner) error { // one moment, for all three
			set, stock, reserved = p.SMembers(ctx, r.keyProductList(w)), p.HGetAll(ctx, r.keyStock(w)), p.HGetAll(ctx, r.keyReserved(w))
			return nil
		})
		if err := failed(commands, err); err != nil {
			return nil, err
		}
		findings = append(findings, r.judgeShelves(directory, w, set.Val(), decodeUnits(stock.Val()), decodeUnits(reserved.Val()))...)
	}
	return findings, nil
}

func (r *reconciler) judgeShelves(directory store.Directory, warehouse string, set []string, stock, reserved map[string]int) []finding {
	present := make(map[string]bool, len(set))
	for _, product := range set {
		present[product] = true
	}
	var findings []finding
	differs := func(product string, there bool, what string) {
		findings = append(findings, finding{
			subject: r.keyProductList(warehouse), what: what, state: strconv.FormatBool(there),
			mend: func(ctx context.Context) error { return r.propose(ctx, directory, warehouse, product, there) },
		})
	}
	for product := range present {
		if stock[product]-reserved[product] <= 0 {
			differs(product, true, "took off "+short(product)+", of which nothing is free")
		}
	}
	for product := range stock {
		if !present[product] && stock[product]-reserved[product] > 0 {
			differs(product, false, "put back "+product+", of which units are free")
		}
	}
	return findings
}

// propose makes product_list true again and asks the warehouse's clerk about what an outside program
// wrote. Keys: <warehouse>:product_list, <warehouse>:proposals.
func (s *Store) propose(ctx context.Context, directory store.Directory, warehouse, product string, present bool) error {
	keys := []string{s.keyStock(warehouse), s.keyReserved(warehouse), s.keyProductList(warehouse)}
	if err := scriptProductList.Run(ctx, s.client, keys, product).Err(); err != nil {
		return wrap("propose", err)
	}
	if _, known := directory.Products[product]; !known {
		return nil // nothing that could be booked
	}
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, s.keyProposals(warehouse), product, encode(store.Proposal{Product: product, Present: present, At: s.now().UTC()}))
		s.hint(ctx, p, s.at(warehouse), liveWarehouse(warehouse))
		return nil
	})
	return wrap("propose", err)
}
