package rdb

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// change is one step of an order, decided upon what the order was when it was read.
type change struct {
	to    store.Status      // the status after it; the same as before for steps that are none
	event store.EventType   // "" means the status's own name
	why   string            // for the history
	data  map[string]string // details for the history
	set   map[string]any    // fields of the order's hash
	also  func(redis.Pipeliner)
	again bool // the order may stand in its new queue already: an outside program has put it there
}

// errNothingToDo is how a decision says that the order is as wanted already: repeating a step
// is no failure and leaves no second trace.
var errNothingToDo = errors.New("nothing to do")

const txTries = 12 // under this many rivals for one order, each gets through or is told

// change takes an order one step further, in one atomic step: the status key, its copy in the
// hash, the history, the queue lists, the warehouse's sorted sets, the event stream and the
// hints to live pages change together or not at all. decide gets the order as it is now; when
// the order changes between reading and writing, decide is asked again.
//
// Keys: order:N…, placed.orders and its siblings, <warehouse>:placed.orders and :ready.orders,
// events, unsettled.orders. Emits one event. It is idempotent by decide's errNothingToDo.
func (s *Store) change(ctx context.Context, who store.Actor, n store.Number, decide func(store.Order) (change, error)) (store.Order, error) {
	for try := range txTries {
		var order store.Order
		reading := s.orderReading(n)
		ask := func(p redis.Pipeliner) { reading.ask(ctx, p, false) }
		err := s.watch(ctx, s.watched(n), ask, func(tx *redis.Tx) error {
			var ours store.Status
			var err error
			if order, ours, err = reading.forChange(); err != nil {
				return err
			}
			if order.Status != ours {
				return s.takeOver(ctx, tx, &order, ours)
			}
			c, err := decide(order)
			if err != nil {
				return err
			}
			order, err = s.commit(ctx, tx, who, order, c)
			return err
		})
		switch {
		case errors.Is(err, errNothingToDo):
			return order, s.doneBefore(ctx, aboutOrder+n.String())
		case errors.Is(err, errTakenOver), errors.Is(err, redis.TxFailedErr):
			time.Sleep(time.Duration(rand.IntN(1+try*2)) * time.Millisecond)
			continue
		}
		return order, wrap("change order "+n.String(), err)
	}
	return store.Order{}, store.Errorf(store.Conflict, "Order %s is being changed by others at this moment. Please try again.", n)
}

// watched are the keys whose change makes a decision about an order void.
func (s *Store) watched(n store.Number) []string {
	return []string{s.keyStatus(n), s.keyOrder(n), s.keyPacked(n), s.keyMoving(n), s.keyFence(n)}
}

// watch begins an optimistic transaction: WATCH and the reads that decide travel together, in one round
// trip. then either runs EXEC and returns its outcome, or returns an error, and the keys are let go.
func (s *Store) watch(ctx context.Context, keys []string, ask func(redis.Pipeliner), then func(*redis.Tx) error) error {
	if err := s.pass(); err != nil {
		return err
	}
	return s.home(ctx, keys[0], func(home server) error {
		return watchAt(ctx, home, keys, ask, func(tx *redis.Tx) error {
			if err := s.pass(); err != nil { // a new connection may have shown a Redis that had forgotten something
				return err
			}
			return then(tx)
		})
	})
}

func watchAt(ctx context.Context, home server, keys []string, ask func(redis.Pipeliner), then func(*redis.Tx) error) error {
	return home.Watch(ctx, func(tx *redis.Tx) error {
		command := []any{"watch"}
		for _, key := range keys {
			command = append(command, key)
		}
		commands, err := tx.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.Do(ctx, command...)
			ask(p)
			return nil
		})
		if err = failed(commands, err); err == nil {
			err = then(tx)
		}
		if err != nil && !errors.Is(err, redis.TxFailedErr) { // the connection goes back to the pool: it must watch nothing
			_ = tx.Unwatch(context.WithoutCancel(ctx)).Err()
		}
		return err
	})
}

