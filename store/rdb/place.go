package rdb

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"waybill/store"
)

const (
	routeTries  = 8  // how often an order is routed anew when its stock is taken meanwhile
	numberTries = 20 // how many numbers are tried when others have taken them
)

// Place takes an order that no node has written down: it is checked, numbered and made. The same Caller
// and Key lead to the same order however often they come; created tells whether this call made it. When
// the key has already made another order, that order comes with the error.
//
// Keys: numbers, and those of Fulfil. Errors: as Fulfil.
func (s *Store) Place(ctx context.Context, p store.Placement) (store.Order, bool, error) {
	order, created, err := s.place(ctx, p)
	return order, created, wrap("place", err)
}

func (s *Store) place(ctx context.Context, p store.Placement) (store.Order, bool, error) {
	p.Draft = p.Draft.Clean()
	if err := cmp.Or(p.Draft.Check(), p.CheckKey()); err != nil {
		return store.Order{}, false, err
	}
	if err := s.pass(); err != nil {
		return store.Order{}, false, err
	}
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Order{}, false, err
	}
	if refusal := directory.Takes(p.Draft); refusal != nil {
		return s.placedBefore(ctx, p, refusal)
	}
	a := store.Acceptance{Placement: p, At: s.now().UTC(), Fixed: p.Number != 0}
	if a.UID, err = s.uid(ctx, p.Caller, p.Key); err != nil {
		return store.Order{}, false, err
	}
	if a.Number == 0 {
		if a.Number, err = s.number(ctx); err != nil {
			return store.Order{}, false, err
		}
	}
	return s.fulfil(ctx, a, directory)
}

// PlacedBefore gives the order that the same wish made when the shop still took it; otherwise the refusal
// comes back. Keys: idem:<uid>, order:N.
func (s *Store) PlacedBefore(ctx context.Context, p store.Placement, refusal error) (store.Order, bool, error) {
	order, created, err := s.placedBefore(ctx, p, refusal)
	return order, created, wrap("placed before", err)
}

// placedBefore gives the order that the same wish made when the shop still took it: what is sold, and
// where to, may have changed since. Otherwise the refusal stands.
func (s *Store) placedBefore(ctx context.Context, p store.Placement, refusal error) (store.Order, bool, error) {
	uid, err := s.uid(ctx, p.Caller, p.Key)
	if err != nil {
		return store.Order{}, false, err
	}
	before, err := s.client.HMGet(ctx, keyIdempotency(uid), "number", "body").Result()
	if err != nil {
		return store.Order{}, false, err
	}
	n, _ := store.ParseNumber(text(before[0]))
	if order := s.earlier(ctx, claim{uid: uid, number: n}); order.Number != 0 && text(before[1]) == fingerprint(p.Draft) {
		return order, false, nil
	}
	return store.Order{}, false, refusal
}

// atLines says at each line of which there is too little what is possible.
func atLines(err error, lines []store.Line) error {
	if e, ok := err.(*store.Error); ok && len(e.Short) > 0 {
		e.Fields = store.ShortFields(lines, e.Short)
	}
	return err
}

// placeClaimed routes, reserves and creates, again with fresh stock as long as others are faster.
func (s *Store) placeClaimed(ctx context.Context, a store.Acceptance, order store.Order, c claim, stock *siteReading) (store.Order, error) {
	for try := 1; ; try++ {
		placed, err := s.placeOnce(ctx, a, order, c.body, firstAttempt(c.turn, try), stock)
		if !errors.Is(err, errNumberTaken) {
			return placed, err
		}
		if err := s.release(ctx, order, placed.Attempt, placesOf(placed.Plan), "the number was taken"); err != nil {
			return store.Order{}, err
		}
		if a.Fixed || try == numberTries {
			return store.Order{}, store.Errorf(store.Conflict, "There is another order %s already.", order.Number)
		}
		if err := s.renumber(ctx, &order, c, stock); err != nil {
			return store.Order{}, err
		}
	}
}

