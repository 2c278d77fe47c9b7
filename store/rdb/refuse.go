package rdb

import (
	"context"
	"errors"
	"fmt"

	"waybill/store"
)

// makeRefused makes an order that cannot be sent, as cancelled, so that its page says why: its customer was
// told that we have it.
func (s *Store) makeRefused(ctx context.Context, order store.Order, c claim, directory store.Directory, refusal error) (store.Order, error) {
	return s.makeCancelled(ctx, order, c, store.Event{
		Who: store.Itself, At: s.now().UTC(), Why: directory.WhyRefused(refusal), Data: map[string]string{store.RefusedDetail: "yes"},
	})
}

// makeDouble makes an order as cancelled whose idempotency key has made another one, with other content, on
// another node: neither node could know of the other.
func (s *Store) makeDouble(ctx context.Context, a store.Acceptance, c claim) (store.Order, error) {
	first := c.number
	c.number, c.token, c.mine, c.turn = a.Number, a.Token, false, 1
	return s.makeCancelled(ctx, s.beginOrder(a, c), c, store.Event{
		Who: store.Itself, At: s.now().UTC(), Data: map[string]string{store.RefusedDetail: "yes", "order": first.String()},
		Why: fmt.Sprintf("The same form was sent twice, with different content, while our records could not be reached. The first of them, order %s, is kept.", first),
	})
}

// makeCancelled writes an order that holds nothing and goes nowhere. The event is why.
//
// Keys: as create. Emits received and cancelled.
func (s *Store) makeCancelled(ctx context.Context, order store.Order, c claim, why store.Event) (store.Order, error) {
	order.Status, order.Attempt = store.Cancelled, firstAttempt(c.turn, numberTries+1) // above all that reserved
	for try := 1; ; try++ {
		made, err := s.createAs(ctx, why, order, c.body)
		if !errors.Is(err, errNumberTaken) {
			return made, err
		}
		if try == numberTries {
			return store.Order{}, store.Busyf("There is another order %s already.", order.Number)
		}
		if err := s.renumber(ctx, &order, c, &siteReading{}); err != nil {
			return store.Order{}, err
		}
	}
}
