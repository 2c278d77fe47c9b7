package rdb

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// restorePatience is how long an order that was put back waits for what it needs: another node may be about
// to put that back too.
const restorePatience = 15 * time.Second

// errNotYet says that something which was put back cannot be settled yet. The sweeper comes this way again.
var errNotYet = &store.Error{
	Kind:    store.Unavailable,
	Message: "Our records are being put in order; nothing was changed. Please try again in a moment.",
	Err:     errors.New("what it needs may still be put back"),
}

// patient tells whether something that was put back should still wait.
func (s *Store) patient(r store.Restored) bool { return s.now().Sub(r.At) < restorePatience }

// beforeSettling makes sure that the transfers of an order that was put back are as far as the order knows,
// and that what they mean for the stock is done.
func (s *Store) beforeSettling(ctx context.Context, o store.Order) (store.Order, error) {
	for _, id := range transferIDs(o.Plan) {
		t := transferOf(o, id)
		behind := t.ID == "" && o.Status != store.Cancelled || t.Version < o.Noted[id]
		if behind && s.patient(o.Restored) {
			return o, errNotYet
		}
		if t.ID != "" {
			if err := s.applyTransfer(ctx, id); err != nil && !errors.Is(err, errRefused) {
				return o, err
			}
		}
	}
	return s.Order(ctx, o.Number)
}

// transferOf is one of an order's transfers; a zero one when Redis does not have it.
func transferOf(o store.Order, id string) store.Transfer {
	for _, t := range o.Transfers {
		if t.ID == id {
			return t
		}
	}
	return store.Transfer{}
}

// through tells whether an order has left the house, so that what it held is to leave the books.
func through(s store.Status) bool {
	return s == store.Sent || s == store.Delivered || s == store.Returned
}

// holdsOf is what an order holds at each warehouse by its own story; for one that has left, what it held
// when it did. It holds what its plan takes from a warehouse, unless a transfer has taken it elsewhere.
func holdsOf(o store.Order) map[string][]store.Line {
	holds := map[string][]store.Line{}
	if o.Status == store.Cancelled {
		return holds
	}
	add := func(warehouse string, lines []store.Line) {
		if warehouse != "" && len(lines) > 0 {
			holds[warehouse] = store.Add(holds[warehouse], lines)
		}
	}
	for _, source := range o.Plan.Sources {
		switch t := transferOf(o, source.Transfer); {
		case source.Transfer == "" || t.ID == "":
			add(source.Warehouse, source.Lines)
		case t.State == store.TransferRequested, t.State == store.TransferClosed && through(o.Status) && len(t.Missing)+len(t.Lost) == 0:
			add(t.From, source.Lines)
		case t.State == store.TransferDelivered:
			add(t.To, source.Lines)
		}
	}
	return holds
}

// holdAgain makes what an order that was put back holds at the warehouses what its story says. errNotYet when
// something that it should hold is not free, as long as it may still be put back.
//
// Keys: <warehouse>:stock and its siblings (lua/hold.lua).
func (s *Store) holdAgain(ctx context.Context, o store.Order) error {
	holds := holdsOf(o)
	sites := slices.Concat(warehousesInvolved(o), o.Restored.Sites, sortedKeys(holds))
	slices.Sort(sites)
	sites = slices.Compact(sites)
	movements := make([]movement, len(sites))
	for i, w := range sites {
		movements[i] = movement{
			script: scriptHold, warehouse: w, holder: o.Number.String(), kind: store.MoveReserved, reference: orderName(o.Number), who: ledgerName(store.Itself),
			why: "put back after Redis had forgotten it", args: append([]any{strconv.Itoa(o.Attempt), o.UID, string(store.MoveReleased)}, lineArgs(holds[w])...),
		}
	}
	results, err := s.move(ctx, movements...)
	if err != nil {
		return err
	}
	for _, result := range results {
		switch word, _ := answer(result); word {
		case "short":
			return errNotYet
		case "stale": // it has been changed meanwhile
			return errNotYet
		}
	}
	return nil
}

// afterSettling takes the mark off an order that was put back.
func (s *Store) afterSettling(ctx context.Context, o store.Order) error {
	if o.Status == store.Cancelled {
		if err := s.release(ctx, o, fenced, o.Restored.Sites, "the order was cancelled"); err != nil {
			return err
		}
	}
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HDel(ctx, s.keyOrder(o.Number), restoredField)
		s.hintOrder(ctx, p, o, o)
		return nil
	})
	return err
}

// SettleRestored brings stock and promises into line with changes that were put back: first what has
// physically happened, then what is promised. What cannot be settled yet is left to the sweeper.
func (s *Store) SettleRestored(ctx context.Context, changes []journal.Change) error {
	for _, kind := range []string{aboutDelivery, aboutTransfer, aboutOrder} {
		for _, c := range changes {
			about, id := aboutWhat(c.Key)
			if about != kind {
				continue
			}
			if err := quietly(notGone(s.settleOne(ctx, kind, id))); err != nil {
				return err
			}
		}
	}
	return nil
}

// notGone takes it that what is not there any more has nothing to be settled.
func notGone(err error) error {
	if store.KindOf(err) == store.NotFound {
		return nil
	}
	return err
}

func (s *Store) settleOne(ctx context.Context, kind, id string) error {
	switch kind {
	case aboutDelivery:
		return s.applyDelivery(ctx, id)
	case aboutTransfer:
		if err := s.applyTransfer(ctx, id); !errors.Is(err, errRefused) {
			return err
		}
		return nil
	}
	n, _ := store.ParseNumber(id)
	return s.settle(ctx, n)
}
