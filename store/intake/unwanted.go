package intake

import (
	"context"
	"errors"
	"time"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/seal"
)

const (
	unwantedEvery = time.Second
	unwantedPiece = 100                 // orders looked for in one go
	unwantedKept  = 30 * 24 * time.Hour // the node that has accepted one may come back so late
)

// CancelByToken ends the order that a customer's link leads to. An order that another node has accepted, or
// that cannot be looked up now, is not this node's to end: then the wish is written down here, done is false,
// and the order is cancelled as soon as Redis has it, unless it has left by then. It gives the order as it was
// before; its Token bears the note that tells the other nodes, while they cannot know by themselves.
//
// The errors are those of Cancel and OrderByToken, and Unavailable when the disk fails. Repeating it changes
// nothing.
func (i *Intake) CancelByToken(ctx context.Context, who store.Actor, reference, reason string) (order store.Order, done bool, err error) {
	if reason, err = store.Reason(reason); err != nil {
		return order, false, err
	}
	order, err = i.OrderByToken(ctx, reference)
	switch {
	case err == nil && order.Version > 0:
		if err := i.Cancel(ctx, who, order.Number, reason); err != nil {
			return order, true, err
		}
		if e, ok := i.Journal.Entry(order.Number); ok && e.UID == order.UID && e.State == journal.Pending {
			order.Token = i.accepted(ctx, e).Token
		}
		return order, true, nil
	case err == nil && order.Status == store.Cancelled:
		return order, true, nil
	case err != nil && (store.KindOf(err) != store.Unavailable || order.Number == 0):
		return order, false, err
	}
	if err := store.CheckCancel(store.Received, who.Role); err != nil {
		return order, false, err
	}
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), diskPatience) // Redis may have had all the time that there was
	defer cancel()
	wish := store.Cancellation{Who: who, Why: reason, At: i.Now().UTC()}
	token, _ := store.SplitReference(order.Token)
	err = i.Journal.Unwant(writing, journal.Unwanted{Number: order.Number, Token: token, Cancellation: wish})
	if errors.Is(err, context.DeadlineExceeded) {
		err = &store.Error{
			Kind: store.Unavailable, Err: err,
			Message: "Writing down that you want to cancel takes too long, so we cannot promise it yet. Please try again in a minute.",
		}
	}
	if err != nil {
		return order, false, err
	}
	if order.Unwanted.IsZero() {
		order.Unwanted, order.Token = wish.At, i.noted(ctx, token, seal.Note{Cancellation: wish})
	}
	return order, false, nil
}

// cancelUnwanted cancels what CancelByToken has written down.
func (i *Intake) cancelUnwanted(ctx context.Context) error {
	tick := time.NewTicker(unwantedEvery)
	defer tick.Stop()
	for after := store.Number(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if !i.gate.open() {
			continue
		}
		list := i.Journal.Unwanted(after, unwantedPiece)
		after = 0 // from the first one again, unless there are more
		for n, wish := range list {
			if err := i.cancelOne(ctx, wish); err != nil {
				i.Log.Debug("an order that is not wanted any more could not be cancelled yet", "order", wish.Number, "error", err)
				if i.away(err) || ctx.Err() != nil {
					break
				}
			}
			if n == unwantedPiece-1 {
				after = wish.Number
			}
		}
	}
}

// cancelOne cancels one of them if Redis has it.
func (i *Intake) cancelOne(ctx context.Context, wish journal.Unwanted) error {
	ctx, cancel := context.WithTimeout(ctx, replayWithin)
	defer cancel()
	order, err := i.Patient.OrderByToken(ctx, wish.Token)
	if err == nil && order.Version > 0 {
		err = i.Patient.Cancel(ctx, wish.Who, order.Number, wish.Why)
	} else if i.Now().Sub(wish.At) < unwantedKept {
		return err // it is not there yet
	}
	switch kind := store.KindOf(err); {
	case err == nil:
	case (kind == store.Conflict || kind == store.Forbidden) && !errors.Is(err, store.ErrBusy):
		i.Log.Warn("an order was cancelled before this node knew of it, and went all the same", "order", order.Number, "error", err)
	case kind != store.NotFound:
		return err
	}
	i.Journal.Settle(wish.Number)
	return nil
}
