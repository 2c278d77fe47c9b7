package rdb

import (
	"context"
	"slices"

	"waybill/store"
)

// Losers says who would give up units of a product at a warehouse if only so many of it remained, and what
// would become of them: those that are chosen by name, or, with nil, those whom it hurts least. It writes
// nothing. NotFound without such a warehouse, Invalid without such a product.
//
// Keys: those of Holds and of a routing decision.
func (s *Store) Losers(ctx context.Context, warehouse, product string, remains store.Remains, chosen []string) (store.Losers, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Losers{}, err
	}
	if err := mayBook(directory, warehouse, []string{product}, func(int) string { return "product" }); err != nil {
		return store.Losers{}, err
	}
	losers, err := s.losers(ctx, directory, warehouse, product, remains, chosen)
	return losers, wrap("losers", err)
}

func (s *Store) losers(ctx context.Context, directory store.Directory, warehouse, product string, remains store.Remains, chosen []string) (store.Losers, error) {
	level, err := s.level(ctx, warehouse, product)
	if err != nil {
		return store.Losers{}, err
	}
	holds, orders, err := s.holds(ctx, warehouse, product)
	if err != nil {
		return store.Losers{}, err
	}
	slices.SortFunc(holds, store.Hold.Before)
	losers := store.Losers{Product: product, Level: level, OnHand: remains.Of(level)}
	losers.Need = max(0, level.Reserved-losers.OnHand)
	gives, left := store.GiveWay(holds, losers.Need, chosen)
	losers.Left = left
	stock, err := s.stockFor(ctx, directory, []store.Line{{Product: product}})
	if err != nil {
		return losers, err
	}
	sites := stock.sites()
	losers.List = make([]store.Loser, len(holds))
	for i, h := range slices.Backward(holds) { // as Correct goes through them
		losers.List[i] = store.Loser{Hold: h, Gives: gives[i]}
		if h.Order != 0 && gives[i] > 0 {
			losers.List[i].Then = s.fate(stock, sites, warehouse, orders[h.Order], store.Line{Product: product, Quantity: gives[i]})
		}
	}
	return losers, nil
}

// fate says what becomes of an order that loses units at a warehouse. What it gets from elsewhere the
// sites do not have for the next one.
func (s *Store) fate(stock *siteReading, sites []store.Site, warehouse string, o store.Order, lost store.Line) store.Fate {
	for _, site := range sites {
		if site.Warehouse.ID == warehouse { // the shelf is empty: that is why it is asked
			site.Free[lost.Product] = 0
		}
	}
	if o.Status == store.Backordered { // it waits anyway
		return store.Fate{Waits: true, ExpectedAt: o.ExpectedAt}
	}
	request := store.Request{Lines: []store.Line{lost}, To: o.At, Speed: o.Speed, Now: s.now(), Calendar: s.calendar()}
	more, err := store.RouteRest(request, o.Warehouse, store.Unrefused(sites, o.Refused))
	if err != nil {
		withhold(sites, lost.Product, lost.Quantity)
		return store.Fate{Waits: true, ExpectedAt: stock.coming(lost.Product, lost.Quantity)}
	}
	fate := store.Fate{PromisedAt: o.Plan.With(more).PromisedAt}
	for _, source := range more.Sources {
		fate.From = append(fate.From, source.Warehouse)
		for _, site := range sites {
			if site.Warehouse.ID == source.Warehouse {
				site.Free[lost.Product] -= store.Quantity(source.Lines, lost.Product)
			}
		}
	}
	return fate
}
