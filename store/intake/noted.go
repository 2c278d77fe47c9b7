package intake

import (
	"context"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/seal"
)

// Nodes do not talk to one another. What a customer has asked one of them to do with an order that Redis does
// not have yet, the others learn from the customer: the answer bears a sealed note behind the link's token, and
// the browser, or the program, shows it to whichever node it comes to next. A note is believed as long as the
// wish that it tells of is kept (see unwantedKept), and no longer than until Redis has the order.

// read parts a reference into its token and the note behind it; nil when there is none that counts.
func (i *Intake) read(ctx context.Context, reference string) (token string, note *seal.Note) {
	token, text := store.SplitReference(reference)
	if text == "" {
		return token, nil
	}
	shop, err := i.Pages.Seal(ctx)
	if err != nil {
		return token, nil
	}
	if n, ok := shop.Note(reference); ok && i.counts(n) {
		return token, &n
	}
	return token, nil
}

// counts tells whether a note is believed still.
func (i *Intake) counts(n seal.Note) bool { return i.Now().Sub(n.At) < unwantedKept }

// noted puts a note behind a token; without the shop's key the token stays as it is. So it does where the note
// would not count: a page that were led to it would be led on to the next one for ever.
func (i *Intake) noted(ctx context.Context, token string, n seal.Note) string {
	shop, err := i.Pages.Seal(ctx)
	if err != nil || !i.counts(n) {
		return token
	}
	return shop.Noted(token, n)
}

// accepted is an order as this node has accepted it. The link of one that is cancelled says so to other nodes.
func (i *Intake) accepted(ctx context.Context, e journal.Entry) store.Order {
	order := e.Order()
	if e.Cancelled != nil {
		order.Token = i.noted(ctx, e.Token, seal.Note{Cancellation: *e.Cancelled, Done: true})
	}
	return order
}

// promised finds the order that this node has promised under a token and that is not surely in Redis.
func (i *Intake) promised(ctx context.Context, token string) (journal.Entry, bool) {
	shop, err := i.Pages.Seal(ctx)
	if err != nil {
		return journal.Entry{}, false
	}
	ticket, ok := shop.Open(token)
	if !ok {
		return journal.Entry{}, false
	}
	e, ok := i.Journal.Entry(ticket.Number)
	return e, ok && ticket.Of(e.UID) && e.State == journal.Pending
}

// promisedTo gives such an order to who comes with a reference. One that another node was asked to cancel is
// cancelled here, so that it is never placed.
func (i *Intake) promisedTo(ctx context.Context, e journal.Entry, reference string, note *seal.Note) (store.Order, error) {
	if note != nil && e.Cancelled == nil {
		e = i.heed(ctx, e, *note)
	}
	order, err := i.pending(ctx, e)
	switch {
	case note == nil:
	case e.Cancelled != nil && note.Done:
		order.Token = reference // it says all that there is to say
	case order.Status == store.Received:
		order.Unwanted, order.Token = note.At, reference
	}
	return order, err
}

// ended is an order of which only the link is known, and a note that says that it is cancelled.
func ended(order store.Order, reference string, note seal.Note) store.Order {
	order.Status, order.Token = store.Cancelled, reference
	order.History = []store.Event{{
		Order: order.Number, Version: 2, Type: store.EventType(store.Cancelled), Status: store.Cancelled, At: note.At, Who: note.Who, Why: note.Why,
	}}
	return order
}

// heed cancels an order that this node has promised as a note says: durable before it is shown. It gives the
// entry as it is then, which is as it was when the disk fails, or when Redis has the order after all: then who
// wrote the wish down sees to it. Idempotent: the first cancellation counts, and is replayed with the order.
func (i *Intake) heed(ctx context.Context, e journal.Entry, note seal.Note) journal.Entry {
	if i.Journal.Failing() != nil {
		return e
	}
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), diskPatience)
	defer cancel()
	if _, err := i.cancelPending(writing, e, note.Cancellation); err != nil {
		i.Log.Debug("an order that another node was asked to cancel could not be cancelled here", "order", e.Number, "error", err)
		return e
	}
	if now, ok := i.Journal.Entry(e.Number); ok {
		return now
	}
	return e
}
