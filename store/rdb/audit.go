package rdb

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	auditChunk = 1000 // entries of a ledger that are read in one go: Redis answers nobody else meanwhile
	auditTail  = 5000 // newest entries that are added up by us, because they came while we looked
	auditTries = 5    // how often a warehouse that never rests is looked at again
)

// Audit compares the books of every warehouse: counters, the sum of the ledger, the sum of what orders
// hold. It may run beside a working shop: the ledger is read in small pieces, and once only, because its
// sums are kept with the entry up to which they go.
//
// Keys: <warehouse>:stock, :reserved, :movements, :holders and their reservations; it writes only
// <warehouse>:audit.
func (s *Store) Audit(ctx context.Context) ([]store.Audit, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	audits := make([]store.Audit, 0, len(directory.WarehouseIDs))
	for _, w := range directory.WarehouseIDs {
		audit, err := s.audit(ctx, w)
		if err != nil {
			return nil, wrap("audit of "+w, err)
		}
		audits = append(audits, audit)
	}
	return audits, nil
}

// audit looks at one warehouse until no product moved between counters and reservations, or its
// patience ends: then those products are marked.
func (s *Store) audit(ctx context.Context, warehouse string) (store.Audit, error) {
	if err := s.indexHolders(ctx, warehouse); err != nil {
		return store.Audit{}, err
	}
	for try := 1; ; try++ {
		b, err := s.books(ctx, warehouse)
		if err != nil {
			return store.Audit{}, err
		}
		held, err := s.heldAt(ctx, warehouse)
		if err != nil {
			return store.Audit{}, err
		}
		moved, all, err := s.movedSince(ctx, warehouse, b.last)
		if err != nil {
			return store.Audit{}, err
		}
		audit := store.Audit{Warehouse: warehouse, At: s.now().UTC(), Entries: b.entries, Lost: max(0, b.entries-b.length)}
		unsure := false
		for _, product := range b.products(held) {
			line := b.line(product, held[product])
			line.Moving = all || moved[product]
			unsure = unsure || line.Moving && line.Reserved != line.Held
			audit.Lines = append(audit.Lines, line)
		}
		if !unsure || try == auditTries {
			return audit, nil
		}
	}
}

// books is counters and ledger of a warehouse at the very same moment.
type books struct {
	stock, reserved       map[string]int
	ledgerOnHand, ledgerR map[string]int
	entries, length       int    // entries in the sums; entries that Redis still has
	last                  string // the newest entry in the sums
}

func (b books) line(product string, held int) store.AuditLine {
	return store.AuditLine{
		Product: product, OnHand: b.stock[product], Reserved: b.reserved[product],
		LedgerOnHand: b.ledgerOnHand[product], LedgerReserved: b.ledgerR[product], Held: held,
	}
}

// products lists all that the books name, in order.
func (b books) products(held map[string]int) []string {
	seen := map[string]bool{}
	for _, units := range []map[string]int{b.stock, b.reserved, b.ledgerOnHand, b.ledgerR, held} {
		for product := range units {
			seen[product] = true
		}
	}
	return sortedKeys(seen)
}

// books adds up what is new in the ledger, and reads all in one transaction. Entries that come in between
// are added up here; if there are too many of them, or another audit goes on at the same time, once more.
func (s *Store) books(ctx context.Context, warehouse string) (books, error) {
	for {
		upto, err := s.sumUp(ctx, warehouse, keyAudit(warehouse))
		if err != nil {
			return books{}, err
		}
		var stock, reserved, sums *redis.MapStringStringCmd
		var length *redis.IntCmd
		var tail *redis.XMessageSliceCmd
		commands, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			stock, reserved = p.HGetAll(ctx, keyStock(warehouse)), p.HGetAll(ctx, keyReserved(warehouse))
			sums, length = p.HGetAll(ctx, keyAudit(warehouse)), p.XLen(ctx, keyMovements(warehouse))
			tail = p.XRangeN(ctx, keyMovements(warehouse), after(upto), "+", auditTail)
			return nil
		})
		if err := failed(commands, err); err != nil {
			return books{}, err
		}
		if sums.Val()["#upto"] != upto || len(tail.Val()) == auditTail {
			continue
		}
		b := books{
			stock: decodeUnits(stock.Val()), reserved: decodeUnits(reserved.Val()),
			ledgerOnHand: map[string]int{}, ledgerR: map[string]int{}, length: int(length.Val()), last: upto,
		}
		b.entries, _ = strconv.Atoi(sums.Val()["#entries"])
		for field, units := range decodeUnits(sums.Val()) {
			if product, ok := strings.CutPrefix(field, "h:"); ok {
				b.ledgerOnHand[product] = units
			} else if product, ok := strings.CutPrefix(field, "r:"); ok {
				b.ledgerR[product] = units
			}
		}
		for _, entry := range tail.Val() {
			m := decodeMovement(entry)
			b.ledgerOnHand[m.Product] += m.OnHand
			b.ledgerR[m.Product] += m.Reserved
			b.last, b.entries = m.ID, b.entries+1
		}
		return b, nil
	}
}

