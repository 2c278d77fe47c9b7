package rdb

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	ledgerChunk  = 500    // entries read from a ledger in one go
	ledgerSearch = 20_000 // entries that one page looks through at the most
)

// entryID is what names an entry of a stream.
var entryID = regexp.MustCompile(`^[0-9]{1,20}-[0-9]{1,20}$`)

// Ledger reads a warehouse's ledger, newest entries first. A page continues where the one before it
// ended, however many entries have come since; it looks through a bounded number of them. NotFound when
// there is no such warehouse, Invalid when q.Before is no place in a ledger.
//
// Keys: <warehouse>:movements. Writes nothing.
func (s *Store) Ledger(ctx context.Context, warehouse string, q store.LedgerQuery) (store.LedgerPage, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.LedgerPage{}, err
	}
	if _, ok := directory.Warehouses[warehouse]; !ok {
		return store.LedgerPage{}, noWarehouse(warehouse)
	}
	from := "+"
	if q.Before != "" {
		if !entryID.MatchString(q.Before) {
			return store.LedgerPage{}, store.Errorf(store.Invalid, "There is no such place in the ledger. Begin with its newest entries.")
		}
		from = "(" + q.Before
	}
	var page store.LedgerPage
	for searched := 0; searched < ledgerSearch; searched += ledgerChunk {
		entries, err := s.client.XRevRangeN(ctx, s.keyMovements(warehouse), from, "-", ledgerChunk).Result()
		if !harmless(err) {
			return page, wrap("ledger of "+warehouse, err)
		}
		for _, entry := range entries {
			if m := decodeMovement(entry); matches(m, q) {
				if len(page.Entries) == q.Limit {
					page.Older = page.Entries[q.Limit-1].ID
					return page, nil
				}
				page.Entries = append(page.Entries, m)
			}
			from = "(" + entry.ID
		}
		if len(entries) < ledgerChunk {
			return page, nil
		}
	}
	page.Older = strings.TrimPrefix(from, "(")
	return page, nil
}

// matches tells whether an entry is what was asked for. A transfer's movements belong to the order that
// its id begins with.
func matches(m store.Movement, q store.LedgerQuery) bool {
	return (q.Product == "" || m.Product == q.Product) && (q.Kind == "" || m.Kind == q.Kind) &&
		(q.Order == 0 || m.Reference == orderName(q.Order) || strings.HasPrefix(m.Reference, transferName(q.Order.String()+"-")))
}

// decodeMovement reads an entry of a ledger. What an outsider has put there by hand reads as far as it
// can.
func decodeMovement(entry redis.XMessage) store.Movement {
	m := store.Movement{
		ID: entry.ID, Kind: store.MovementKind(text(entry.Values["kind"])), Product: text(entry.Values["product"]),
		OnHand: integer(entry.Values["on_hand"]), Reserved: integer(entry.Values["reserved"]),
		Reference: text(entry.Values["reference"]), Who: text(entry.Values["who"]), Why: text(entry.Values["why"]),
	}
	m.At = unixMilli(text(entry.Values["at"]))
	return m
}

func unixMilli(s string) time.Time {
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
