package rdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// lookAtQueues compares the claims on products with the orders that make them: a claim whose order was
// never made, or does not wait any more, holds units back from everybody. deep looks also for waiting
// orders that stand in no queue.
func (r *reconciler) lookAtQueues(ctx context.Context, _ store.Directory, deep bool) ([]finding, error) {
	products, err := r.waitedFor(ctx)
	if err != nil {
		return nil, err
	}
	queues, err := r.readQueues(ctx, products)
	if err != nil {
		return nil, err
	}
	var findings []finding
	waiters, err := r.waiters(ctx, queues)
	if err != nil {
		return nil, err
	}
	for _, product := range sortedKeys(queues) {
		for _, claim := range queues[product] {
			if f := r.judgeClaim(product, claim, waiters[claim.Order]); f.mend != nil {
				findings = append(findings, f)
			}
		}
	}
	if !deep {
		return findings, nil
	}
	sums, err := r.judgeSums(ctx, products)
	if err != nil {
		return nil, err
	}
	lost, err := r.lookForUnclaimed(ctx, queues)
	return slices.Concat(findings, sums, lost), err
}

// waiters reads what the orders in the queues say of themselves, in one round trip.
func (s *Store) waiters(ctx context.Context, queues store.Queues) (map[store.Number]store.Order, error) {
	type reading struct {
		status *redis.StringCmd
		fields *redis.SliceCmd
	}
	readings := map[store.Number]reading{}
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, claims := range queues {
			for _, claim := range claims {
				n := claim.Order
				readings[n] = reading{p.Get(ctx, s.keyStatus(n)), p.HMGet(ctx, s.keyOrder(n), "version", "waits", "priority", "placed_at", "expected_at")}
			}
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	waiters := make(map[store.Number]store.Order, len(readings))
	for n, reading := range readings {
		order := store.Order{Number: n, Status: store.Status(reading.status.Val())}
		if fields := reading.fields.Val(); len(fields) == 5 {
			order.Version, order.Priority = integer(fields[0]), integer(fields[2])
			_ = json.Unmarshal([]byte(text(fields[1])), &order.Waits) // not noted: see claims
			order.PlacedAt, order.ExpectedAt = unstamp(text(fields[3])), unstamp(text(fields[4]))
		}
		waiters[n] = order
	}
	return waiters, nil
}

// judgeClaim says what is wrong with one claim.
func (r *reconciler) judgeClaim(product string, claim store.Claim, order store.Order) finding {
	n, line := claim.Order, store.Line{Product: product, Quantity: claim.Units}
	f := finding{subject: orderName(n), state: fmt.Sprint(product, claim.Units, claim.Priority, order.Version)}
	wanted := store.Quantity(order.Waits, product)
	switch {
	case order.Version == 0 && r.now().Sub(claim.Since) < unconfirmed*time.Millisecond:
	case order.Version == 0:
		f.what = "freed its place in the queue of " + product + ": it was never made"
		f.mend = func(ctx context.Context) error { return r.freeClaim(ctx, n, line) }
	case order.Status != store.Backordered || len(order.Waits) > 0 && wanted == 0:
		f.what = "took it off the queue of " + product + ", for which it does not wait"
		f.mend = func(ctx context.Context) error { return r.leaveQueues(ctx, n, []store.Line{line}) }
	case wanted != claim.Units && len(order.Waits) > 0 || score(order) != score(store.Order{PlacedAt: claim.Since, Priority: claim.Priority}):
		f.what = "put it where it stands in the queue of " + product
		f.mend = func(ctx context.Context) error { return r.settle(ctx, n) }
	}
	return f
}

// freeClaim frees the place of an order that was never made. The fence comes first: from then on no late
// step can make the order with the attempt that took the place. Then the order is asked once more, for it
// may have been made just before.
//
// Keys: order:N:fence, product:<id>:waiting.
func (s *Store) freeClaim(ctx context.Context, n store.Number, line store.Line) error {
	attempt, err := s.client.HGet(ctx, s.keyProductUnits(line.Product), "@"+orderName(n)).Int()
	if err != nil && err != redis.Nil {
		return err
	}
	if _, err := s.fence(ctx, n, attempt); err != nil {
		return err
	}
	order, err := s.outsiders(ctx, n)
	if err != nil || order.Version > 0 {
		return err
	}
	return s.leaveQueues(ctx, n, []store.Line{line})
}

// judgeSums compares the sum of each queue's units with its parts.
func (r *reconciler) judgeSums(ctx context.Context, products []string) ([]finding, error) {
	var findings []finding
	for _, product := range products {
		var members *redis.StringSliceCmd
		var units *redis.MapStringStringCmd
		commands, err := r.client.TxPipelined(ctx, func(p redis.Pipeliner) error { // one moment, for both
			members, units = p.ZRange(ctx, r.keyProductWaiting(product), 0, -1), p.HGetAll(ctx, r.keyProductUnits(product))
			return nil
		})
		if err := failed(commands, err); err != nil {
			return nil, err
		}
		sum, each := 0, decodeUnits(units.Val())
		for _, member := range members.Val() {
			sum += each[member]
		}
		if each["#"] != sum {
			findings = append(findings, finding{
				subject: productName(product), what: "added its waiting units up anew", state: strconv.Itoa(sum),
				mend: func(ctx context.Context) error { return r.addUp(ctx, product) },
			})
		}
	}
	return findings, nil
}

// addUp makes a queue's units what its members say. Keys: product:<id>:waiting:units.
func (s *Store) addUp(ctx context.Context, product string) error {
	key := s.keyProductUnits(product)
	err := s.client.Watch(ctx, func(tx *redis.Tx) error {
		members, err := tx.ZRange(ctx, s.keyProductWaiting(product), 0, -1).Result()
		if err != nil {
			return err
		}
		units, err := tx.HGetAll(ctx, key).Result()
		if err != nil {
			return err
		}
		kept, sum := map[string]any{}, 0
		for _, member := range members {
			n, _ := strconv.Atoi(units[member])
			kept[member], sum = n, sum+n
			if attempt, ok := units["@"+member]; ok {
				kept["@"+member] = attempt
			}
		}
		kept["#"] = sum
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Del(ctx, key)
			p.HSet(ctx, key, kept)
			return nil
		})
		return err
	}, key, s.keyProductWaiting(product))
	if err == redis.TxFailedErr {
		return nil // it has just changed: the next look judges anew
	}
	return wrap("add up", err)
}

