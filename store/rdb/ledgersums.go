package rdb

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// sums is what a ledger adds up to, from its first entry to one of them.
type sums struct {
	upto             string // the last entry in the sums, "" for none
	entries          int
	onHand, reserved map[string]int
}

// add adds the entries that follow.
func (l *sums) add(entries []redis.XMessage) {
	for _, entry := range entries {
		m := decodeMovement(entry)
		if m.OnHand != 0 {
			l.onHand[m.Product] += m.OnHand
		}
		if m.Reserved != 0 {
			l.reserved[m.Product] += m.Reserved
		}
		l.upto, l.entries = m.ID, l.entries+1
	}
}

// keptSums reads what earlier audits have added up.
func (s *Store) keptSums(ctx context.Context, key string) (sums, error) {
	fields, err := s.client.HGetAll(ctx, key).Result()
	l := sums{upto: fields["#upto"], onHand: map[string]int{}, reserved: map[string]int{}}
	l.entries, _ = strconv.Atoi(fields["#entries"])
	for field, units := range decodeUnits(fields) {
		if product, ok := strings.CutPrefix(field, "h:"); ok {
			l.onHand[product] = units
		} else if product, ok := strings.CutPrefix(field, "r:"); ok {
			l.reserved[product] = units
		}
	}
	return l, read(err)
}

// sumUp brings the sums of a ledger up to its end, piece by piece; with keep each piece is written down.
func (s *Store) sumUp(ctx context.Context, warehouse string, l *sums, keep bool) error {
	for {
		began := time.Now()
		entries, err := s.client.XRangeN(ctx, s.keyMovements(warehouse), after(l.upto), "+", auditChunk).Result()
		if err = read(err); err != nil || len(entries) == 0 {
			return err
		}
		if keep {
			if err := s.keepSums(ctx, s.keyAudit(warehouse), l.upto, entries); err != nil {
				return err
			}
		}
		l.add(entries)
		if err := rest(ctx, began); err != nil {
			return err
		}
	}
}

// keepSums adds a piece of a ledger to the kept sums. When another audit has gone on with them meanwhile,
// they stay as that one has left them.
func (s *Store) keepSums(ctx context.Context, key, before string, entries []redis.XMessage) error {
	piece := sums{onHand: map[string]int{}, reserved: map[string]int{}}
	piece.add(entries)
	args := []any{before, piece.upto, piece.entries}
	for product, units := range piece.onHand {
		args = append(args, "h:"+product, units)
	}
	for product, units := range piece.reserved {
		args = append(args, "r:"+product, units)
	}
	return scriptAudit.Run(ctx, s.client, []string{key}, args...).Err()
}

// keep brings the kept sums of a ledger up to its end.
func (s *Store) keep(ctx context.Context, warehouse string) error {
	l, err := s.keptSums(ctx, s.keyAudit(warehouse))
	if err != nil {
		return err
	}
	return s.sumUp(ctx, warehouse, &l, true)
}

// after is the beginning of the range that follows an entry.
func after(entry string) string {
	if entry == "" {
		return "-"
	}
	return "(" + entry
}

// read is the failure of a single read: what is not there, or what an outsider has made a thing of
// another type, reads as nothing.
func read(err error) error {
	if harmless(err) {
		return nil
	}
	return err
}

// recount adds up a whole ledger from its first entry, and puts that in the place of the kept sums: they
// might be what somebody has damaged.
func (s *Store) recount(ctx context.Context, warehouse string) error {
	l := sums{onHand: map[string]int{}, reserved: map[string]int{}}
	if err := s.sumUp(ctx, warehouse, &l, false); err != nil || l.upto == "" {
		return err
	}
	fields := map[string]any{"#upto": l.upto, "#entries": l.entries}
	for product, units := range l.onHand {
		fields["h:"+product] = units
	}
	for product, units := range l.reserved {
		fields["r:"+product] = units
	}
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, s.keyAudit(warehouse))
		p.HSet(ctx, s.keyAudit(warehouse), fields)
		return nil
	})
	return err
}
