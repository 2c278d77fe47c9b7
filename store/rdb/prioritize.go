package rdb

import (
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Prioritize moves a waiting order in its queues, by a person's decision and with their reason, which
// stays in its history: up or down by one step of priority, or before all others. Who then has all that
// they wait for goes on at once. Conflict when it does not wait, or cannot be moved that far; Invalid
// without a reason.
//
// Keys: the order boundary, product:<id>:waiting. Emits prioritized.
func (s *Store) Prioritize(ctx context.Context, who store.Actor, n store.Number, move store.QueueMove, why string) error {
	if why = strings.TrimSpace(why); !store.ValidReason(why) {
		return &store.Error{Kind: store.Invalid, Message: "Say in a few words why.", Fields: map[string]string{"reason": "Say in a few words why."}}
	}
	queues, err := s.waiting(ctx)
	if err != nil {
		return wrap("prioritize", err)
	}
	_, err = s.change(ctx, who, n, func(o store.Order) (change, error) {
		if o.Status != store.Backordered {
			return change{}, store.Errorf(store.Conflict, "Order %s is %s, so it stands in no queue.", n, o.Status.Words())
		}
		to, ok := queues.Priority(o, claims(o), move)
		if !ok {
			return change{}, store.Errorf(store.Conflict, "Order %s cannot be moved any further.", n)
		}
		if to == o.Priority {
			return change{}, errNothingToDo
		}
		return change{
			to: o.Status, event: store.EventPrioritized, why: why, set: map[string]any{"priority": to},
			data: map[string]string{"from": strconv.Itoa(o.Priority), "to": strconv.Itoa(to), "move": string(move)},
			also: func(p redis.Pipeliner) {
				s.markUnsettled(ctx, p, n, o.Version+1)
			},
		}, nil
	})
	if err != nil {
		return err
	}
	s.settleSoon(ctx, n)
	s.releaseSoon(ctx)
	s.suppliesChanged(ctx)
	return nil
}
