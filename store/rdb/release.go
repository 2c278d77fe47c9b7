package rdb

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	releaseBatch = 50  // waiting orders looked at in one go
	adoptTurns   = 50  // the turns of placing come before those of adoption,
	laterTurns   = 100 // and these before those of release
)

// releaseWaiting gives stock that has arrived to the orders that wait for a product, oldest first. An
// order goes on only whole. An older order that still lacks this product is never overtaken; one that
// lacks another product lets the next one pass.
//
// Keys: product:<id>:waiting, stock by reserve, the order boundary. Emits placed. Idempotent: an order
// that is not backordered any more is only taken off the queue.
func (s *Store) releaseWaiting(ctx context.Context, product string) error {
	members, err := s.client.ZRange(ctx, keyProductWaiting(product), 0, releaseBatch-1).Result()
	if err != nil {
		return wrap("release", err)
	}
	if len(members) == 0 {
		return wrap("release", s.client.SRem(ctx, keyWaiting, product).Err())
	}
	for _, n := range orderNumbers(members) {
		missing, err := s.releaseOrder(ctx, n)
		if err != nil {
			return err
		}
		for _, shortage := range missing {
			if shortage.Product == product {
				return nil
			}
		}
	}
	return nil
}

// releaseOrder routes and reserves one waiting order; what it still lacks comes back.
func (s *Store) releaseOrder(ctx context.Context, n store.Number) ([]store.Shortage, error) {
	order, err := s.Order(ctx, n)
	if store.KindOf(err) == store.NotFound || err == nil && order.Status != store.Backordered {
		return nil, s.stopWaiting(ctx, order, n)
	}
	if err != nil {
		return nil, err
	}
	if order.Warehouse != "" {
		return s.releaseRest(ctx, order)
	}
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	turn, err := s.client.HIncrBy(ctx, keyOrder(n), "turn", 1).Result()
	if err != nil {
		return nil, wrap("release", err)
	}
	stock, err := s.stockFor(ctx, directory, order.Lines)
	if err != nil {
		return nil, wrap("release", err)
	}
	plan, attempt, err := s.routeAndReserve(ctx, order, firstAttempt(laterTurns+int(turn), 1), store.Itself, stock)
	if missing, ok := shortOf(err); ok {
		return missing, nil
	}
	if err != nil {
		return nil, err
	}
	return nil, s.placeWaiting(ctx, order, plan, attempt)
}

// releaseRest serves an order that holds a part already: it gets only what it lacks, at the same place
// of assembly. A warehouse that has refused to give its units to this order does not make others wait.
func (s *Store) releaseRest(ctx context.Context, order store.Order) ([]store.Shortage, error) {
	short, err := s.refill(ctx, order)
	if err != nil {
		return nil, err
	}
	if len(short) == 0 {
		return nil, s.settle(ctx, order.Number)
	}
	return slices.DeleteFunc(short, func(short store.Shortage) bool {
		for _, lines := range order.Refused {
			if store.Quantity(lines, short.Product) > 0 {
				return true
			}
		}
		return false
	}), nil
}

// placeWaiting makes a waiting order placed, with its plan. If somebody was faster, what was reserved is
// freed again.
func (s *Store) placeWaiting(ctx context.Context, order store.Order, plan store.Plan, attempt int) error {
	_, err := s.change(ctx, store.Itself, order.Number, func(o store.Order) (change, error) {
		upTo, err := s.client.Get(ctx, keyFence(o.Number)).Int()
		if err != nil && !errors.Is(err, redis.Nil) {
			return change{}, err
		}
		if o.Status != store.Backordered || upTo >= attempt {
			return change{}, store.Errorf(store.Conflict, "Order %s does not wait any more.", o.Number)
		}
		set := planFields(plan, attempt, o.FirstDate)
		o.Plan, o.Attempt, o.Warehouse = plan, attempt, plan.Assembly
		return change{to: store.Placed, why: "what it waited for has arrived", data: planData(plan), set: set, also: func(p redis.Pipeliner) {
			s.writePlan(ctx, p, o)
			for _, line := range o.Lines {
				p.ZRem(ctx, keyProductWaiting(line.Product), keyOrder(o.Number))
			}
			p.ZAdd(ctx, keyUnsettled, redis.Z{Score: float64(o.Version + 1), Member: keyOrder(o.Number)})
		}}, nil
	})
	if err != nil {
		return errors.Join(err, s.release(ctx, order, attempt, warehousesOf(plan), "the order does not wait any more"))
	}
	return s.settle(ctx, order.Number)
}

// stopWaiting takes an order that does not wait any more off the queues of its products.
func (s *Store) stopWaiting(ctx context.Context, order store.Order, n store.Number) error {
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, line := range order.Lines {
			p.ZRem(ctx, keyProductWaiting(line.Product), keyOrder(n))
		}
		return nil
	})
	return wrap("stop waiting", err)
}

// releaseSoon serves waiting orders after stock has been booked; a failure is the sweeper's to mend.
func (s *Store) releaseSoon(ctx context.Context, product string) {
	waits, err := s.client.SIsMember(ctx, keyWaiting, product).Result()
	if err == nil && waits {
		err = s.releaseWaiting(context.WithoutCancel(ctx), product)
	}
	if err != nil {
		s.log.Warn("waiting orders are left to the sweeper", "product", product, "error", err)
	}
}
