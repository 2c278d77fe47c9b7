package rdb

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// errTakenOver tells change that the order is another one now: read it again.
var errTakenOver = errors.New("a status from outside was dealt with")

// outsider is any program that writes to our Redis without asking us.
var outsider = store.Actor{Role: store.Outside, ID: "outside", Name: "an outside program"}

// takeOver deals with a status key that an outside program has set. A status that lies ahead is
// taken over as one entry of the history, whatever steps it skipped; an unknown one, or a step
// back, is put back and shown. It runs under the WATCH of change and always ends with
// errTakenOver or a failure.
//
// Keys: the order boundary. Emits taken_over or undone.
func (s *Store) takeOver(ctx context.Context, tx *redis.Tx, order *store.Order, was store.Status) error {
	wanted := order.Status
	order.Status = was
	c := change{to: wanted, event: store.EventTakenOver, again: true, data: map[string]string{"from": string(was)}}
	if !store.Takeover(was, wanted) {
		c = change{to: was, event: store.EventUndone, why: "an outside program set a status that cannot follow", data: map[string]string{"wanted": short(string(wanted))}}
	}
	if wanted == store.Sent && store.Takeover(was, wanted) { // nobody here has it, so every courier sees it
		due := redis.Z{Score: float64(order.PromisedAt.Unix()), Member: orderName(order.Number)}
		c.also = func(p redis.Pipeliner) { p.ZAdd(ctx, keyRun(s.part(order.Number), nobody), due) }
	}
	if was == store.Sent && (wanted == store.Delivered || wanted == store.Returned) {
		run, member := keyRun(s.part(order.Number), order.Courier), orderName(order.Number) // "" is nobody
		c.also = func(p redis.Pipeliner) { p.ZRem(ctx, run, member) }
	}
	if _, err := s.commit(ctx, tx, outsider, *order, c); err != nil {
		return err
	}
	return errTakenOver
}

// short keeps text from outside to a length that a page can show.
func short(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}

// heed makes an order follow its status key, if an outside program has set it, and settles what
// that means for the stock.
func (s *Store) heed(ctx context.Context, n store.Number) error {
	_, err := s.change(ctx, outsider, n, func(store.Order) (change, error) { return change{}, errNothingToDo })
	if err != nil {
		return err
	}
	return s.settle(ctx, n)
}
