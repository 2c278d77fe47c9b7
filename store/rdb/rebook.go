package rdb

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// aboutStock begins the keys of changes that are bookings by hand or from a file: counts, receipts, adjustments, damage.
// They belong to no order, transfer or delivery, so they are kept themselves.
const aboutStock = "stock/"

// bookingImage is a booking as it lies in a journal. Its entries in the ledger are those from First on.
type bookingImage struct {
	Warehouse   string
	First       string // entry of the ledger
	Kind        store.MovementKind
	Reference   string
	Who         string
	Why         string
	Step        string       `json:",omitempty"`
	Fingerprint string       `json:",omitempty"`
	Lines       []store.Line // a quantity may be negative
	Begins      *correction  `json:",omitempty"`
}

// keepBooking keeps a booking that has just been made, before its maker is answered. The errors are keepNow's.
func (s *Store) keepBooking(ctx context.Context, who store.Actor, b booking, first string) error {
	if s.kept.by == nil || first == "" {
		return nil
	}
	kept := bookingImage{
		Warehouse: b.warehouse, First: first, Kind: b.kind, Reference: b.reference, Who: ledgerName(who), Why: b.why,
		Step: b.step, Fingerprint: b.fingerprint(), Begins: b.begins,
	}
	for _, line := range b.lines {
		if line.change != 0 {
			kept.Lines = append(kept.Lines, store.Line{Product: line.product, Quantity: line.change})
		}
	}
	return s.keepImage(ctx, kept)
}

func (s *Store) keepImage(ctx context.Context, b bookingImage) error {
	return s.keepNow(ctx, journal.Change{Key: aboutStock + b.Warehouse + "/" + b.First, Version: 1, At: s.now().UTC(), Data: []byte(encode(b))})
}

func decodeBooking(c journal.Change) (bookingImage, error) {
	var b bookingImage
	if err := json.Unmarshal(c.Data, &b); err != nil || len(b.Lines) == 0 || !entryID.MatchString(b.First) {
		return b, errors.Join(ErrBadImage, err)
	}
	return b, nil
}

// rebook is Restore for a booking by hand. errNotYet when units would have to go that are promised to
// orders by now, or while another correction of the same products is under way; after restorePatience those
// orders give way, and that correction is finished first.
//
// Keys: <warehouse>:stock and its siblings, <warehouse>:rebooked, <warehouse>:step:<step> (lua/rebook.lua).
func (s *Store) rebook(ctx context.Context, c journal.Change) (Outcome, error) {
	b, err := decodeBooking(c)
	if err != nil {
		return StillThere, err
	}
	args := []any{b.First, b.Fingerprint, "", "", "0"}
	id := ""
	if b.Begins != nil {
		id = b.Begins.ID
		products := b.Begins.products()
		args = append([]any{b.First, b.Fingerprint, id, encode(b.Begins), strconv.Itoa(len(products))}, anys(products)...)
	}
	results, err := s.move(ctx, movement{
		script: scriptRebook, warehouse: b.Warehouse, step: b.Step, kind: b.Kind, reference: b.Reference, who: b.Who, why: b.Why,
		args: append(args, lineArgs(b.Lines)...), keys: []string{s.keyRebooked(b.Warehouse), s.keyCorrecting(b.Warehouse), s.keyCorrection(b.Warehouse, id)},
	})
	if err != nil {
		return StillThere, err
	}
	switch word, _ := answer(results[0]); word {
	case "ok":
		return WasLost, nil
	case "short", "busy":
		return StillThere, errNotYet
	}
	return StillThere, nil
}

// askBooked asks whether the ledger has a booking.
func (s *Store) askBooked(ctx context.Context, p redis.Pipeliner, c journal.Change) func() presence {
	b, err := decodeBooking(c)
	if err != nil {
		return nil
	}
	entry := p.XRangeN(ctx, s.keyMovements(b.Warehouse), b.First, b.First, 1)
	again := p.HExists(ctx, s.keyRebooked(b.Warehouse), b.First)
	return func() presence {
		if again.Val() {
			return present
		}
		for _, e := range entry.Val() {
			if m := decodeMovement(e); m.Product == b.Lines[0].Product && m.OnHand == b.Lines[0].Quantity {
				return present
			}
		}
		return missing
	}
}