// forChange gives what decisions are made upon: everything but history and transfers. The second status
// is the one that we have set last; when it differs from the order's own, an outside program has set the
// status key. The hash's field status is a copy for readers: what outsiders write there decides nothing.
func (r *orderReading) forChange() (store.Order, store.Status, error) {
	order, ok := r.order()
	if !ok || order.Version == 0 {
		return store.Order{}, "", notFound(r.number)
	}
	return order, store.Status(r.hash.Val()["ours"]), nil
}

func notFound(n store.Number) error {
	return store.Errorf(store.NotFound, "There is no order %s.", n)
}

// commit writes a step under WATCH and gives the order as it then is.
func (s *Store) commit(ctx context.Context, tx *redis.Tx, who store.Actor, before store.Order, c change) (store.Order, error) {
	after := before
	after.Status, after.Version = c.to, before.Version+1
	if warehouse, ok := c.set["warehouse"].(string); ok {
		after.Warehouse = warehouse
	}
	if failures, ok := c.set["failures"].(string); ok {
		after.Failures, _ = strconv.Atoi(failures)
	}
	if back, ok := c.set["return_to"].(string); ok {
		after.ReturnTo = back
	}
	if promised, ok := c.set["promised_at"].(string); ok {
		after.PromisedAt = unstamp(promised)
	}
	if day, ok := c.set[leavesOn].(string); ok {
		after.Plan.LeavesOn = store.Day(day)
	}
	if problem, ok := c.set["problem"].(string); ok {
		after.Problem = problem
	}
	event := store.Event{
		Order: before.Number, Version: after.Version, Type: c.event, Status: c.to,
		At: s.now().UTC(), Who: who, Why: c.why, Data: c.data,
	}
	if event.Type == "" {
		event.Type = store.EventType(c.to)
	}
	err := s.exec(ctx, tx, s.pictureOf(before.Number, event.At), func(p redis.Pipeliner) {
		s.record(ctx, p, event, c.set)
		if before.Status != after.Status {
			s.leave(ctx, p, before)
			if c.again {
				p.LRem(ctx, keyQueue(s.part(after.Number), after.Status), -1, orderName(after.Number))
			}
			s.enter(ctx, p, after)
		}
		s.countLoad(ctx, p, before, after)
		s.hintOrder(ctx, p, before, after)
		if c.also != nil {
			c.also(p)
		}
	})
	return after, err
}

// record writes status, version, history and event stream, and the other fields that change with them;
// the stream holds no personal data.
func (s *Store) record(ctx context.Context, p redis.Pipeliner, e store.Event, also ...map[string]any) {
	p.Set(ctx, s.keyStatus(e.Order), string(e.Status), 0)
	fields := []any{"status", string(e.Status), "ours", string(e.Status), "version", e.Version}
	p.HSet(ctx, s.keyOrder(e.Order), slices.Concat(flat(also...), fields)...)
	p.RPush(ctx, s.keyHistory(e.Order), encode(e))
	s.addEvent(ctx, p, e)
}

// addEvent tells the event stream of a step.
func (s *Store) addEvent(ctx context.Context, p redis.Pipeliner, e store.Event) {
	p.XAdd(ctx, &redis.XAddArgs{Stream: keyEvents(s.part(e.Order)), Values: []any{
		"order", e.Order.String(), "version", e.Version, "type", string(e.Type), "status", string(e.Status), "at", stamp(e.At),
	}})
}

// flat lays maps out as field, value, field, value ...
func flat(maps ...map[string]any) []any {
	size := 0
	for _, m := range maps {
		size += 2 * len(m)
	}
	list := make([]any, 0, size)
	for _, m := range maps {
		for field, value := range m {
			list = append(list, field, value)
		}
	}
	return list
}

