package rdb

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	routeTries  = 8               // how often an order is routed anew when its stock is taken meanwhile
	numberTries = 20              // how many numbers are tried when others have taken them
	claimLease  = 5 * time.Second // how long a placement that does not finish is left alone
	claimKept   = 48 * time.Hour  // how long an idempotency key is remembered
	claimWait   = time.Second     // how long a double click waits for the first one's order
)

// Place takes an order: it is checked, numbered, routed, reserved and written, and its transfers
// are raised. The same Caller and Key lead to the same order however often they come; created
// tells whether this call made it. When the key has already made another order, that order comes
// with the error.
//
// Keys: idem:<uid>, numbers, <warehouse>:stock… (reserve), order:N… (create), unsettled.orders.
// Emits placed or backordered. Idempotent by idem:<uid>, by the attempt that each reservation
// bears, and by the status key that create finds; the sweeper frees what a crash in between has
// left reserved.
//
// Errors: Invalid by field; Conflict with Short when there is too little; Conflict while the same
// wish is being placed elsewhere; Unavailable.
func (s *Store) Place(ctx context.Context, p store.Placement) (store.Order, bool, error) {
	order, created, err := s.place(ctx, p)
	return order, created, wrap("place", err)
}

func (s *Store) place(ctx context.Context, p store.Placement) (store.Order, bool, error) {
	p.Draft = p.Draft.Clean()
	if err := p.Draft.Check(); err != nil {
		return store.Order{}, false, err
	}
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Order{}, false, err
	}
	if refusal := directory.Takes(p.Draft); refusal != nil {
		return s.placedBefore(ctx, p, refusal)
	}
	stock := s.reading(directory, productsOf(p.Draft.Lines))
	claim, err := s.claim(ctx, p, stock)
	if err != nil {
		return s.earlier(ctx, claim), false, err
	}
	if !claim.mine {
		order, err := s.awaitOrder(ctx, claim)
		return order, false, err
	}
	order, err := s.placeClaimed(ctx, p, claim, stock)
	if err != nil {
		if kind := store.KindOf(err); kind == store.Conflict || kind == store.Invalid {
			s.giveUp(context.WithoutCancel(ctx), claim)
		}
		return store.Order{}, false, atLines(err, p.Draft.Lines)
	}
	if unsettled(order) {
		s.settleSoon(ctx, order.Number)
		order, err = s.Order(ctx, order.Number)
	}
	return order, true, err
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

// claim is a wish to place an order that this call has taken up, or that another has.
type claim struct {
	uid    string
	body   string // fingerprint of what is ordered
	number store.Number
	turn   int  // how many have tried before and this one
	mine   bool // false: somebody else is, or was, at it
}

// claim takes up a wish, and reads the stock on the way. Invalid when the same key once meant another order.
func (s *Store) claim(ctx context.Context, p store.Placement, stock *siteReading) (claim, error) {
	if len(p.Key) < 1 || len(p.Key) > 255 {
		return claim{}, &store.Error{Kind: store.Invalid, Message: "The idempotency key must have 1 to 255 characters.", Fields: map[string]string{"idempotency_key": "Send 1 to 255 characters."}}
	}
	c := claim{body: fingerprint(p.Draft), number: p.Number}
	var err error
	if c.uid, err = s.uid(ctx, p.Caller, p.Key); err != nil {
		return claim{}, err
	}
	if c.number == 0 {
		if c.number, err = s.number(ctx); err != nil {
			return claim{}, err
		}
	}
	result, err := s.runClaim(ctx, c, stock)
	if err != nil {
		return claim{}, err
	}
	word, details := answer(result)
	c.number, _ = store.ParseNumber(details[0])
	switch word {
	case "other":
		return c, &store.Error{
			Kind:    store.Invalid,
			Message: fmt.Sprintf("This idempotency key was already used for another order, %s.", c.number),
			Fields:  map[string]string{"idempotency_key": "Already used for an order with other content."},
		}
	case "new", "again":
		c.mine = true
		c.turn, _ = strconv.Atoi(details[1])
	}
	if word == "again" { // the order may have been made all the same
		if exists, err := s.client.Exists(ctx, s.keyStatus(c.number)).Result(); err != nil || exists == 1 {
			c.mine = false
			return c, err
		}
	}
	return c, nil
}

// giveUp lets a wish of which nothing came be made again. If it cannot, the wish stays claimed for a
// few seconds, and then it may.
func (s *Store) giveUp(ctx context.Context, c claim) {
	if err := scriptUnclaim.Run(ctx, s.client, []string{keyIdempotency(c.uid)}, strconv.Itoa(c.turn)).Err(); err != nil {
		s.log.Debug("a wish stays claimed", "error", err)
	}
}

