package rdb

import (
	"context"

	"waybill/store"
)

// WhatIf decides where an order would be assembled and when it would arrive, as Place would decide, and
// neither places nor reserves anything. Lines and Speed must be good; a zero Now means now. What is short
// is a part of the outcome. One round trip.
func (s *Store) WhatIf(ctx context.Context, request store.Request) (store.Outcome, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Outcome{}, err
	}
	request.Lines, request.Calendar = store.Merge(request.Lines), s.calendar()
	if request.Now.IsZero() {
		request.Now = s.now()
	}
	stock, err := s.stockFor(ctx, directory, request.Lines)
	if err != nil {
		return store.Outcome{}, wrap("what if", err)
	}
	sites := stock.sites()
	plan, err := store.Route(request, sites)
	outcome := store.Outcome{Plan: plan}
	if short, ok := shortOf(err); ok {
		stock.explain(short)
		outcome.Short = short
		if request.Lines, _ = store.Split(request.Lines, short); len(request.Lines) == 0 {
			return outcome, nil
		}
		plan, err = store.Route(request, sites) // what there is of it
	}
	if err != nil {
		return store.Outcome{}, err
	}
	if request.Speed == store.SameDay && !request.KeepsSameDay(plan) {
		outcome.NotToday = request.WhyNotToday(sites)
	}
	return outcome, nil
}
