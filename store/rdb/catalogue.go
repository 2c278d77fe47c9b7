package rdb

import (
	"context"

	"waybill/store"
)

// Catalogue lists all products with how many units of each could be promised now, by ID. It is the
// same count by which Place decides. One round trip.
func (s *Store) Catalogue(ctx context.Context) ([]store.Offer, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	sites, err := s.sites(ctx, directory, directory.ProductIDs)
	if err != nil {
		return nil, wrap("catalogue", err)
	}
	offers := make([]store.Offer, len(directory.ProductIDs))
	for i, id := range directory.ProductIDs {
		offers[i].Product = directory.Products[id]
		for _, site := range sites {
			offers[i].Free += site.Free[id]
		}
	}
	return offers, nil
}

// Quotes says for every speed when these lines would arrive, if they were ordered now. Nothing is
// reserved. The same day is among them only in a shop that has it. Waits and Short tell what is missing, and whether it may be waited for. One round trip.
func (s *Store) Quotes(ctx context.Context, lines []store.Line, to *store.Point) ([]store.Quote, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	lines = store.Merge(lines)
	sites, err := s.sites(ctx, directory, productsOf(lines))
	if err != nil {
		return nil, wrap("quotes", err)
	}
	quotes := make([]store.Quote, 0, len(store.Speeds()))
	for _, speed := range store.Speeds() {
		if speed == store.SameDay && !store.OffersSameDay(sites) {
			continue
		}
		request := store.Request{Lines: lines, To: to, Speed: speed, Now: s.now(), Calendar: s.calendar()}
		plan, err := store.Route(request, sites)
		short, _ := shortOf(err)
		if err != nil && len(short) == 0 {
			return nil, err
		}
		quote := store.Quote{
			Speed: speed, PromisedAt: plan.PromisedAt, Short: short,
			Waits: len(short) > 0 && mayWait(store.Draft{Backorder: true}, directory, short),
		}
		if speed == store.SameDay && !request.KeepsSameDay(plan) {
			quote.WhyNot = request.WhyNotToday(sites)
		}
		quotes = append(quotes, quote)
	}
	return quotes, nil
}

// StockOf lists what a warehouse holds of every product of the shop. NotFound when there is no such
// warehouse. One round trip.
func (s *Store) StockOf(ctx context.Context, warehouse string) ([]store.Shelf, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := directory.Warehouses[warehouse]; !ok {
		return nil, noWarehouse(warehouse)
	}
	reading := s.boardReading(warehouse)
	if err := reading.run(ctx, s.client, reading.askStock); err != nil {
		return nil, wrap("stock of "+warehouse, err)
	}
	return reading.shelves(directory), nil
}

func noWarehouse(id string) error {
	return store.Errorf(store.NotFound, "There is no warehouse %s.", id)
}
