package rdb

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Ready closes the box: the parcel waits for a courier, who hears of it. Conflict unless every
// unit is packed. Repeating it changes nothing.
//
// Keys: the order boundary (tx.go); publishes "order:N ready in <warehouse>" on courier.channel.
// Emits ready.
func (s *Store) Ready(ctx context.Context, who store.Actor, n store.Number) error {
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		if o.Status == store.Ready {
			return change{}, errNothingToDo
		}
		if err := store.CheckStep(o.Status, store.Ready, who.Role); err != nil {
			return change{}, err
		}
		if !o.Complete() {
			return change{}, store.Errorf(store.Conflict, "Order %s is not complete: pack every unit first.", n)
		}
		sentence := fmt.Sprintf("%s ready in %s", orderName(n), o.Warehouse)
		return change{to: store.Ready, also: func(p redis.Pipeliner) { p.Publish(ctx, keyCourierTalk, sentence) }}, nil
	})
	return err
}

// Unready opens the box again, as long as no courier has it: the undo of Ready. Conflict once it
// is gone. Repeating it changes nothing.
//
// Keys: the order boundary. Emits placed.
func (s *Store) Unready(ctx context.Context, who store.Actor, n store.Number) error {
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		if o.Status == store.Placed {
			return change{}, errNothingToDo
		}
		if err := store.CheckStep(o.Status, store.Placed, who.Role); err != nil {
			return change{}, err
		}
		return change{to: store.Placed, why: "not ready after all"}, nil
	})
	return err
}
