package rdb

import (
	"context"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// requeue puts an order back where its status says it stands: exactly once in its queue, in its
// warehouse's sorted set, and nowhere else. It does nothing when the order moves on meanwhile.
//
// Keys: the queues, <warehouse>:placed.orders and :ready.orders. Emits nothing: the order itself has
// not changed.
func (s *Store) requeue(ctx context.Context, seen *standing) error {
	n, member := seen.number, keyOrder(seen.number)
	err := s.client.Watch(ctx, func(tx *redis.Tx) error {
		order, copied, err := readForChange(ctx, tx, n)
		if err != nil || order.Status != seen.status || copied != seen.status {
			return err
		}
		times, err := tx.LPosCount(ctx, keyQueue(order.Status), member, 0, redis.LPosArgs{}).Result()
		if err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			for status := range seen.queues {
				if status != order.Status {
					p.LRem(ctx, keyQueue(status), 0, member)
				}
			}
			switch {
			case len(times) == 0:
				p.RPush(ctx, keyQueue(order.Status), member)
			case len(times) > 1: // the oldest place stays
				p.LRem(ctx, keyQueue(order.Status), -int64(len(times)-1), member)
			}
			for set := range seen.sets {
				p.ZRem(ctx, set, member)
			}
			place(ctx, p, order)
			s.hintOrder(ctx, p, store.Order{}, order)
			return nil
		})
		return err
	}, keyStatus(n), keyOrder(n))
	if err == redis.TxFailedErr {
		return nil // it has just moved on: the next look judges anew
	}
	return wrap("requeue", err)
}

// relist writes an order's list of products anew, one entry a line, from its quantities: an outside
// program has pushed onto it again.
//
// Keys: order:N:products.
func (s *Store) relist(ctx context.Context, n store.Number) error {
	err := s.client.Watch(ctx, func(tx *redis.Tx) error {
		order, _, err := readForChange(ctx, tx, n)
		if err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Del(ctx, keyLines(n))
			for _, line := range order.Lines {
				p.RPush(ctx, keyLines(n), line.Product)
			}
			return nil
		})
		return err
	}, keyOrder(n), keyLines(n))
	if err == redis.TxFailedErr {
		return nil
	}
	return wrap("relist", err)
}
