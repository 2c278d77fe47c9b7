package api

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

// further is what the shop finds wrong with an order beside its fields: products that are not sold, too many
// of one, a country to which nothing is sent, what is short and how much is left, and a day that cannot be
// kept. Without Redis it is what the node's own copy knows.
func (in *placeInput) further(ctx context.Context, s *server) []*huma.ErrorDetail {
	directory, err := s.Store.Directory(ctx)
	if err != nil {
		return nil
	}
	draft := in.draft
	draft.Lines = draft.Lines[:min(len(draft.Lines), store.MaxLines)]
	fields := map[string]string{}
	maps.Copy(fields, fieldsOf(directory.Takes(draft)))
	for i, line := range draft.Lines {
		if !store.ValidID(line.Product) { // that is told already, without what was sent
			delete(fields, fmt.Sprintf("lines[%d].product", i))
		}
	}
	for field, words := range s.outOfReach(ctx, directory, draft) {
		fields[field] = strings.TrimSpace(cmp.Or(fields[field], in.faults[field]) + " " + words)
	}
	return details(fields, in.place)
}

// more tells whether there may be more wrong with an order than the shop said when it refused it: of what it
// does not sell it did not look whether the rest is there, and of what is short not whether it could come today.
func (in *placeInput) more(err error) bool {
	switch store.KindOf(err) {
	case store.Invalid:
		return fieldsOf(err)["idempotency_key"] == ""
	case store.Conflict:
		return len(fieldsOf(err)) > 0 && in.draft.Speed == store.SameDay
	}
	return false
}

// outOfReach says by field of what there is too little for a draft, and why it cannot come today where it was
// to. Each line counts with as many units as an order may have of it: whoever wanted more learns at once how
// many there are.
func (s *server) outOfReach(ctx context.Context, directory store.Directory, draft store.Draft) map[string]string {
	request := store.Request{Speed: draft.Speed, To: s.at(draft.Recipient.Address)}
	if !slices.Contains(store.Speeds(), request.Speed) {
		request.Speed = store.Standard
	}
	for _, line := range draft.Lines {
		if directory.Sold(line.Product) {
			line.Quantity = max(1, min(line.Quantity, directory.Products[line.Product].Most()))
			request.Lines = append(request.Lines, line)
		}
	}
	if len(request.Lines) == 0 {
		return nil
	}
	outcome, err := s.Store.WhatIf(ctx, request)
	if err != nil {
		return nil
	}
	fields := store.ShortFields(draft.Lines, slices.DeleteFunc(outcome.Short, func(short store.Shortage) bool {
		return draft.Backorder && short.Waits && !short.Full
	}))
	if outcome.NotToday != "" {
		fields["speed"] = outcome.NotToday + " Choose another speed."
	}
	return fields
}

// at is where an address is, as far as the gazetteer knows; nil if not even its country is known.
func (s *server) at(address store.Address) *store.Point {
	at, ok := s.Gazetteer.Find(address.City, address.PostalCode, address.Country)
	if !ok {
		return nil
	}
	return &store.Point{Lat: at.Lat, Lon: at.Lon}
}