// runClaim sends the claim and the question for stock together, in one round trip.
func (s *Store) runClaim(ctx context.Context, c claim, stock *siteReading) (any, error) {
	keys := []string{keyIdempotency(c.uid)}
	args := []any{c.number.String(), c.body, s.now().UnixMilli(), claimLease.Milliseconds(), int(claimKept.Seconds())}
	var claimed *redis.Cmd
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		claimed = scriptClaim.EvalSha(ctx, p, keys, args...)
		stock.ask(ctx, p)
		return nil
	})
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		return scriptClaim.Eval(ctx, s.client, keys, args...).Result()
	}
	return claimed.Val(), err
}

// earlier gives the order that a wish has led to before, if there is one.
func (s *Store) earlier(ctx context.Context, c claim) store.Order {
	if c.uid == "" || c.number == 0 {
		return store.Order{}
	}
	order, err := s.Order(ctx, c.number)
	if err != nil || order.UID != c.uid {
		return store.Order{}
	}
	return order
}

// awaitOrder gives the order that another call with the same wish is making, or has made.
func (s *Store) awaitOrder(ctx context.Context, c claim) (store.Order, error) {
	for deadline := s.now().Add(claimWait); ; {
		order, err := s.Order(ctx, c.number)
		if err == nil && order.UID == c.uid && order.Version > 0 {
			return order, nil
		}
		if err != nil && store.KindOf(err) != store.NotFound {
			return store.Order{}, err
		}
		if s.now().After(deadline) {
			return store.Order{}, store.Errorf(store.Conflict, "This order is being placed at this moment. Please look again in a few seconds.")
		}
		select {
		case <-ctx.Done():
			return store.Order{}, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// placeClaimed routes, reserves and creates, again with fresh stock as long as others are faster.
func (s *Store) placeClaimed(ctx context.Context, p store.Placement, c claim, stock *siteReading) (store.Order, error) {
	order := store.Order{
		Number: c.number, UID: c.uid, Token: p.Token, Recipient: p.Draft.Recipient, At: p.To, Lines: p.Draft.Lines,
		Speed: p.Draft.Speed, Backorder: p.Draft.Backorder, PlacedAt: s.now().UTC(),
	}
	if err := s.giveLink(ctx, &order); err != nil {
		return store.Order{}, err
	}
	for try := 1; ; try++ {
		placed, err := s.placeOnce(ctx, p, order, c.body, firstAttempt(c.turn, try), stock)
		if !errors.Is(err, errNumberTaken) {
			return placed, err
		}
		if err := s.release(ctx, order, placed.Attempt, warehousesOf(placed.Plan), "the number was taken"); err != nil {
			return store.Order{}, err
		}
		if p.Number != 0 || try == numberTries {
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
	s.dropNumbers()
	n, err := s.number(ctx)
	if err != nil {
		return err
	}
	old := o.Token
	o.Number, o.Token = n, ""
	if err := s.giveLink(ctx, o); err != nil {
		return err
	}
	if err := s.client.HSet(ctx, keyIdempotency(c.uid), "number", n.String()).Err(); err != nil {
		return err
	}
	if err := s.client.Set(ctx, keyTrack(old), n.String(), 0).Err(); err != nil {
		return err
	}
	return s.readStock(ctx, stock)
}

// placeOnce makes the order under one number: placed with what is there, or waiting for what is short if
// the customer agreed and so do the terms.
func (s *Store) placeOnce(ctx context.Context, p store.Placement, order store.Order, body string, attempt int, stock *siteReading) (store.Order, error) {
	plan, attempt, err := s.routeAndReserve(ctx, order, attempt, p.Who, stock)
	order.Attempt = attempt
	if short, ok := shortOf(err); ok && p.Draft.Backorder && mayWait(short) {
		if now, _ := store.Split(order.Lines, short); p.Draft.Parts && len(now) > 0 {
			return s.placeInParts(ctx, p.Who, order, body, short, stock)
		}
		return s.placeToWait(ctx, p.Who, order, body, short, stock.directory)
	}
	if err != nil {
		return store.Order{}, err
	}
	order.Status, order.Plan = store.Placed, plan
	order.Warehouse, order.PromisedAt, order.FirstDate = plan.Assembly, plan.PromisedAt, plan.PromisedAt
	return s.create(ctx, p.Who, order, body)
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

// tooManyWait says for which products no more orders may wait.
func tooManyWait(short []store.Shortage, full []string) error {
	for i := range short {
		short[i].Full = short[i].Full || slices.Contains(full, short[i].Product)
	}
	return &store.Error{Kind: store.Conflict, Message: "So many orders wait for this already that no more are taken.", Short: short}
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
			return store.Plan{}, attempt, err
		}
		if o.Version == 0 && o.Speed == store.SameDay && !request.KeepsSameDay(plan) { // one that is placed already goes as fast as it can
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
			return store.Plan{}, 0, &store.Error{Kind: store.Conflict, Message: "Others are ordering the same products at this moment. Please try again.", Short: short}
		}
		if err := s.readStock(ctx, stock); err != nil {
			return store.Plan{}, 0, err
		}
	}
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
