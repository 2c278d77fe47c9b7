package rdb

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// restorePatience is how long an order that was put back waits for what it needs: another node may be about
// to put that back too.
const restorePatience = 15 * time.Second

// errNotYet says that something which was put back cannot be settled yet. The sweeper comes this way again.
var errNotYet = &store.Error{
	Kind:    store.Unavailable,
	Message: store.MessageOf(ErrRestoring),
	Err:     errors.New("what it needs may still be put back"),
}

// patient tells whether something that was put back should still wait.
func (s *Store) patient(r store.Restored) bool { return s.now().Sub(r.At) < restorePatience }

// beforeSettling makes sure that an order that was put back is settled only when that takes no step which
// somebody has taken before: another node may be about to put that back. What its transfers mean for the
// stock is done first.
func (s *Store) beforeSettling(ctx context.Context, o store.Order) (store.Order, error) {
	if s.patient(o.Restored) {
		due, err := s.stepsDue(ctx, o)
		if err == nil && due {
			err = errNotYet
		}
		if err != nil {
			return o, err
		}
	}
	for _, t := range o.Transfers {
		if err := s.applyTransfer(ctx, t.ID); err != nil && !errors.Is(err, errRefused) {
			return o, err
		}
	}
	return s.Order(ctx, o.Number)
}

// stepsDue tells whether settling an order would raise or close a transfer, or find other sources for what
// it lacks, or whether its transfers are not as far as the order knows.
func (s *Store) stepsDue(ctx context.Context, o store.Order) (bool, error) {
	open := func(t store.Transfer) bool {
		return t.State == store.TransferRequested || t.State == store.TransferSent && through(o.Status)
	}
	ends := o.Status == store.Cancelled || through(o.Status)
	for _, id := range transferIDs(o.Plan) {
		t := transferOf(o, id)
		if t.ID == "" && !ends || t.Version < o.Noted[id] || ends && open(t) {
			return true, nil
		}
	}
	if o.Status == store.Placed && len(o.Lacking()) > 0 {
		return true, nil
	}
	e, _, err := s.editionOn(ctx, o)
	if err != nil || len(e.Transfers) == 0 {
		return false, err
	}
	transfers, err := s.transfers(ctx, e.Transfers)
	return slices.ContainsFunc(e.Transfers, func(id string) bool { return transfers[id].State == store.TransferRequested }), err
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
// something that it should hold is not free, as long as it may still be put back; and when somebody else is at
// its reservation.
//
// Keys: <warehouse>:stock and its siblings (lua/hold.lua).
func (s *Store) holdAgain(ctx context.Context, o store.Order) error {
	holds := holdsOf(o)
	if through(o.Status) && !o.Restored.Gone && s.now().Sub(leftAt(o)) > fenceSurely {
		return nil // it left the books so long ago that nothing shows it any more
	}
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
	var short []shortage
	for i, result := range results {
		switch word, details := answer(result); word {
		case "short":
			short = append(short, shortage{sites[i], lacking(holds[sites[i]], details)})
		case "stale", "taken": // it has been changed meanwhile; or another order wants its number, and will not get it
			return errNotYet
		}
	}
	if len(short) == 0 {
		return nil
	}
	if s.patient(o.Restored) {
		return errNotYet
	}
	if err := s.dealWithShort(ctx, o, short); err != nil {
		return err
	}
	if through(o.Status) || o.Status == store.Ready {
		_, err := s.move(ctx, movements...) // what others gave up is its own now
		return err
	}
	return errNotYet // it is another order now
}

// lacking reads what a reservation could not be given: details are products and the units that it holds.
func lacking(wanted []store.Line, details []string) []store.Line {
	var lines []store.Line
	for i := 0; i+1 < len(details); i += 2 {
		has, _ := strconv.Atoi(details[i+1])
		lines = append(lines, store.Line{Product: details[i], Quantity: store.Quantity(wanted, details[i]) - has})
	}
	return lines
}

// afterSettling takes the mark off an order that was put back. When it has changed since it was read, it was made
// to hold what it held then: the mark stays, and it is settled anew. What changes from now on finds it right.
func (s *Store) afterSettling(ctx context.Context, o store.Order) error {
	if o.Status == store.Cancelled {
		if err := s.release(ctx, o, everyAttempt, o.Restored.Sites, "the order was cancelled"); err != nil {
			return err
		}
	}
	now, err := s.Order(ctx, o.Number)
	if err != nil {
		return err
	}
	changed := now.Version != o.Version || encode(holdsOf(now)) != encode(holdsOf(o))
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		if changed {
			p.HSet(ctx, s.keyOrder(o.Number), restoredField, encode(o.Restored))
			s.markUnsettled(ctx, p, o.Number, now.Version)
			return nil
		}
		p.HDel(ctx, s.keyOrder(o.Number), restoredField)
		s.hintOrder(ctx, p, o, o)
		return nil
	})
	if err == nil && changed {
		err = errNotYet
	}
	return err
}
