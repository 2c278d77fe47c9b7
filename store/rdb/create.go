package rdb

import (
	"context"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// errNumberTaken says that somebody else's order bears the number: take another one.
var errNumberTaken = errors.New("the order's number is taken")

// create writes a new order in one atomic step, as placed with its plan or as backordered with
// what it waits for. It finds its own order when an earlier try has made it; it refuses a number
// that another order bears, and an attempt that the sweeper has fenced.
//
// Keys: order:N…, the status's queue, the warehouse's sorted set and load, events, unsettled.orders. Emits placed or backordered.
func (s *Store) create(ctx context.Context, who store.Actor, o store.Order, body string) (store.Order, error) {
	first := store.Event{Who: who, At: o.PlacedAt, Data: firstData(o)}
	if len(o.History) > 0 { // it was received before: what is decided now is our own doing
		first.Who, first.At = store.Itself, s.now().UTC()
	}
	return s.createAs(ctx, first, o, body)
}

// createAs is create with an event of one's own. What the order's history holds already comes before it.
func (s *Store) createAs(ctx context.Context, e store.Event, o store.Order, body string) (store.Order, error) {
	o.Version = len(o.History) + 1
	e.Order, e.Version, e.Type, e.Status = o.Number, o.Version, store.EventType(o.Status), o.Status
	for range txTries {
		err := s.createOnce(ctx, e, o, body)
		switch {
		case errors.Is(err, errNothingToDo):
			return s.Order(ctx, o.Number)
		case !errors.Is(err, redis.TxFailedErr):
			return o, err
		}
	}
	return o, errNumberTaken
}

func (s *Store) createOnce(ctx context.Context, e store.Event, o store.Order, body string) error {
	n := o.Number
	var owner, fence *redis.StringCmd
	var products *redis.IntCmd
	ask := func(p redis.Pipeliner) {
		owner, products, fence = p.HGet(ctx, s.keyOrder(n), "uid"), p.Exists(ctx, s.keyOrder(n), s.keyStatus(n), s.keyLines(n)), p.Get(ctx, s.keyFence(n))
	}
	return s.watch(ctx, []string{s.keyStatus(n), s.keyOrder(n), s.keyLines(n), s.keyFence(n)}, ask, func(tx *redis.Tx) error {
		if products.Val() > 0 {
			if owner.Val() == o.UID {
				return errNothingToDo
			}
			return errNumberTaken
		}
		if upTo, _ := strconv.Atoi(fence.Val()); upTo >= o.Attempt && upTo > 0 && o.Parent.Number == 0 { // a rest is promised already
			return store.Busyf("Placing the order took too long. Please try again.")
		}
		return s.writeNew(ctx, tx, e, o, body)
	})
}

func (s *Store) writeNew(ctx context.Context, tx *redis.Tx, e store.Event, o store.Order, body string) error {
	n := o.Number
	products, quantities := make([]any, len(o.Lines)), make([]any, 0, 2*len(o.Lines))
	for i, line := range o.Lines {
		products[i], quantities = line.Product, append(quantities, line.Product, line.Quantity)
	}
	return s.execNew(ctx, tx, s.pictureOf(n, e.At), func(p redis.Pipeliner) {
		p.RPush(ctx, s.keyLines(n), products...)
		p.HSet(ctx, s.keyQuantities(n), quantities...)
		s.writeMoving(ctx, p, o)
		for _, before := range o.History {
			before.Order = n
			s.record(ctx, p, before)
		}
		s.record(ctx, p, e, orderFields(o, body), planned(o))
		s.enter(ctx, p, o)
		s.countLoad(ctx, p, store.Order{}, o)
		s.hintOrder(ctx, p, store.Order{}, o)
	})
}

// planned is the routing decision as it is kept on the order.
func planned(o store.Order) map[string]any {
	if o.Plan.Assembly == "" {
		return nil
	}
	return planFields(o.Plan, o.Attempt, o.FirstDate)
}

// writeMoving keeps on the order what is still travelling.
func (s *Store) writeMoving(ctx context.Context, p redis.Pipeliner, o store.Order) {
	for _, id := range transferIDs(o.Plan) {
		p.SAdd(ctx, s.keyMoving(o.Number), id)
	}
}

// firstData is what the history says of a new order: where it is assembled, and its other part.
func firstData(o store.Order) map[string]string {
	data := planData(o.Plan)
	for name, part := range map[string]store.Part{"part_of": o.Parent, "rest": o.Child} {
		if part.Number != 0 {
			if data == nil {
				data = map[string]string{}
			}
			data[name] = part.Number.String()
		}
	}
	return data
}

// planData is what the history says of a routing decision.
func planData(plan store.Plan) map[string]string {
	if plan.Assembly == "" {
		return nil
	}
	return map[string]string{
		"warehouse": plan.Assembly, "transfers": strconv.Itoa(len(transferIDs(plan))), "promised_at": stamp(plan.PromisedAt),
	}
}

// wait notes on an order what it waits for. That it stands in the queues of those products is an
// effect of its status, which settle sees to.
func (s *Store) wait(ctx context.Context, p redis.Pipeliner, o store.Order, short []store.Shortage) {
	if len(short) == 0 {
		return
	}
	p.HSet(ctx, s.keyOrder(o.Number), "waits", encode(waitsFor(o, short)), "expected_at", stamp(o.ExpectedAt))
	s.markUnsettled(ctx, p, o.Number, o.Version)
}
