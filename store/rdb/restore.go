package rdb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// Outcome is what became of a kept change when it was compared with Redis.
type Outcome string

// The outcomes.
const (
	StillThere Outcome = "there"    // Redis has it, or something later
	WasLost    Outcome = "restored" // it was put back
	WasForked  Outcome = "merged"   // something else had been done meanwhile: what weighs more holds, the story tells of both
	WasErased  Outcome = "erased"   // it had been erased, and was erased again
	WasTaken   Outcome = "taken"    // another order bears the number by now, so neither the order nor its transfers: a person has to see to it
	WasAgain   Outcome = "alias"    // the same wish has made another order meanwhile; the link leads to that one
)

// turnsAhead is by how much an order's turns go on after it was put back: those that Redis has forgotten
// may still be under way somewhere.
const turnsAhead = 20

// Restore compares one kept change with Redis and puts back what is lost of it. It may run any number of
// times, on many nodes, with older and newer changes of the same thing in any order: the result is the same.
// What the change means for warehouses and queues is due after it, see settle.
//
// Keys: those of the change's boundary, and the lists that hang on it.
func (s *Store) Restore(ctx context.Context, c journal.Change) (Outcome, error) {
	outcome, err := s.restore(ctx, c)
	return outcome, wrap("restore "+c.Key, err)
}

func (s *Store) restore(ctx context.Context, c journal.Change) (Outcome, error) {
	kind, id := aboutWhat(c.Key)
	switch kind {
	case aboutOrder:
		if n, ok := store.ParseNumber(id); ok {
			return s.restoreOrder(ctx, n, c)
		}
	case aboutTransfer:
		return s.restoreTransfer(ctx, id, c)
	case aboutDelivery:
		return s.restoreDelivery(ctx, id, c)
	case aboutStock:
		return s.rebook(ctx, c)
	}
	return StillThere, fmt.Errorf("%s: %w", c.Key, ErrBadImage)
}

// errThere ends a transaction of which nothing is needed.
var errThere = errors.New("it is there")

// again runs a transaction until nobody else has changed its keys in between.
func again(ctx context.Context, once func() error) error {
	for try := range txTries {
		err := once()
		if errors.Is(err, errThere) {
			return nil
		}
		if !errors.Is(err, redis.TxFailedErr) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(rand.IntN(1+try*4)) * time.Millisecond):
		}
	}
	return redis.TxFailedErr
}

// restoreOrder is Restore for an order.
func (s *Store) restoreOrder(ctx context.Context, n store.Number, c journal.Change) (Outcome, error) {
	if c.Data == nil {
		return s.eraseAgain(ctx, n)
	}
	kept, err := decodeImage(c)
	if err != nil {
		return StillThere, err
	}
	if alias, err := s.madeAgain(ctx, n, kept); err != nil || alias {
		return WasAgain, err
	}
	outcome := StillThere
	keys := append(s.watched(n), s.keyLines(n), s.keyQuantities(n), s.keyHistory(n))
	err = again(ctx, func() error {
		now := s.pictureOf(n, c.At)
		ask := func(p redis.Pipeliner) { now.ask(ctx, p) }
		return s.watch(ctx, keys, ask, func(tx *redis.Tx) error {
			var result image
			have := now.image()
			if result, outcome = mergeOrders(have, kept); outcome != WasLost && outcome != WasForked {
				return errThere
			}
			if err := s.restoreWays(ctx, n, kept); err != nil { // first, for who stops here comes back for the order only
				return err
			}
			return s.exec(ctx, tx, s.pictureOf(n, s.now().UTC()), func(p redis.Pipeliner) { s.rewriteOrder(ctx, p, n, have, result) })
		})
	})
	if err == nil && outcome == WasTaken {
		err = s.tellTaken(ctx, n, kept)
	}
	return outcome, err
}

// restoredField marks, in their hashes, orders, transfers and deliveries that were put back (see
// store.Restored): what they mean for the stock is looked at anew, whatever was noted of it.
const restoredField = "restored"