// sumUp brings the sums of a ledger up to its end, piece by piece, and gives the last entry in them.
func (s *Store) sumUp(ctx context.Context, warehouse, sums string) (string, error) {
	for {
		upto, err := s.client.HGet(ctx, sums, "#upto").Result()
		if !harmless(err) {
			return "", err
		}
		entries, err := s.client.XRangeN(ctx, keyMovements(warehouse), after(upto), "+", auditChunk).Result()
		if !harmless(err) {
			return "", err
		}
		if len(entries) == 0 {
			return upto, nil
		}
		units := map[string]int{}
		for _, entry := range entries {
			m := decodeMovement(entry)
			units["h:"+m.Product] += m.OnHand
			units["r:"+m.Product] += m.Reserved
		}
		args := []any{upto, entries[len(entries)-1].ID, len(entries)}
		for field, n := range units {
			args = append(args, field, n)
		}
		if err := scriptAudit.Run(ctx, s.client, []string{sums}, args...).Err(); err != nil {
			return "", err
		}
	}
}

// after is the beginning of the range that follows an entry.
func after(entry string) string {
	if entry == "" {
		return "-"
	}
	return "(" + entry
}

// heldAt adds up the reservations at a warehouse.
func (s *Store) heldAt(ctx context.Context, warehouse string) (map[string]int, error) {
	holders, err := s.client.SMembers(ctx, keyHolders(warehouse)).Result()
	if err != nil {
		return nil, err
	}
	held := map[string]int{}
	for chunk := range slices.Chunk(holders, ledgerChunk) {
		reservations := make([]*redis.MapStringStringCmd, len(chunk))
		commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, key := range chunk {
				reservations[i] = p.HGetAll(ctx, key)
			}
			return nil
		})
		if err := failed(commands, err); err != nil {
			return nil, err
		}
		for _, reservation := range reservations {
			for product, units := range decodeUnits(reservation.Val()) {
				if !strings.HasPrefix(product, "#") {
					held[product] += units
				}
			}
		}
	}
	return held, nil
}

// movedSince names the products that have moved since an entry of the ledger; all is true when there were
// too many to look at.
func (s *Store) movedSince(ctx context.Context, warehouse, entry string) (moved map[string]bool, all bool, err error) {
	entries, err := s.client.XRangeN(ctx, keyMovements(warehouse), after(entry), "+", auditTail).Result()
	if !harmless(err) {
		return nil, false, err
	}
	moved = map[string]bool{}
	for _, e := range entries {
		moved[text(e.Values["product"])] = true
	}
	return moved, len(entries) == auditTail, nil
}

// indexHolders finds, once in a warehouse's life, the reservations that were made before holders were
// kept in a set.
func (s *Store) indexHolders(ctx context.Context, warehouse string) error {
	mark := "holders:" + warehouse
	if done, err := s.Marked(ctx, mark); done || err != nil {
		return err
	}
	scan := s.client.Scan(ctx, 0, keyReservation(warehouse, "*"), 1000).Iterator()
	for scan.Next(ctx) {
		if err := s.client.SAdd(ctx, keyHolders(warehouse), scan.Val()).Err(); err != nil {
			return err
		}
	}
	if err := scan.Err(); err != nil {
		return err
	}
	return s.Mark(ctx, mark)
}