// leave takes an order off the queues of its status. An order mostly stands near the head of
// its list, so the search from there is short.
func (s *Store) leave(ctx context.Context, p redis.Pipeliner, o store.Order) {
	p.LRem(ctx, keyQueue(s.part(o.Number), o.Status), 1, orderName(o.Number))
	if o.Warehouse != "" {
		p.ZRem(ctx, keyToAssemble(s.part(o.Number), o.Warehouse), orderName(o.Number))
		p.ZRem(ctx, keyToPickUp(s.part(o.Number), o.Warehouse), orderName(o.Number))
	}
}

// enter puts an order on the queues of its status and tells the order's channel. What the
// new status means for the stock is due: settle does it.
func (s *Store) enter(ctx context.Context, p redis.Pipeliner, o store.Order) {
	p.RPush(ctx, keyQueue(s.part(o.Number), o.Status), orderName(o.Number))
	s.enlist(ctx, p, o)
	if o.Status == store.Cancelled && o.Warehouse != "" && units(o.Packed) > 0 {
		p.ZAdd(ctx, keyPutBack(s.part(o.Number), o.Warehouse), redis.Z{Score: float64(s.now().Unix()), Member: orderName(o.Number)})
	}
	if unsettled(o) {
		s.markUnsettled(ctx, p, o.Number, o.Version)
	}
	p.Publish(ctx, orderTalk(o.Number), string(o.Status))
}

// markUnsettled says that the effects of an order's version are due: settle takes the mark away, and the
// sweeper calls it for those that stand for long.
func (s *Store) markUnsettled(ctx context.Context, p redis.Pipeliner, n store.Number, version int) {
	p.ZAdd(ctx, keyUnsettled(s.part(n)), redis.Z{Score: float64(version), Member: orderName(n)})
}

// unsettled tells whether an order's new status means something for transfers or stock.
func unsettled(o store.Order) bool {
	switch o.Status {
	case store.Placed:
		return len(transferIDs(o.Plan)) > 0 || len(o.Waits) > 0 || o.Child.Number != 0
	case store.Backordered, store.Sent, store.Delivered, store.Returned, store.Cancelled:
		return true
	}
	return false
}

// enlist puts an order into the sorted sets from which clerks and couriers work.
func (s *Store) enlist(ctx context.Context, p redis.Pipeliner, o store.Order) {
	due := redis.Z{Score: float64(o.PromisedAt.Unix()), Member: orderName(o.Number)}
	at := s.part(o.Number)
	switch {
	case o.Warehouse == "":
	case o.Status == store.Placed:
		p.ZAdd(ctx, keyToAssemble(at, o.Warehouse), due)
	case o.Status == store.Ready:
		p.ZAdd(ctx, keyToPickUp(at, o.Warehouse), due)
	}
	if w := o.BackAt(); w != "" && o.ToInspect() {
		p.ZAdd(ctx, keyToInspect(at, w), due)
	}
}

// hintOrder tells the live pages that show an order, before or after a step, to look again.
func (s *Store) hintOrder(ctx context.Context, p redis.Pipeliner, before, after store.Order) {
	at := s.part(after.Number)
	p.Publish(ctx, liveTalk(liveOrder(after.Number)), after.Version)
	if after.Warehouse != "" {
		s.hint(ctx, p, at, liveWarehouse(after.Warehouse))
	}
	if after.ReturnTo != "" && after.ReturnTo != after.Warehouse {
		s.hint(ctx, p, at, liveWarehouse(after.ReturnTo))
	}
	if before.Failures != after.Failures || before.Status != after.Status && (courierSees(before.Status) || courierSees(after.Status)) {
		s.hint(ctx, p, at, liveCourier)
	}
	if before.Problem != after.Problem || after.Status == store.Received {
		s.hint(ctx, p, at, liveAttention)
	}
}

func courierSees(s store.Status) bool { return s == store.Ready || s == store.Sent }

// hint tells live pages that a thing has changed: the revision is for those that miss the call. It is
// counted in the part where the change is written, in the same step.
func (s *Store) hint(ctx context.Context, p redis.Pipeliner, at part, live string) {
	p.Incr(ctx, keyRevision(at, live))
	p.Publish(ctx, liveTalk(live), "1")
}
