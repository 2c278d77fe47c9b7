package rdb

import (
	"context"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Catalogue lists all products that are sold, with how many units of each could be promised now, by ID. It
// is the same count by which Place decides. One round trip.
func (s *Store) Catalogue(ctx context.Context) ([]store.Offer, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	stock := s.reading(directory, directory.ProductIDs)
	if err := s.readStock(ctx, stock); err != nil {
		return nil, wrap("catalogue", err)
	}
	sites := stock.sites()
	offers := make([]store.Offer, 0, len(directory.ProductIDs))
	for _, id := range directory.ProductIDs {
		if !directory.Sold(id) {
			continue
		}
		product := directory.Products[id]
		offer := store.Offer{Product: product, Free: freeOf(sites, id), Full: product.Terms.Full(stock.claimed[id], 1)}
		if offer.Free == 0 {
			offer.Expected = stock.coming(id, 1)
		}
		offers = append(offers, offer)
	}
	return offers, nil
}

// Quotes says for every speed when these lines would arrive, if they were ordered now. Nothing is
// reserved. The same day is among them only in a shop that has it. Waits and Short tell what is missing,
// and whether it may be waited for. One round trip.
func (s *Store) Quotes(ctx context.Context, lines []store.Line, to *store.Point) ([]store.Quote, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	lines = store.Merge(lines)
	stock, err := s.stockFor(ctx, directory, lines)
	if err != nil {
		return nil, wrap("quotes", err)
	}
	return s.quote(lines, to, stock, stock.sites())
}

// quote is what each speed would promise for lines from these sites.
func (s *Store) quote(lines []store.Line, to *store.Point, stock *siteReading, sites []store.Site) ([]store.Quote, error) {
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
		stock.explain(short)
		now, _ := store.Split(lines, short)
		var first store.Plan
		if len(short) > 0 && len(now) > 0 {
			request.Lines = now
			first, _ = store.Route(request, sites) // it is all there
		}
		quote := store.Quote{
			NowAt: first.PromisedAt,
			Speed: speed, PromisedAt: plan.PromisedAt, Short: short,
			Waits:    len(short) > 0 && mayWait(short) && !slices.ContainsFunc(short, func(s store.Shortage) bool { return s.Full }),
			Expected: expected(short),
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
	var onHand, reserved, thresholds *redis.MapStringStringCmd
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		onHand, reserved = p.HGetAll(ctx, s.keyStock(warehouse)), p.HGetAll(ctx, s.keyReserved(warehouse))
		thresholds = p.HGetAll(ctx, s.keyThresholds(warehouse))
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, wrap("stock of "+warehouse, err)
	}
	return shelves(directory, onHand.Val(), reserved.Val(), thresholds.Val()), nil
}

// shelves lays out the stock of every product that the shop sells or the warehouse holds.
func shelves(directory store.Directory, onHand, reserved, thresholds map[string]string) []store.Shelf {
	ids := slices.Clone(directory.ProductIDs)
	for _, id := range sortedKeys(onHand) {
		if _, known := directory.Products[id]; !known {
			ids = append(ids, id)
		}
	}
	shelves := make([]store.Shelf, len(ids))
	for i, id := range ids {
		product, known := directory.Products[id]
		if !known {
			product = store.Product{ID: id, Name: id}
		}
		shelves[i].Product = product
		shelves[i].Level.OnHand, _ = strconv.Atoi(onHand[id])
		shelves[i].Level.Reserved, _ = strconv.Atoi(reserved[id])
		shelves[i].Threshold, _ = strconv.Atoi(thresholds[id])
	}
	return shelves
}

func noWarehouse(id string) error {
	return store.Errorf(store.NotFound, "There is no warehouse %s.", id)
}