// rewriteOrder writes an order as it shall be over what Redis has of it, if anything, with all that hangs
// on its status: lists, sorted sets, load, events and the link.
func (s *Store) rewriteOrder(ctx context.Context, p redis.Pipeliner, n store.Number, have, want image) {
	before, _ := have.order(n)
	after, _ := want.order(n)
	hash := map[string]any{}
	for field, text := range want.Hash {
		hash[field] = text
	}
	hash["turn"] = max(before.Turn, after.Turn) + turnsAhead
	if len(after.Given) > 0 {
		hash["given_settled"] = givenBefore(after, s.now().Add(-surelyDone))
	}
	hash[restoredField] = encode(store.Restored{At: s.now().UTC(), Sites: warehousesInvolved(before), Gone: through(after.Status) && !through(before.Status)})
	p.Del(ctx, s.keyOrder(n), s.keyStatus(n), s.keyLines(n), s.keyQuantities(n), s.keyHistory(n), s.keyPacked(n), s.keyMoving(n))
	p.HSet(ctx, s.keyOrder(n), hash)
	p.Set(ctx, s.keyStatus(n), want.Status, 0)
	p.RPush(ctx, s.keyHistory(n), anys(want.History)...)
	if len(want.Products) > 0 {
		p.RPush(ctx, s.keyLines(n), anys(want.Products)...)
	}
	if len(want.Quantities) > 0 {
		p.HSet(ctx, s.keyQuantities(n), want.Quantities)
	}
	if len(want.Packed) > 0 {
		p.HSet(ctx, s.keyPacked(n), want.Packed)
	}
	if len(want.Moving) > 0 {
		p.SAdd(ctx, s.keyMoving(n), anys(want.Moving)...)
	}
	s.takeOff(ctx, p, before)
	s.standWhere(ctx, p, after)
	s.countLoad(ctx, p, before, after)
	for _, e := range decodeEvents(want.History)[min(len(have.History), len(want.History)):] {
		s.addEvent(ctx, p, e)
	}
	p.HDel(ctx, keyAttention(s.part(n)), orderName(n))
	s.hintOrder(ctx, p, before, after)
	s.hint(ctx, p, s.part(n), liveCourier)
}

// givenBefore is how many of the losses of an order are older than a time.
func givenBefore(o store.Order, before time.Time) int {
	return slices.IndexFunc(append(o.Given, store.Given{At: before}), func(g store.Given) bool { return !g.At.Before(before) })
}

// takeOff takes an order off every list on which its status, or an earlier one, may have put it.
func (s *Store) takeOff(ctx context.Context, p redis.Pipeliner, o store.Order) {
	if o.Status == "" {
		return
	}
	at, name := s.part(o.Number), orderName(o.Number)
	s.leave(ctx, p, o)
	p.ZRem(ctx, keyRun(at, o.Courier), name)
	if o.Warehouse != "" {
		p.ZRem(ctx, keyPutBack(at, o.Warehouse), name)
	}
	if w := o.BackAt(); w != "" {
		p.ZRem(ctx, keyToInspect(at, w), name)
	}
}

// standWhere puts an order on every list on which it stands by what it is now; its effects are due.
func (s *Store) standWhere(ctx context.Context, p redis.Pipeliner, o store.Order) {
	s.enter(ctx, p, o)
	if o.Status == store.Sent {
		p.ZAdd(ctx, keyRun(s.part(o.Number), o.Courier), redis.Z{Score: float64(o.PromisedAt.Unix()), Member: orderName(o.Number)})
	}
	s.markUnsettled(ctx, p, o.Number, o.Version)
}

// order reads an image as the order that it is; false when nothing is there.
func (i image) order(n store.Number) (store.Order, bool) {
	if len(i.Hash) == 0 {
		return store.Order{Number: n}, false
	}
	o := decodeOrder(n, i.Hash, decodeLines(i.Products, i.Quantities))
	if i.Status != "" {
		o.Status = store.Status(i.Status)
	}
	o.Packed, o.Moving = decodeUnits(i.Packed), slices.Clone(i.Moving)
	o.History = decodeEvents(i.History)
	return o, true
}

// eraseAgain removes an order that somebody had erased and that Redis has back. What it holds is freed first.
func (s *Store) eraseAgain(ctx context.Context, n store.Number) (Outcome, error) {
	o, err := s.Order(ctx, n)
	if err != nil {
		if store.KindOf(err) == store.NotFound {
			err = nil
		}
		return StillThere, err
	}
	if o.Status.Open() {
		if err := s.settleCancelled(ctx, o); err != nil {
			return StillThere, err
		}
	}
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		s.takeOff(ctx, p, o)
		s.countLoad(ctx, p, o, store.Order{})
		p.ZRem(ctx, keyUnsettled(s.part(n)), orderName(n))
		p.Del(ctx, s.keyOrder(n), s.keyStatus(n), s.keyLines(n), s.keyQuantities(n), s.keyHistory(n), s.keyPacked(n), s.keyMoving(n))
		s.hintOrder(ctx, p, o, store.Order{Number: n})
		return nil
	})
	return WasErased, err
}

func anys[V any](list []V) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = v
	}
	return all
}

// integerField reads a number of a hash.
func integerField(h map[string]string, field string) int {
	n, _ := strconv.Atoi(h[field])
	return n
}
