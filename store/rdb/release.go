package rdb

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	adoptTurns = 50  // the turns of placing come before those of adoption,
	laterTurns = 100 // and these before those of release
)

// serveWaiting gives what has arrived to the orders that wait, strictly by the rule of store.Queues:
// an order goes on, whole, when all that it claims and all that is claimed before it is there. Whoever
// makes units free calls it within the same step (see releaseSoon), and the keeper does every second.
//
// Keys: product:<id>:waiting and :units, stock by reserve, the order boundary. Emits placed, or
// still_waits. Many nodes may do it at once: of the turns at one order only the latest may finish.
func (s *Store) serveWaiting(ctx context.Context) error {
	queues, err := s.waiting(ctx)
	if err != nil || len(queues) == 0 {
		return wrap("serve waiting orders", err)
	}
	if still, err := s.heldStill(ctx); still || err != nil {
		return err
	}
	directory, err := s.Directory(ctx)
	if err != nil {
		return err
	}
	sites, err := s.sites(ctx, directory, sortedKeys(queues))
	if err != nil {
		return wrap("serve waiting orders", err)
	}
	free := s.sendable(directory, sites, sortedKeys(queues))
	if err := s.bar(ctx, queues, sites, free); err != nil {
		return wrap("serve waiting orders", err)
	}
	for _, n := range queues.Served(free) {
		if err := s.releaseOrder(ctx, n, directory); err != nil && store.KindOf(err) != store.Conflict {
			return err
		}
	}
	return nil
}

// sendable is how many units of some products are free, claimed or not; none of what must not be sent
// yet.
func (s *Store) sendable(directory store.Directory, sites []store.Site, products []string) map[string]int {
	free := make(map[string]int, len(products))
	for _, product := range products {
		if !directory.Products[product].Terms.Unreleased(s.now()) {
			free[product] = freeOf(sites, product)
		}
	}
	return free
}

// bar notes on the claims of those orders that could go on what warehouses have refused to them. One round
// trip, and none when no order could go on.
func (s *Store) bar(ctx context.Context, queues store.Queues, sites []store.Site, free map[string]int) error {
	numbers := queues.Served(free)
	if len(numbers) == 0 {
		return nil
	}
	asked := make([]*redis.StringCmd, len(numbers))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, n := range numbers {
			asked[i] = p.HGet(ctx, s.keyOrder(n), refusedField)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return err
	}
	refused := map[store.Number]map[string][]store.Line{}
	for i, n := range numbers {
		refused[n] = decodeRefused(asked[i].Val())
	}
	queues.Bar(refused, sites)
	return nil
}

// releaseOrder routes and reserves one waiting order. What it lacks all the same it waits for from now
// on. Conflict when it is being changed by others.
func (s *Store) releaseOrder(ctx context.Context, n store.Number, directory store.Directory) error {
	turn, err := scriptTurn.Run(ctx, s.client, []string{s.keyStatus(n), s.keyOrder(n)}).Int()
	if err != nil {
		return wrap("release", err)
	}
	order, err := s.Order(ctx, n)
	if err != nil || turn == 0 || order.Status != store.Backordered {
		if store.KindOf(err) == store.NotFound {
			err = nil // its claims are the sweeper's to judge
		}
		return err
	}
	stock, err := s.stockForWaiting(ctx, directory, order)
	if err != nil {
		return wrap("release", err)
	}
	if order.Warehouse != "" { // it holds a part already, and gets what it lacks at the same place of assembly
		short, err := s.refill(ctx, store.Itself, order, turn, stock)
		if err == nil && len(short) > 0 {
			return s.waitLonger(ctx, order, short)
		}
		if err != nil {
			return err
		}
		return s.settle(ctx, n)
	}
	plan, attempt, err := s.routeAndReserve(ctx, order, firstAttempt(laterTurns+turn, 1), store.Itself, stock)
	if missing, ok := shortOf(err); ok {
		return s.waitLonger(ctx, order, missing)
	}
	if err != nil {
		return err
	}
	return s.placeWaiting(ctx, order, plan, attempt, turn)
}

// placeWaiting makes a waiting order placed, with its plan. If it does not wait any more, what was
// reserved is freed again; if a later turn is at it, that one has taken over what was reserved.
func (s *Store) placeWaiting(ctx context.Context, order store.Order, plan store.Plan, attempt, turn int) error {
	_, err := s.change(ctx, store.Itself, order.Number, func(o store.Order) (change, error) {
		upTo, err := s.client.Get(ctx, s.keyFence(o.Number)).Int()
		if err != nil && !errors.Is(err, redis.Nil) {
			return change{}, err
		}
		if o.Status != store.Backordered || o.Turn != turn || upTo >= attempt {
			return change{}, store.Errorf(store.Conflict, "Order %s does not wait any more.", o.Number)
		}
		o.Plan, o.Attempt, o.Warehouse = plan, attempt, plan.Assembly
		return change{
			to: store.Placed, why: "what it waited for is there", data: planData(plan), set: planFields(plan, attempt, o.FirstDate),
			also: func(p redis.Pipeliner) {
				s.writeMoving(ctx, p, o)
				s.markUnsettled(ctx, p, o.Number, o.Version+1)
			},
		}, nil
	})
	if err != nil {
		return errors.Join(err, s.release(ctx, order, attempt, placesOf(plan), "the order does not wait any more"))
	}
	return s.settle(ctx, order.Number)
}

// waitLonger notes on a waiting order that something else in it has run out, and puts it into that
// queue too, at the place that its age gives it. No limit counts here: the order was accepted before.
func (s *Store) waitLonger(ctx context.Context, order store.Order, missing []store.Shortage) error {
	_, err := s.change(ctx, store.Itself, order.Number, func(o store.Order) (change, error) {
		var more []string
		waits := slices.Clone(claims(o))
		for _, line := range waitsFor(o, missing) {
			if store.Quantity(waits, line.Product) == 0 {
				waits, more = append(waits, line), append(more, line.Product)
			}
		}
		if o.Status != store.Backordered || len(more) == 0 {
			return change{}, errNothingToDo
		}
		return change{
			to: o.Status, event: store.EventStillWaits, data: map[string]string{"products": strings.Join(more, " ")},
			set: map[string]any{"waits": encode(waits)},
			also: func(p redis.Pipeliner) {
				s.markUnsettled(ctx, p, o.Number, o.Version+1)
			},
		}, nil
	})
	if err != nil {
		return err
	}
	return s.settle(ctx, order.Number)
}

// releaseSoon serves waiting orders after units have become free; a failure is the keeper's to mend.
func (s *Store) releaseSoon(ctx context.Context) {
	s, ctx, cancel := s.onward(ctx)
	defer cancel()
	if err := s.serveWaiting(ctx); err != nil {
		s.log.Warn("waiting orders are left to the keeper", "error", err)
	}
}
