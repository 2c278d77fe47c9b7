package intake

import (
	"context"

	"waybill/store"
	"waybill/store/journal"
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
	return e.Order(), nil // Redis has forgotten it, and is going to be reminded
}

// pending gives an order that is not surely in Redis.
func (i *Intake) pending(ctx context.Context, e journal.Entry) (store.Order, error) {
	if e.Cancelled != nil || !i.gate.open() {
		return e.Order(), nil
	}
	asking, cancel := context.WithTimeout(ctx, i.Within)
	defer cancel()
	if order, err := i.Pages.Order(asking, e.Number); err == nil && order.UID == e.UID && order.Version > 0 {
		return order, nil
	}
	return e.Order(), nil
}

// OrderByToken gives the order that a customer's link leads to. NotFound for any word that is no link; an
// order of which only the link is known comes as store/rdb gives it, and says whether its customer has asked
// here to cancel it.
func (i *Intake) OrderByToken(ctx context.Context, token string) (store.Order, error) {
	if shop, err := i.Pages.Seal(ctx); err == nil {
		if ticket, ok := shop.Open(token); ok {
			if e, ok := i.Journal.Entry(ticket.Number); ok && ticket.Of(e.UID) && e.State == journal.Pending {
				return i.pending(ctx, e)
			}
		}
	}
	order, err := i.Pages.OrderByToken(ctx, token)
	if order.Version == 0 && order.Number != 0 {
		order.Unwanted = i.Journal.IsUnwanted(order.Number)
	}
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
		if done, err := i.cancelPending(ctx, who, e, reason); done || err != nil {
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
func (i *Intake) cancelPending(ctx context.Context, who store.Actor, e journal.Entry, reason string) (done bool, err error) {
	if order, _ := i.pending(ctx, e); order.Status != store.Received && e.Cancelled == nil {
		return false, nil
	}
	if err := store.CheckCancel(store.Received, who.Role); err != nil {
		return false, err
	}
	_, done, err = i.Journal.Cancel(ctx, e.Number, store.Cancellation{Who: who, Why: reason, At: i.Now().UTC()})
	if err != nil {
		i.disk.failed(err)
		return false, err
	}
	i.soon()
	return done, nil
}
