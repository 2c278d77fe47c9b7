package rdb

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"waybill/store"
)

const servedField = "served" // of the shop's hash: where it sends to, JSON; nothing means everywhere

// SaveServed sets to which countries the shop sends; none means to all. Orders that are placed already
// go on. Keys: shop.
func (s *Store) SaveServed(ctx context.Context, countries []store.Country) error {
	countries = slices.Clone(countries)
	slices.SortFunc(countries, func(a, b store.Country) int { return strings.Compare(a.Name, b.Name) })
	err := s.client.HSet(ctx, keyShop, servedField, encode(countries)).Err()
	s.directoryChanged(ctx)
	return wrap("save served countries", err)
}

func decodeServed(text string) []store.Country {
	var countries []store.Country
	_ = json.Unmarshal([]byte(text), &countries) // nothing, or what an outsider has spoilt, means everywhere
	return countries
}