// renumber gives an order another number, from another block: whoever took one has mostly taken its
// neighbours too. The link that tells the old number goes on leading to it. Keys: idem:<uid>, track:<token>.
func (s *Store) renumber(ctx context.Context, o *store.Order, c claim, stock *siteReading) error {
	n, err := s.numberBeyond(ctx, o.Number)
	if err != nil {
		return err
	}
	old := o.Token
	o.Number, o.Token = n, ""
	if err := s.giveLink(ctx, o); err != nil {
		return err
	}
	if c.mine {
		if err := s.client.HSet(ctx, keyIdempotency(c.uid), "number", n.String(), "token", o.Token).Err(); err != nil {
			return err
		}
	}
	if err := s.client.Set(ctx, keyTrack(old), n.String(), 0).Err(); err != nil {
		return err
	}
	return s.readStock(ctx, stock)
}

// placeOnce makes the order under one number: placed with what is there, or waiting for what is short if
// the customer agreed and so do the terms.
func (s *Store) placeOnce(ctx context.Context, a store.Acceptance, order store.Order, body string, attempt int, stock *siteReading) (store.Order, error) {
	plan, attempt, err := s.routeAndReserve(ctx, order, attempt, a.Who, stock)
	order.Attempt = attempt
	if short, ok := shortOf(err); ok && a.Draft.Backorder && mayWait(short) {
		if now, _ := store.Split(order.Lines, short); a.Draft.Parts && len(now) > 0 {
			return s.placeInParts(ctx, a, order, body, short, stock)
		}
		return s.placeToWait(ctx, a.Who, order, body, short, stock.directory)
	}
	if err != nil {
		return store.Order{}, err
	}
	order.Status, order.Plan = store.Placed, plan
	order.Warehouse, order.PromisedAt, order.FirstDate = plan.Assembly, plan.PromisedAt, plan.PromisedAt
	return s.createReserved(ctx, a.Who, order, body)
}

// createReserved is create for an order that has reserved what its plan takes. What lies where no plan knows of
// it, because a later attempt has made the order, or is about to and lets nobody before it make it, is freed
// again; what that one holds stays. One that was made to wait, or as cancelled, has no plan: it may lack just what
// this attempt has taken.
func (s *Store) createReserved(ctx context.Context, who store.Actor, order store.Order, body string) (store.Order, error) {
	made, err := s.create(ctx, who, order, body)
	var freed error
	switch after := context.WithoutCancel(ctx); {
	case err == nil && made.Attempt > order.Attempt:
		_, freed = s.move(after, s.clearing(made, placesOf(order.Plan))...)
	case err == nil && made.Attempt == 0:
		freed = s.release(after, order, order.Attempt, placesOf(order.Plan), "the order was made without it")
	case errors.Is(err, store.ErrBusy):
		freed = s.release(after, order, order.Attempt, placesOf(order.Plan), "a later attempt places the order")
	}
	if freed != nil {
		s.log.Warn("what was reserved is left to the sweeper", "order", order.Number, "error", freed)
	}
	return made, err
}

// placeToWait makes an order that waits. It stands in the queues before it exists, because only there
// can be said how many may wait; if it then is not made, it leaves them, and what a node leaves behind
// that dies in between is the sweeper's to remove.
func (s *Store) placeToWait(ctx context.Context, who store.Actor, order store.Order, body string, short []store.Shortage, directory store.Directory) (store.Order, error) {
	order.Status, order.Waits, order.ExpectedAt = store.Backordered, waitsFor(order, short), expected(short)
	full, err := s.joinQueues(ctx, order, order.Attempt, func(product string) int { return directory.Products[product].Terms.Cap })
	if err != nil {
		return order, err
	}
	if len(full) > 0 {
		return order, tooManyWait(short, full)
	}
	created, err := s.create(ctx, who, order, body)
	if errors.Is(err, errNumberTaken) || err != nil && store.KindOf(err) == store.Conflict { // it was surely not made
		if err := s.leaveQueues(context.WithoutCancel(ctx), order.Number, order.Waits); err != nil {
			s.log.Warn("claims are left to the sweeper", "order", order.Number, "error", err)
		}
	}
	return created, err
}

