package rdb

import (
	"context"
	"time"

	"waybill/store"
)

// EditQuotes says for every speed when an order would arrive if it were changed to these lines and this
// place: Quotes with what the order holds counted as free, as Edit counts it. Nothing is changed. An order
// that is being assembled may not begin to wait by a change, so for it Waits is never so. NotFound when
// there is no such order.
//
// Keys read: the order boundary, stock; for a waiting order product:<id>:waiting.
func (s *Store) EditQuotes(ctx context.Context, n store.Number, lines []store.Line, to *store.Point) ([]store.Quote, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	order, err := s.Order(ctx, n)
	if err != nil {
		return nil, err
	}
	lines = store.Merge(lines)
	if order.Status == store.Backordered {
		after := order
		after.Lines = lines
		stock, err := s.stockForWaiting(ctx, directory, after)
		if err != nil {
			return nil, wrap("quotes for a change", err)
		}
		return s.quote(lines, to, stock, stock.sites())
	}
	if store.SameUnits(order.Lines, lines) {
		return s.quoteHere(ctx, order, to, directory)
	}
	stock, err := s.stockFor(ctx, directory, lines)
	if err != nil {
		return nil, wrap("quotes for a change", err)
	}
	sites := stock.sites()
	giveBack(sites, order)
	quotes, err := s.quote(lines, to, stock, sites)
	for i := range quotes {
		quotes[i].Waits, quotes[i].NowAt = false, time.Time{}
		for k := range quotes[i].Short {
			quotes[i].Short[k].Waits = false
		}
	}
	return quotes, err
}

// quoteHere is what each speed would promise for an order that stays where it is assembled.
func (s *Store) quoteHere(ctx context.Context, o store.Order, to *store.Point, directory store.Directory) ([]store.Quote, error) {
	here, err := s.siteOf(ctx, o, directory)
	if err != nil {
		return nil, wrap("quotes for a change", err)
	}
	var quotes []store.Quote
	for _, speed := range store.Speeds() {
		if speed == store.SameDay && o.Speed != speed && !store.OffersSameDay([]store.Site{here}) {
			continue
		}
		plan, err := s.promiseAnew(o, store.Edit{Draft: store.Draft{Speed: speed}, To: to}, here)
		quote := store.Quote{Speed: speed, PromisedAt: plan.PromisedAt}
		if store.KindOf(err) == store.Invalid {
			quote.WhyNot, err = store.MessageOf(err), nil
		}
		if err != nil {
			return nil, err
		}
		quotes = append(quotes, quote)
	}
	return quotes, nil
}
