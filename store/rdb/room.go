package rdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// While Redis had forgotten something, its units may have been promised to others. What has physically
// happened stands: a parcel that is packed, or has left, keeps its units, and orders that are being
// assembled give way, as they do for a count. An order that is being assembled itself gives way to those
// that hold its units now.

const soldMeanwhile = "promised to somebody else while our records were set back"

// shortage is what an order should hold at a warehouse and cannot.
type shortage struct {
	warehouse string
	lines     []store.Line
}

// dealWithShort does what follows when an order that was put back cannot hold what its story says, and
// nothing that is still to be put back will help. Afterwards it is settled anew.
func (s *Store) dealWithShort(ctx context.Context, o store.Order, short []shortage) error {
	for _, at := range short {
		if o.Status == store.Placed || o.Status == store.Backordered {
			if err := s.loseWhere(ctx, o, at); err != nil {
				return err
			}
			continue
		}
		left, err := s.makeRoom(ctx, at.warehouse, at.lines, o.Number)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			s.tellBooks(ctx, o.Number, at.warehouse, left)
		}
	}
	return nil
}

// loseWhere takes off an order's plan what others hold now.
func (s *Store) loseWhere(ctx context.Context, o store.Order, at shortage) error {
	c := correction{ID: fmt.Sprintf("restore.%s.%d", o.Number, o.Version), Warehouse: at.warehouse, Who: store.Itself, Why: soldMeanwhile, Cause: store.CauseSold}
	for _, line := range at.lines {
		if _, err := s.yield(ctx, c, store.Yield{Order: o.Number, Product: line.Product, Units: line.Quantity}); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom frees units of products at a warehouse that are promised to orders which can still give way, and
// gives those that nobody can give up. Whoever needs them takes them at once.
func (s *Store) makeRoom(ctx context.Context, warehouse string, need []store.Line, except store.Number) (left []store.Line, err error) {
	c := correction{ID: "room." + s.newID(), Warehouse: warehouse, Who: store.Itself, Why: soldMeanwhile, Cause: store.CauseSold}
	for _, line := range need {
		holds, _, err := s.holds(ctx, warehouse, line.Product)
		if err != nil {
			return nil, err
		}
		holds = slices.DeleteFunc(holds, func(h store.Hold) bool { return h.Order == except && h.Transfer == "" })
		gives, lacks := store.GiveWay(holds, line.Quantity, nil)
		for i, h := range holds {
			if gives[i] == 0 {
				continue
			}
			if err := s.losesTo(ctx, c, h, line.Product, gives[i]); err != nil {
				return nil, err
			}
		}
		if lacks > 0 {
			left = append(left, store.Line{Product: line.Product, Quantity: lacks})
		}
	}
	return left, nil
}

// losesTo has an order, or a transfer for a shelf, give up units, and sees to it that it does not hold them
// any more.
func (s *Store) losesTo(ctx context.Context, c correction, h store.Hold, product string, units int) error {
	if _, err := s.yield(ctx, c, store.Yield{Order: h.Order, Transfer: h.Transfer, Product: product, Units: units}); err != nil || h.Transfer != "" {
		return err
	}
	mark := encode(store.Restored{At: s.now().UTC().Add(-restorePatience)}) // there is nothing to wait for
	o, err := s.outsiders(ctx, h.Order)
	if err != nil || o.Version == 0 {
		return err
	}
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, s.keyOrder(h.Order), restoredField, mark)
		s.markUnsettled(ctx, p, h.Order, o.Version)
		return nil
	})
	if err == nil {
		err = quietly(s.settle(ctx, h.Order))
	}
	return err
}

// tellBooks tells staff that the books of a warehouse cannot be right: more has left it, or is packed in
// it, than there was. Keys: attention:waiting.
func (s *Store) tellBooks(ctx context.Context, n store.Number, warehouse string, left []store.Line) {
	var words []string
	for _, line := range left {
		words = append(words, fmt.Sprintf("%d of %s", line.Quantity, line.Product))
	}
	s.log.Error("after something was put back, more is packed or sent than a warehouse has", "warehouse", warehouse, "order", n, "units", strings.Join(words, ", "))
	reason := fmt.Sprintf("Our records were set back for a while, and by now %s more went into parcels at %s than its books have. Please count there.", strings.Join(words, ", "), warehouse)
	err := s.attend(ctx, s.part(n), func(p redis.Pipeliner) { p.HSet(ctx, keyNeeds(s.part(n)), orderName(n), encode(s.need(n, reason))) })
	if err != nil {
		s.log.Warn("staff are not told", "error", err)
	}
}

// rebookAnyway books by hand again what takes units away that are promised by now: orders give way.
func (s *Store) rebookAnyway(ctx context.Context, c journal.Change) (Outcome, error) {
	b, err := decodeBooking(c)
	if err == nil {
		err = s.finishCorrections(ctx, b.Warehouse)
	}
	if err != nil {
		return StillThere, err
	}
	if outcome, err := s.rebook(ctx, c); !errors.Is(err, errNotYet) { // it was only waiting for those
		return outcome, err
	}
	directory, err := s.Directory(ctx)
	if err != nil {
		return StillThere, err
	}
	wish := store.Correction{Warehouse: b.Warehouse, Kind: b.Kind, Reason: b.Why, Key: "rebook " + b.First}
	for _, line := range b.Lines {
		level, err := s.level(ctx, b.Warehouse, line.Product)
		if err != nil {
			return StillThere, err
		}
		losers, err := s.losers(ctx, directory, b.Warehouse, line.Product, store.Remains{Units: level.OnHand + line.Quantity}, nil)
		if err != nil {
			return StillThere, err
		}
		if line.Quantity += losers.Left; losers.Left > 0 {
			s.tellBooks(ctx, 0, b.Warehouse, []store.Line{{Product: line.Product, Quantity: losers.Left}})
		}
		wish.Lines = append(wish.Lines, store.CorrectionLine{Product: line.Product, Change: line.Quantity, Seen: store.AnyLevel})
		wish.Yields = append(wish.Yields, losers.Yields()...)
	}
	role, id, _ := strings.Cut(b.Who, ":")
	_, err = s.Correct(ctx, store.Actor{Role: store.Role(role), ID: id}, wish)
	if kind := store.KindOf(err); kind == store.Conflict || kind == store.Invalid {
		s.log.Warn("a booking that was lost has to wait", "booking", c.Key, "error", err)
		return StillThere, errNotYet
	}
	if err != nil {
		return StillThere, err
	}
	return WasLost, wrap("book again", s.client.HSet(ctx, s.keyRebooked(b.Warehouse), b.First, "1").Err())
}
