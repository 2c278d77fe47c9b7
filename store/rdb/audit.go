package rdb

import (
	"context"
	"slices"
	"strings"
	"time"

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
		audit, err := s.audit(ctx, w, true)
		if err != nil {
			return nil, wrap("audit of "+w, err)
		}
		audits = append(audits, audit)
	}
	return audits, nil
}

// audit looks at one warehouse until no product moved between counters and reservations, or its
// patience ends: then those products are marked. Without keep it writes nothing, not even what would save
// the next audit some reading.
func (s *Store) audit(ctx context.Context, warehouse string, keep bool) (store.Audit, error) {
	for try := 1; ; try++ {
		b, err := s.books(ctx, warehouse, keep)
		if err != nil {
			return store.Audit{}, err
		}
		held, err := s.heldAt(ctx, warehouse)
		if err != nil {
			return store.Audit{}, err
		}
		moved, all, err := s.movedSince(ctx, warehouse, b.ledger.upto)
		if err != nil {
			return store.Audit{}, err
		}
		audit := store.Audit{Warehouse: warehouse, At: s.now().UTC(), Entries: b.ledger.entries, Lost: max(0, b.ledger.entries-b.length)}
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
	stock, reserved map[string]int
	ledger          sums
	length          int // entries of the ledger that Redis still has
}

func (b books) line(product string, held int) store.AuditLine {
	return store.AuditLine{
		Product: product, OnHand: b.stock[product], Reserved: b.reserved[product],
		LedgerOnHand: b.ledger.onHand[product], LedgerReserved: b.ledger.reserved[product], Held: held,
	}
}

// products lists all that the books name, in order.
func (b books) products(held map[string]int) []string {
	seen := map[string]bool{}
	for _, units := range []map[string]int{b.stock, b.reserved, b.ledger.onHand, b.ledger.reserved, held} {
		for product := range units {
			seen[product] = true
		}
	}
	return sortedKeys(seen)
}

// books adds up what is new in the ledger, and reads the counters together with the entries that have
// come in between; if those are too many, once more.
func (s *Store) books(ctx context.Context, warehouse string, keep bool) (books, error) {
	ledger, err := s.keptSums(ctx, s.keyAudit(warehouse))
	if err != nil {
		return books{}, err
	}
	for {
		if err := s.sumUp(ctx, warehouse, &ledger, keep); err != nil {
			return books{}, err
		}
		var stock, reserved *redis.MapStringStringCmd
		var length *redis.IntCmd
		var newest *redis.XMessageSliceCmd
		commands, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			stock, reserved = p.HGetAll(ctx, s.keyStock(warehouse)), p.HGetAll(ctx, s.keyReserved(warehouse))
			length = p.XLen(ctx, s.keyMovements(warehouse))
			newest = p.XRangeN(ctx, s.keyMovements(warehouse), after(ledger.upto), "+", auditTail)
			return nil
		})
		if err := failed(commands, err); err != nil {
			return books{}, err
		}
		if ledger.add(newest.Val()); len(newest.Val()) < auditTail {
			return books{stock: decodeUnits(stock.Val()), reserved: decodeUnits(reserved.Val()), ledger: ledger, length: int(length.Val())}, nil
		}
	}
}

// heldAt adds up the reservations at a warehouse that hold something.
func (s *Store) heldAt(ctx context.Context, warehouse string) (map[string]int, error) {
	holders, err := s.setMembers(ctx, s.keyHolders(warehouse))
	if err != nil {
		return nil, err
	}
	held := map[string]int{}
	for chunk := range slices.Chunk(holders, ledgerChunk) {
		began := time.Now()
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
		if err := rest(ctx, began); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// movedSince names the products that have moved since an entry of the ledger; all is true when there were
// too many to look at.
func (s *Store) movedSince(ctx context.Context, warehouse, entry string) (moved map[string]bool, all bool, err error) {
	entries, err := s.client.XRangeN(ctx, s.keyMovements(warehouse), after(entry), "+", auditTail).Result()
	if err = read(err); err != nil {
		return nil, false, err
	}
	moved = map[string]bool{}
	for _, e := range entries {
		moved[text(e.Values["product"])] = true
	}
	return moved, len(entries) == auditTail, nil
}