// tooManyWait says for which products an order may not wait, and how many units of them it might.
func tooManyWait(short []store.Shortage, full map[string]int) error {
	e := &store.Error{Kind: store.Conflict, Message: "So many orders wait for this already that no more are taken.", Short: short}
	for i := range short {
		room, is := full[short[i].Product]
		if is {
			short[i].Full, short[i].Room = true, room
		}
		if short[i].Room > 0 {
			e.Message = "So many units cannot be waited for."
		}
	}
	return e
}

// firstAttempt numbers the attempts to reserve, so that those of a later turn, or of a later try with
// another number, are later attempts: each routes anew routeTries times at the most.
func firstAttempt(turn, try int) int { return (turn-1)*1000 + (try-1)*10 + 1 }

// routeAndReserve finds a plan that holds: it is made from the stock as it was read, and made anew when
// somebody took a part of it before it was reserved. Conflict with Short when there is too little.
func (s *Store) routeAndReserve(ctx context.Context, o store.Order, attempt int, who store.Actor, stock *siteReading) (store.Plan, int, error) {
	for last := attempt + routeTries; ; attempt++ {
		request, sites := store.Request{Lines: o.Lines, To: o.At, Speed: o.Speed, Now: s.now(), Calendar: s.calendar()}, stock.sites()
		plan, err := store.Route(request, sites)
		if err != nil {
			if short, ok := shortOf(err); ok {
				stock.explain(short)
			}
			return store.Plan{}, attempt, cmp.Or(stock.away, err)
		}
		if stock.away != nil && o.Speed == store.SameDay && !request.KeepsSameDay(plan) {
			return store.Plan{}, attempt, stock.away
		}
		if o.Version == 0 && len(o.History) == 0 && o.Speed == store.SameDay && !request.KeepsSameDay(plan) { // one that was told goes as fast as it can
			return store.Plan{}, attempt, notToday(request.WhyNotToday(sites))
		}
		for i, source := range plan.Sources {
			if source.Warehouse != plan.Assembly {
				plan.Sources[i].Transfer = fmt.Sprintf("%s-%d-%s", o.Number, attempt, source.Warehouse)
			}
		}
		short, err := s.reserve(ctx, o, attempt, plan, who)
		if err != nil || len(short) == 0 {
			return plan, attempt, err
		}
		if attempt == last {
			return store.Plan{}, 0, contended(o, short)
		}
		if err := s.readStock(ctx, stock); err != nil {
			return store.Plan{}, 0, err
		}
	}
}

// contended says that others were faster each time. Whoever waits for the answer may try again; for an
// order that was told already, we do.
func contended(o store.Order, short []store.Shortage) error {
	err := store.Errorf(store.Conflict, "Others are ordering the same products at this moment. Please try again.")
	if len(o.History) > 0 {
		err.Err = store.ErrBusy
		return err
	}
	err.Short = short
	return err
}

// notToday refuses an order that cannot arrive on the day of ordering, as it was asked to.
func notToday(why string) error {
	return &store.Error{Kind: store.Invalid, Message: "This order cannot arrive today.", Fields: map[string]string{"speed": why + " Choose another speed."}}
}

// shortOf tells whether an error means that there is too little in stock.
func shortOf(err error) ([]store.Shortage, bool) {
	e, ok := err.(*store.Error)
	if !ok || len(e.Short) == 0 {
		return nil, false
	}
	return e.Short, true
}

// mayWait tells whether an order may wait for all that is missing. Whether so many may wait is for the
// queues to say.
func mayWait(short []store.Shortage) bool {
	return !slices.ContainsFunc(short, func(s store.Shortage) bool { return !s.Waits })
}

// fingerprint tells whether two drafts ask for the same.
func fingerprint(d store.Draft) string {
	sum := sha256.Sum256([]byte(encode(d)))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}