// lookForUnclaimed finds waiting orders that do not stand in the queues of what they wait for.
func (r *reconciler) lookForUnclaimed(ctx context.Context, queues store.Queues) ([]finding, error) {
	var members []string
	var lists []*pages
	for _, at := range r.parts() {
		lists = append(lists, &pages{key: keyQueue(at, store.Backordered), seen: func(member string) { members = append(members, member) }})
	}
	if err := r.readPages(ctx, lists); err != nil {
		return nil, err
	}
	claimed := map[store.Number]map[string]bool{}
	for product, claims := range queues {
		for _, claim := range claims {
			if claimed[claim.Order] == nil {
				claimed[claim.Order] = map[string]bool{}
			}
			claimed[claim.Order][product] = true
		}
	}
	var findings []finding
	for chunk := range slices.Chunk(orderNumbers(members), ordersAtOnce) {
		orders, err := r.orders(ctx, chunk, false)
		if err != nil {
			return nil, err
		}
		for _, o := range orders {
			lost := slices.ContainsFunc(claims(o), func(l store.Line) bool { return !claimed[o.Number][l.Product] })
			if o.Version > 0 && o.Status == store.Backordered && lost {
				findings = append(findings, finding{
					subject: orderName(o.Number), what: "put it back into the queues of what it waits for",
					state: fmt.Sprint(o.Version, slices.Sorted(maps.Keys(claimed[o.Number]))),
					mend:  func(ctx context.Context) error { return r.settle(ctx, o.Number) },
				})
			}
		}
	}
	return findings, nil
}
