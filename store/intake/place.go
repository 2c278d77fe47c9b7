package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/seal"
)

// Place takes an order: it is checked, written down with a number and a link, and made in Redis. When Redis
// is not heard in time the order comes back as received: it is on this node's disk, and is made later.
// The same Caller and Key lead to the same order however often they come; created tells whether this call
// took it. When the key has already made another order, that order comes with the error.
//
// Keys: the journal, then those of rdb.Fulfil. Idempotent by the wish: on this node by the journal, between
// nodes by idem:<uid>.
//
// Errors: Invalid by field; Conflict with Short when there is too little; Unavailable when this node cannot
// write orders down. A refusal is never given for want of Redis.
func (i *Intake) Place(ctx context.Context, p store.Placement) (order store.Order, created bool, err error) {
	p.Draft = p.Draft.Clean()
	if err := cmp.Or(p.Draft.Check(), p.CheckKey()); err != nil {
		return store.Order{}, false, err
	}
	shop, err := i.Pages.Seal(ctx)
	if err != nil {
		return store.Order{}, false, err
	}
	uid := shop.Wish(p.Caller, p.Key)
	for range wishTries {
		if e, ok := i.Journal.Wish(uid); ok && e.State != journal.Refused {
			if order, err, again := i.repeat(ctx, e, p); !again {
				return order, false, err
			}
		}
		order, created, err = i.take(ctx, p, uid, shop)
		if !errors.Is(err, errTaken) {
			return order, created, err
		}
	}
	return store.Order{}, false, store.Busyf("This order is being placed at this moment. Please look again in a few seconds.")
}

const wishTries = 5 // how often a wish is looked up anew when others with the same wish come between

// errTaken says that another call has just taken the same wish, or the number.
var errTaken = errors.New("taken by another call")

// take writes an order down and makes it.
func (i *Intake) take(ctx context.Context, p store.Placement, uid string, shop *seal.Seal) (store.Order, bool, error) {
	directory, err := i.Directory(ctx)
	if err != nil {
		return store.Order{}, false, err
	}
	if refusal := directory.Takes(p.Draft); refusal != nil {
		return i.refusedAtTheDoor(ctx, p, refusal)
	}
	a := store.Acceptance{Placement: p, UID: uid, At: i.Now().UTC()}
	if a.Number, err = i.takeNumber(ctx); err != nil {
		return store.Order{}, false, err
	}
	if p.Draft.Parts {
		if a.Rest.Number, err = i.takeNumber(ctx); err != nil {
			return store.Order{}, false, err
		}
	}
	a.Token = shop.Token(seal.NewTicket(a.Number, uid, a.At, p.Draft.Lines))
	land := i.flights.begin(a.Number) // before it is in the journal, so that the replayer leaves it alone
	defer land()
	e, fresh, err := i.writeDown(ctx, a)
	if err != nil {
		return store.Order{}, false, err
	}
	if !fresh {
		return store.Order{}, false, errTaken
	}
	return i.attempt(ctx, e)
}

// refusedAtTheDoor answers for what the shop does not take. The same wish may have made an order when it
// still did.
func (i *Intake) refusedAtTheDoor(ctx context.Context, p store.Placement, refusal error) (store.Order, bool, error) {
	if !i.gate.open() {
		return store.Order{}, false, refusal
	}
	ctx, cancel := context.WithTimeout(ctx, i.Within)
	defer cancel()
	order, _, err := i.Live.PlacedBefore(ctx, p, refusal)
	if store.KindOf(err) == store.Unavailable {
		err = refusal
	}
	return order, false, err
}

// attempt makes a fresh order in Redis, if that can be done at once. Whatever goes wrong on the way, the
// order is in the journal, and the answer is that we have it; but a refusal is told only once the journal
// knows of it, for a refused order must never be made.
func (i *Intake) attempt(ctx context.Context, e journal.Entry) (store.Order, bool, error) {
	if !i.gate.open() || !i.admit(ctx) {
		return i.keep(e), true, nil
	}
	defer func() { <-i.room }()
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), i.Within)
	defer cancel()
	began := time.Now()
	order, created, err := i.Live.Fulfil(asking, e.Acceptance)
	i.pace.live(time.Since(began))
	switch kind := store.KindOf(err); {
	case err == nil:
		i.finish(e, alias(e, order))
		return order, created, nil
	case i.away(err):
		i.shut(err)
	case refuses(err):
		if _, failed := i.Journal.Refuse(context.WithoutCancel(ctx), e.Number); failed != nil {
			return store.Order{}, false, failed
		}
		return order, false, err
	case kind != store.Unavailable && kind != store.Conflict:
		i.Log.Error("an order could not be made, and is tried again", "order", e.Number, "error", err)
	default:
		i.Log.Debug("an order could not be made at once", "order", e.Number, "error", err)
	}
	i.soon()
	return i.keep(e), true, nil
}

// finish notes that Redis has an order. Until the journal knows of it too, the replayer leaves it alone.
func (i *Intake) finish(e journal.Entry, alias store.Number) {
	i.mu.Lock()
	i.finished[e.Number] = alias
	i.mu.Unlock()
	i.Journal.Finish(e.Number, alias, e.Cancelled != nil, func(err error) {
		if err == nil { // otherwise the replayer has it written down once more
			i.mu.Lock()
			delete(i.finished, e.Number)
			i.mu.Unlock()
		}
	})
}

// keep answers with the order as it was written down.
func (i *Intake) keep(e journal.Entry) store.Order {
	i.received.Add(1)
	return e.Order()
}

// refuses tells whether an error says that there can be no such order, as opposed to one that passes.
func refuses(err error) bool {
	kind := store.KindOf(err)
	return (kind == store.Conflict || kind == store.Invalid) && !errors.Is(err, store.ErrBusy)
}

// alias is the number under which an order was made, where it is not the promised one.
func alias(e journal.Entry, order store.Order) store.Number {
	if order.Number == e.Number {
		return 0
	}
	return order.Number
}

// repeat answers the same wish once more. again says that nothing has come of it, so that it may be made
// anew.
func (i *Intake) repeat(ctx context.Context, e journal.Entry, p store.Placement) (order store.Order, err error, again bool) { //nolint:revive // the error belongs to the order
	if i.flights.await(ctx, e.Number, 2*i.Within) {
		if now, ok := i.Journal.Wish(e.UID); !ok || now.State == journal.Refused {
			return store.Order{}, nil, true
		}
	}
	order, err = i.Order(ctx, e.Number)
	if err != nil {
		order = e.Order()
	}
	if !sameDraft(e.Draft, p.Draft) {
		return order, &store.Error{
			Kind:    store.Invalid,
			Message: fmt.Sprintf("This idempotency key was already used for another order, %s.", order.Number),
			Fields:  map[string]string{"idempotency_key": "Already used for an order with other content."},
		}, false
	}
	return order, nil, false
}

// sameDraft tells whether two drafts ask for the same.
func sameDraft(a, b store.Draft) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// writeDown puts an order into the journal.
func (i *Intake) writeDown(ctx context.Context, a store.Acceptance) (journal.Entry, bool, error) {
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), diskPatience)
	defer cancel()
	e, fresh, err := i.Journal.Accept(writing, a)
	switch {
	case errors.Is(err, journal.ErrNumberUsed):
		return e, false, errTaken
	case errors.Is(err, context.DeadlineExceeded):
		err = &store.Error{
			Kind: store.Unavailable, Err: err,
			Message: "Writing your order down takes too long, so we cannot promise it yet. Please send it again in a minute: however often it is sent, it is one order.",
		}
	}
	return e, fresh, err
}
