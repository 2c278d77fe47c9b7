package rdb

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// Restored counts what was put back after Redis had forgotten it.
type Restored struct {
	Orders, Transfers, Deliveries, Bookings int
	Effects                                 int // things that were there, and what they meant for a warehouse was not
	Merged                                  int // of which there were two stories
	Taken                                   int // orders, and transfers of orders, whose number another order bears by now
	Unreadable                              int // changes that make no sense
}

// Sum is how many changes were put back.
func (r Restored) Sum() int { return r.Orders + r.Transfers + r.Deliveries + r.Bookings + r.Effects }

// Add adds up.
func (r Restored) Add(more Restored) Restored {
	return Restored{
		r.Orders + more.Orders, r.Transfers + more.Transfers, r.Deliveries + more.Deliveries, r.Bookings + more.Bookings,
		r.Effects + more.Effects, r.Merged + more.Merged, r.Taken + more.Taken, r.Unreadable + more.Unreadable,
	}
}

func (r *Restored) count(kind string, o Outcome) {
	switch o {
	case WasForked:
		r.Merged++
	case WasTaken:
		r.Taken++
	}
	if o != WasLost && o != WasForked && o != WasErased {
		return
	}
	switch kind {
	case aboutOrder:
		r.Orders++
	case aboutTransfer:
		r.Transfers++
	case aboutDelivery:
		r.Deliveries++
	case aboutStock:
		r.Bookings++
	}
}

// PutRight puts back what Redis has lost of some kept changes, the oldest first, and brings stock and
// promises into line with it: first what has physically happened, then what is promised. What has to wait,
// because another node may still put back what it needs, is left: bookings by hand come back to the caller,
// who asks again; everything else is the sweeper's. since is when the caller first asked: after
// restorePatience orders give way to what has physically happened. It may run any number of times, on many
// nodes.
func (s *Store) PutRight(ctx context.Context, lost []journal.Change, since time.Time) (done Restored, left []journal.Change, err error) {
	var settle []journal.Change
	for _, c := range lost {
		kind, _ := aboutWhat(c.Key)
		if kind == aboutStock {
			left = append(left, c)
			continue
		}
		outcome, err := s.Restore(ctx, c)
		if err == nil && outcome == StillThere {
			var marked bool
			if marked, err = s.redo(ctx, c); marked {
				done.Effects++
			}
		}
		switch {
		case errors.Is(err, ErrBadImage):
			s.log.Error("a change in the journal makes no sense", "change", c.Key, "error", err)
			done.Unreadable++
			continue
		case err != nil:
			return done, append(left, lost...), err
		}
		done.count(kind, outcome)
		if outcome != WasTaken && outcome != WasAgain && c.Data != nil {
			settle = append(settle, c)
		}
	}
	for before := -1; len(left)+len(settle) != before && err == nil; {
		before = len(left) + len(settle)
		if left, err = s.rebookAll(ctx, left, since, &done); err == nil {
			settle, err = s.settleAll(ctx, settle)
		}
	}
	return done, left, wrap("put right", err)
}

// rebookAll books what was booked by hand, as far as that is possible yet, and gives the rest.
func (s *Store) rebookAll(ctx context.Context, bookings []journal.Change, since time.Time, done *Restored) (left []journal.Change, err error) {
	for i, c := range bookings {
		outcome, err := s.restore(ctx, c)
		if errors.Is(err, errNotYet) && !s.patient(store.Restored{At: since}) {
			outcome, err = s.rebookAnyway(ctx, c)
		}
		switch {
		case errors.Is(err, errNotYet):
			left = append(left, c)
		case errors.Is(err, ErrBadImage):
			done.Unreadable++
		case err != nil:
			return append(left, bookings[i:]...), err
		}
		done.count(aboutStock, outcome)
	}
	return left, nil
}

