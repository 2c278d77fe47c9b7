package rdb

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
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
	if err := known(directory, p.Draft.Lines); err != nil {
		return store.Order{}, false, err
	}
	stock := siteReading{directory: directory, products: productsOf(p.Draft.Lines)}
	claim, err := s.claim(ctx, p, &stock)
	if err != nil {
		return s.earlier(ctx, claim), false, err
	}
	if !claim.mine {
		order, err := s.awaitOrder(ctx, claim)
		return order, false, err
	}
	order, err := s.placeClaimed(ctx, p, claim, &stock)
	if err != nil {
		if kind := store.KindOf(err); kind == store.Conflict || kind == store.Invalid {
			s.giveUp(context.WithoutCancel(ctx), claim)
		}
		return store.Order{}, false, err
	}
	if unsettled(order) {
		s.settleSoon(ctx, order.Number)
		order, err = s.Order(ctx, order.Number)
	}
	return order, true, err
}

// known says which lines name a product that the shop does not have.
func known(directory store.Directory, lines []store.Line) error {
	fields := map[string]string{}
	for i, line := range lines {
		if _, ok := directory.Products[line.Product]; !ok {
			fields[fmt.Sprintf("lines[%d].product", i)] = fmt.Sprintf("There is no product %s in this shop.", line.Product)
		}
	}
	if len(fields) > 0 {
		return &store.Error{Kind: store.Invalid, Message: "Some products of this order are not known.", Fields: fields}
	}
	return nil
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
		if exists, err := s.client.Exists(ctx, keyStatus(c.number)).Result(); err != nil || exists == 1 {
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
		Number: c.number, UID: c.uid, Token: s.newID(), Recipient: p.Draft.Recipient, At: p.To, Lines: p.Draft.Lines,
		Speed: p.Draft.Speed, Backorder: p.Draft.Backorder, PlacedAt: s.now().UTC(),
	}
	for try := 1; ; try++ {
		plan, attempt, err := s.routeAndReserve(ctx, order, firstAttempt(c.turn, try), p.Who, stock)
		switch short, ok := shortOf(err); {
		case ok && mayWait(p.Draft, stock.directory, short):
			order.Status = store.Backordered
			order, err = s.create(ctx, p.Who, order, c.body, short)
		case errors.Is(err, errNumberTaken): // by somebody who holds stock under it
		case err != nil:
			return store.Order{}, err
		default:
			order.Status, order.Plan, order.Attempt = store.Placed, plan, attempt
			order.Warehouse, order.PromisedAt, order.FirstDate = plan.Assembly, plan.PromisedAt, plan.PromisedAt
			order, err = s.create(ctx, p.Who, order, c.body, nil)
		}
		if !errors.Is(err, errNumberTaken) {
			return order, err
		}
		if err := s.release(ctx, order, order.Attempt, warehousesOf(order.Plan), "the number was taken"); err != nil {
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
// neighbours too.
func (s *Store) renumber(ctx context.Context, o *store.Order, c claim, stock *siteReading) error {
	s.dropNumbers()
	n, err := s.number(ctx)
	if err != nil {
		return err
	}
	o.Number = n
	if err := s.client.HSet(ctx, keyIdempotency(c.uid), "number", n.String()).Err(); err != nil {
		return err
	}
	return s.readStock(ctx, stock)
}

// firstAttempt numbers the attempts to reserve, so that those of a later turn, or of a later try with
// another number, are later attempts: each routes anew routeTries times at the most.
func firstAttempt(turn, try int) int { return (turn-1)*1000 + (try-1)*10 + 1 }

// routeAndReserve finds a plan that holds: it is made from the stock as it was read, and made anew when
// somebody took a part of it before it was reserved. Conflict with Short when there is too little.
func (s *Store) routeAndReserve(ctx context.Context, o store.Order, attempt int, who store.Actor, stock *siteReading) (store.Plan, int, error) {
	for last := attempt + routeTries; ; attempt++ {
		plan, err := store.Route(store.Request{Lines: o.Lines, To: o.At, Speed: o.Speed, Now: s.now(), Calendar: s.calendar()}, stock.sites())
		if err != nil {
			return store.Plan{}, 0, err
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

// stockFor reads what all warehouses have of the products of some lines.
func (s *Store) stockFor(ctx context.Context, directory store.Directory, lines []store.Line) (*siteReading, error) {
	stock := &siteReading{directory: directory, products: productsOf(lines)}
	return stock, s.readStock(ctx, stock)
}

// shortOf tells whether an error means that there is too little in stock.
func shortOf(err error) ([]store.Shortage, bool) {
	e, ok := err.(*store.Error)
	if !ok || len(e.Short) == 0 {
		return nil, false
	}
	return e.Short, true
}

// mayWait tells whether an order may wait for what is missing: the customer agreed, and so do
// the terms of each missing product.
func mayWait(d store.Draft, directory store.Directory, short []store.Shortage) bool {
	for _, s := range short {
		if !directory.Products[s.Product].Backorder {
			return false
		}
	}
	return d.Backorder
}

// fingerprint tells whether two drafts ask for the same.
func fingerprint(d store.Draft) string {
	sum := sha256.Sum256([]byte(encode(d)))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}
