package rdb

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Fulfil makes an accepted order: it is routed, reserved and written under its number and link, and its
// transfers are raised. It finds the order that the same wish has made already; where that has another
// number, because another node or program was faster, the promised link leads to it too.
//
// An order of which somebody may have been told is made in any case: what cannot be sent, or was
// cancelled meanwhile, is made as cancelled, with the reason in its history.
//
// Keys: idem:<uid>, <warehouse>:stock… (reserve), order:N… (create), order:N:fence, track:<token>,
// alias:N, unsettled.orders. Emits placed, backordered or cancelled; received before it, if it was told. Idempotent
// by idem:<uid>, by the attempt that each reservation bears, and by the status key that create finds; the
// sweeper frees what a crash in between has left reserved.
//
// Errors: Invalid by field; Conflict with Short when there is too little; a Conflict with ErrBusy while the
// same wish is being placed elsewhere; Unavailable.
func (s *Store) Fulfil(ctx context.Context, a store.Acceptance) (order store.Order, created bool, err error) {
	if err := s.pass(); err != nil {
		return order, false, err
	}
	directory, err := s.Directory(ctx)
	if err == nil {
		order, created, err = s.fulfil(ctx, a, directory)
	}
	return order, created, wrap("place", err)
}

func (s *Store) fulfil(ctx context.Context, a store.Acceptance, directory store.Directory) (store.Order, bool, error) {
	stock := s.reading(directory, productsOf(a.Draft.Lines))
	stock.lenient = s.sharded()
	c, err := s.claim(ctx, a, stock)
	switch {
	case errors.Is(err, errOtherWish) && a.Told && !c.made:
		order, err := s.makeDouble(ctx, a, c)
		return order, err == nil, err
	case err != nil && !c.made:
		return s.earlier(ctx, c), false, err
	case !c.mine:
		order, err := s.madeBefore(ctx, a, c)
		return order, false, err
	}
	order, err := s.makeClaimed(ctx, a, c, stock)
	if err != nil {
		return store.Order{}, false, err
	}
	if unsettled(order) {
		if err := s.settle(ctx, order.Number); err != nil {
			s.log.Warn("left to the sweeper", "order", order.Number, "error", err)
		}
		if whole, err := s.Order(ctx, order.Number); err == nil {
			order = whole
		}
	}
	return order, true, nil
}

// madeBefore gives the order that the wish has led to before, leads the promised link to it and hears what
// its customer has said meanwhile.
func (s *Store) madeBefore(ctx context.Context, a store.Acceptance, c claim) (store.Order, error) {
	order, err := s.awaitOrder(ctx, c, a.Told)
	if err != nil {
		return store.Order{}, err
	}
	if err := s.leadTo(ctx, a, order); err != nil {
		return store.Order{}, err
	}
	if a.Cancelled == nil || order.Status == store.Cancelled {
		return order, nil
	}
	if err := s.Cancel(ctx, a.Cancelled.Who, order.Number, a.Cancelled.Why); err != nil {
		if kind := store.KindOf(err); kind == store.Conflict || kind == store.Forbidden { // it has left already
			s.log.Warn("an order was cancelled before it was made, and went all the same", "order", order.Number, "error", err)
			return order, nil
		}
		return store.Order{}, err
	}
	return s.Order(ctx, order.Number)
}

// makeClaimed makes the order of a wish that this call has taken up.
func (s *Store) makeClaimed(ctx context.Context, a store.Acceptance, c claim, stock *siteReading) (store.Order, error) {
	order := s.beginOrder(a, c)
	if err := s.giveLink(ctx, &order); err != nil {
		return store.Order{}, err
	}
	if err := s.leadTo(ctx, a, order); err != nil {
		return store.Order{}, err
	}
	if a.Cancelled != nil {
		return s.makeCancelled(ctx, order, c, store.Event{Who: a.Cancelled.Who, At: a.Cancelled.At, Why: a.Cancelled.Why})
	}
	var placed store.Order
	err := stock.directory.Takes(a.Draft)
	if err == nil {
		placed, err = s.placeClaimed(ctx, a, order, c, stock)
	}
	if err = atLines(err, a.Draft.Lines); !refuses(err) {
		return placed, err
	}
	if a.Told {
		return s.makeRefused(ctx, order, c, stock.directory, err)
	}
	s.giveUp(context.WithoutCancel(ctx), c)
	return store.Order{}, err
}

// refuses tells whether an error says that there can be no such order, as opposed to one that passes.
func refuses(err error) bool {
	kind := store.KindOf(err)
	return err != nil && (kind == store.Conflict || kind == store.Invalid) && !errors.Is(err, store.ErrBusy)
}

// leadTo leads the promised link, and the promised number, to an order that it does not tell of by itself: another node began it, under
// its own number; or the link was sealed by a shop that is no more.
func (s *Store) leadTo(ctx context.Context, a store.Acceptance, order store.Order) error {
	if a.Token == "" {
		return nil
	}
	shop, err := s.Seal(ctx)
	if err != nil {
		return err
	}
	if ticket, ok := shop.Open(a.Token); ok && ticket.Number == order.Number {
		return nil
	}
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, keyTrack(a.Token), order.Number.String(), 0)
		if a.Number != 0 && a.Number != order.Number {
			p.Set(ctx, keyAlias(a.Number), order.Number.String(), 0)
		}
		return nil
	})
	return failed(commands, err)
}

// beginOrder is the order of a wish before anything was decided.
func (s *Store) beginOrder(a store.Acceptance, c claim) store.Order {
	order := store.Order{
		Number: c.number, UID: c.uid, Token: c.token, Recipient: a.Draft.Recipient, At: a.To, Lines: a.Draft.Lines,
		Speed: a.Draft.Speed, Backorder: a.Draft.Backorder, PlacedAt: a.At,
	}
	if a.Told {
		order.History = []store.Event{a.Received()}
	}
	return order
}