// settleAll does what changes that were put back mean for stock and promises, as far as that is possible
// yet, and gives the rest.
func (s *Store) settleAll(ctx context.Context, changes []journal.Change) (left []journal.Change, err error) {
	for _, kind := range []string{aboutDelivery, aboutTransfer, aboutOrder} { // what has happened comes before what is promised
		for _, c := range changes {
			about, id := aboutWhat(c.Key)
			if about != kind {
				continue
			}
			switch err := s.settleOne(ctx, kind, id); {
			case errors.Is(err, errNotYet):
				left = append(left, c)
			case store.KindOf(err) == store.Unavailable:
				return left, err
			case err != nil && store.KindOf(err) != store.NotFound:
				s.log.Warn("left to the sweeper", "restored", c.Key, "error", err)
			}
		}
	}
	return left, nil
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

// redo marks something that is there, and whose effects on a warehouse are not, so that they are done again.
// False when it is marked already, or has changed since it was kept: then a newer picture tells.
//
// Keys: order:N, transfer:<id> or delivery:<id>, and the set of what is unsettled.
func (s *Store) redo(ctx context.Context, c journal.Change) (bool, error) {
	kind, id := aboutWhat(c.Key)
	mark := encode(store.Restored{At: s.now().UTC()})
	n, _ := store.ParseNumber(id)
	key, unsettled, member, settled := s.keyOrder(n), keyUnsettled(s.part(n)), orderName(n), "given_settled"
	switch kind {
	case aboutTransfer:
		key, unsettled, member, settled = s.keyTransfer(id), keyUnsettledMove(s.partOfTransfer(id)), id, "settled"
	case aboutDelivery:
		key, unsettled, member, settled = s.keyDelivery(id), keyUnsettledDelivery(s.partOf(id)), id, "settled"
	}
	kept, err := decodeImage(c)
	if err != nil {
		return false, err
	}
	upTo := settledBefore(kept, s.now().Add(-surelyDone))
	if o, ok := kept.order(n); kind == aboutOrder && ok {
		upTo = givenBefore(o, s.now().Add(-surelyDone))
	}
	marked := false
	err = again(ctx, func() error {
		var now *redis.SliceCmd
		ask := func(p redis.Pipeliner) { now = p.HMGet(ctx, key, "version", settled, restoredField) }
		return s.watch(ctx, []string{key}, ask, func(tx *redis.Tx) error {
			if values := now.Val(); len(values) != 3 || integer(values[0]) != c.Version || text(values[2]) != "" {
				return errThere
			}
			_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				if kind != aboutDelivery { // its receipts bear marks that tell by themselves
					p.HSet(ctx, key, restoredField, mark)
				}
				if integer(now.Val()[1]) > upTo {
					p.HSet(ctx, key, settled, upTo)
				}
				p.ZAdd(ctx, unsettled, redis.Z{Score: float64(c.Version), Member: member})
				return nil
			})
			marked = err == nil
			return err
		})
	})
	return marked, err
}

// restoring is the key by which a node that puts things back keeps the others' housekeeping from acting upon
// what is not whole yet.
const restoring = "restoring"

// HoldStill keeps all nodes from housekeeping for some seconds: their reconciler, sweeper and the serving of
// waiting orders. Keys: lease:restoring.
func (s *Store) HoldStill(ctx context.Context, d time.Duration) error {
	return wrap("hold still", s.client.Set(ctx, s.keyLease(restoring), s.node, d).Err())
}

// heldStill tells whether some node is putting things back.
func (s *Store) heldStill(ctx context.Context) (bool, error) {
	by, err := s.client.Exists(ctx, s.keyLease(restoring)).Result()
	return by > 0, wrap("held still", err)
}

// OrdersThere tells which of some orders Redis has. One round trip.
func (s *Store) OrdersThere(ctx context.Context, numbers []store.Number) (map[store.Number]bool, error) {
	asked := make([]*redis.IntCmd, len(numbers))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, n := range numbers {
			asked[i] = p.Exists(ctx, s.keyOrder(n))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, wrap("look for orders", err)
	}
	there := make(map[store.Number]bool, len(numbers))
	for i, n := range numbers {
		there[n] = asked[i].Val() > 0
	}
	return there, nil
}
