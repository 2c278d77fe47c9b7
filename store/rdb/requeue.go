package rdb

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// requeue puts an order back where its status says it stands: exactly once in its queue, in its
// warehouse's sorted set, and nowhere else. It does nothing when the order moves on meanwhile.
//
// Keys: the queues, <warehouse>:placed.orders and :ready.orders. Emits nothing: the order itself has
// not changed.
func (s *Store) requeue(ctx context.Context, seen *standing) error {
	n, member, at := seen.number, orderName(seen.number), s.part(seen.number)
	reading := s.orderReading(n)
	err := s.watch(ctx, []string{s.keyStatus(n), s.keyOrder(n)}, func(p redis.Pipeliner) { reading.ask(ctx, p, false) }, func(tx *redis.Tx) error {
		order, ours, err := reading.forChange()
		if err != nil {
			return err
		}
		times, err := tx.LPosCount(ctx, keyQueue(at, order.Status), member, 0, redis.LPosArgs{}).Result()
		if err != nil {
			return err
		}
		wrong := slices.DeleteFunc(slices.Clone(seen.queues), func(status store.Status) bool { return status == order.Status })
		if order.Status != seen.status || ours != seen.status || len(times) == 1 && len(wrong) == 0 && !seen.strayed(s.keys) {
			return errNothingToDo // it has moved on, or its list did while it was read
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			for _, status := range wrong {
				p.LRem(ctx, keyQueue(at, status), 0, member)
			}
			switch {
			case len(times) == 0:
				p.RPush(ctx, keyQueue(at, order.Status), member)
			case len(times) > 1: // the oldest place stays
				p.LRem(ctx, keyQueue(at, order.Status), -int64(len(times)-1), member)
			}
			for _, set := range seen.sets {
				p.ZRem(ctx, set, member)
			}
			s.enlist(ctx, p, order)
			s.hintOrder(ctx, p, store.Order{}, order)
			return nil
		})
		return err
	})
	if errors.Is(err, redis.TxFailedErr) {
		return errNothingToDo // it has just moved on: the next look judges anew
	}
	return wrap("requeue", err)
}

// relist writes an order's list of products anew, one entry a line, from its quantities: an outside
// program has pushed onto it again.
//
// Keys: order:N:products.
func (s *Store) relist(ctx context.Context, n store.Number) error {
	reading := s.orderReading(n)
	err := s.watch(ctx, []string{s.keyOrder(n), s.keyLines(n)}, func(p redis.Pipeliner) { reading.ask(ctx, p, false) }, func(tx *redis.Tx) error {
		order, _, err := reading.forChange()
		if err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Del(ctx, s.keyLines(n))
			for _, line := range order.Lines {
				p.RPush(ctx, s.keyLines(n), line.Product)
			}
			return nil
		})
		return err
	})
	if errors.Is(err, redis.TxFailedErr) {
		return nil
	}
	return wrap("relist", err)
}

// recopy makes the hash's copy of the status what it is: an outside program has written over it.
//
// Keys: order:N.
func (s *Store) recopy(ctx context.Context, n store.Number) error {
	reading := s.orderReading(n)
	err := s.watch(ctx, []string{s.keyStatus(n), s.keyOrder(n)}, func(p redis.Pipeliner) { reading.ask(ctx, p, false) }, func(tx *redis.Tx) error {
		_, ours, err := reading.forChange()
		if err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.HSet(ctx, s.keyOrder(n), "status", string(ours))
			return nil
		})
		return err
	})
	if errors.Is(err, redis.TxFailedErr) {
		return nil
	}
	return wrap("recopy", err)
}
