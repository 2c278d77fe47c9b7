package intake

import (
	"context"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/seal"
)

// Order gives an order whole: as Redis has it, or as this node has accepted it while Redis does not. A
// number that this node has promised means the promised order, also when it is made under another one.
// NotFound when nobody knows it.
func (i *Intake) Order(ctx context.Context, n store.Number) (store.Order, error) {
	e, ok := i.Journal.Entry(n)
	if ok && e.State == journal.Pending {
		return i.pending(ctx, e)
	}
	order, err := i.Pages.Order(ctx, n)
	if !ok || e.State == journal.Refused || err == nil && order.UID == e.UID || err != nil && store.KindOf(err) != store.NotFound {
		return order, err
	}
	if e.Alias != 0 {
		return i.Pages.Order(ctx, e.Alias)
	}
	return i.accepted(ctx, e), nil // Redis has forgotten it, and is going to be reminded
}

// pending gives an order that is not surely in Redis.
func (i *Intake) pending(ctx context.Context, e journal.Entry) (store.Order, error) {
	if e.Cancelled != nil || !i.gate.open() {
		return i.accepted(ctx, e), nil
	}
	asking, cancel := context.WithTimeout(ctx, i.Within)
	defer cancel()
	if order, err := i.Pages.Order(asking, e.Number); err == nil && order.UID == e.UID && order.Version > 0 {
		return order, nil
	}
	return i.accepted(ctx, e), nil
}

// OrderByToken gives the order that a customer's link leads to. NotFound for any word that is no link; an
// order of which only the link is known comes as store/rdb gives it. Of one that Redis cannot tell of, the note
// behind the token counts too, if it is good: see noted.go. Then, and when there should be one, the order's
// Token is a reference with a note.
func (i *Intake) OrderByToken(ctx context.Context, reference string) (store.Order, error) {
	token, note := i.read(ctx, reference)
	if e, ok := i.promised(ctx, token); ok {
		return i.promisedTo(ctx, e, reference, note)
	}
	order, err := i.Pages.OrderByToken(ctx, token)
	if order.Version > 0 || order.Number == 0 {
		return order, err
	}
	if wish, ok := i.Journal.UnwantedOf(order.Number); note == nil && ok && wish.Token == token {
		note = &seal.Note{Cancellation: wish.Cancellation}
		reference = i.noted(ctx, token, *note)
	}
	switch {
	case note == nil:
		return order, err
	case note.Done:
		return ended(order, reference, *note), nil // there is nothing more to look up
	}
	order.Unwanted, order.Token = note.At, reference
	return order, err
}

// Cancel ends an order that has not left yet, also one that is not in Redis yet: that is made as cancelled.
// The errors are those of rdb.Cancel. Repeating it changes nothing.
func (i *Intake) Cancel(ctx context.Context, who store.Actor, n store.Number, reason string) error {
	reason, err := store.Reason(reason)
	if err != nil {
		return err
	}
	e, ok := i.Journal.Entry(n)
	if ok && e.State == journal.Pending {
		if i.flights.await(ctx, n, 2*i.Within) {
			e, ok = i.Journal.Entry(n)
		}
	}
	if ok && e.State == journal.Pending {
		wish := store.Cancellation{Who: who, Why: reason, At: i.Now().UTC()}
		if done, err := i.cancelPending(ctx, e, wish); done || err != nil {
			return err
		}
		e, _ = i.Journal.Entry(n)
	}
	if ok && e.State == journal.Finished && e.Alias != 0 {
		n = e.Alias
	}
	err = i.Pages.Cancel(ctx, who, n, reason)
	if store.KindOf(err) == store.NotFound { // another node may have promised it under a number that it does not bear
		if order, found := i.Pages.Order(ctx, n); found == nil && order.Number != n {
			return i.Pages.Cancel(ctx, who, order.Number, reason)
		}
	}
	return err
}

// cancelPending cancels an order in the journal. done is false when the order is in Redis after all.
func (i *Intake) cancelPending(ctx context.Context, e journal.Entry, wish store.Cancellation) (done bool, err error) {
	if order, _ := i.pending(ctx, e); order.Status != store.Received && e.Cancelled == nil {
		return false, nil
	}
	if err := store.CheckCancel(store.Received, wish.Who.Role); err != nil {
		return false, err
	}
	_, done, err = i.Journal.Cancel(ctx, e.Number, wish)
	if err != nil {
		return false, err
	}
	i.soon()
	return done, nil
}
