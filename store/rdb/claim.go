package rdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	claimLease = 5 * time.Second // how long a placement that does not finish is left alone
	claimKept  = 48 * time.Hour  // how long an idempotency key is remembered
	claimWait  = time.Second     // how long a double click waits for the first one's order
)

// errOtherWish says that the same key has made, or is making, another order.
var errOtherWish = errors.New("the idempotency key was used for another order")

// claim is a wish to place an order that this call has taken up, or that another has.
type claim struct {
	uid    string
	body   string // fingerprint of what is ordered
	number store.Number
	token  string // of the link that goes with the number
	turn   int    // how many have tried before and this one
	mine   bool   // false: somebody else is, or was, at it
	made   bool   // the accepted order was made before, under its own number
}

// claim takes up a wish, and reads the stock on the way. Invalid when the same key once meant another order.
//
// Whoever accepted an order may take its own claim up again at once; a claim of somebody else is left alone
// for a while. Each turn closes the door behind the turns before it, so that none of their steps, however
// late it arrives, can make the order any more.
func (s *Store) claim(ctx context.Context, a store.Acceptance, stock *siteReading) (claim, error) {
	begun := store.Order{Number: a.Number, UID: a.UID, Token: a.Token, PlacedAt: a.At, Lines: a.Draft.Lines}
	if err := s.giveLink(ctx, &begun); err != nil {
		return claim{}, err
	}
	c := claim{uid: a.UID, body: fingerprint(a.Draft), number: a.Number, token: begun.Token}
	result, owner, err := s.runClaim(ctx, c, stock, a.Told)
	if err != nil {
		return claim{}, err
	}
	if owner == a.UID {
		c.made = true
		return c, nil
	}
	word, details := answer(result)
	c.number, _ = store.ParseNumber(details[0])
	switch word {
	case "other":
		return c, &store.Error{
			Kind:    store.Invalid,
			Message: fmt.Sprintf("This idempotency key was already used for another order, %s.", c.number),
			Fields:  map[string]string{"idempotency_key": "Already used for an order with other content."},
			Err:     errOtherWish,
		}
	case "new", "again":
		c.mine, c.token = true, details[2]
		c.turn, _ = strconv.Atoi(details[1])
	}
	if word == "again" {
		made, err := s.overtake(ctx, c, stock.directory.WarehouseIDs)
		if c.mine = c.mine && !made; err != nil || made {
			return c, err
		}
		return c, s.readStock(ctx, stock) // it was read before an earlier turn gave back what it held
	}
	return c, nil
}

// overtake fences all earlier turns at a wish, and frees what they hold. It tells whether one of them has
// made the order: after this, none can.
//
// Keys: order:N:fence, <warehouse>:stock….
func (s *Store) overtake(ctx context.Context, c claim, warehouses []string) (made bool, err error) {
	last := firstAttempt(c.turn, 1) - 1
	made, err = s.fence(ctx, c.number, last)
	if err != nil || made {
		return made, err
	}
	held := make([]*redis.IntCmd, len(warehouses))
	if _, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, w := range warehouses {
			held[i] = p.Exists(ctx, s.keyReservation(w, c.number.String()))
		}
		return nil
	}); err != nil {
		return false, err
	}
	var holding []string
	for i, w := range warehouses {
		if held[i].Val() > 0 {
			holding = append(holding, w)
		}
	}
	if len(holding) == 0 {
		return false, nil
	}
	return false, s.release(ctx, store.Order{Number: c.number, UID: c.uid}, last, holding, "placing it was begun anew")
}

// fence refuses all attempts at an order up to this one, from now on, and tells whether the order exists.
// Keys: order:N:fence.
func (s *Store) fence(ctx context.Context, n store.Number, attempt int) (exists bool, err error) {
	return scriptFence.Run(ctx, s.client, []string{s.keyFence(n), s.keyStatus(n)}, attempt, int(claimKept.Seconds())).Bool()
}

// giveUp lets a wish of which nothing came be made again. If it cannot, the wish stays claimed for a
// few seconds, and then it may.
func (s *Store) giveUp(ctx context.Context, c claim) {
	if err := scriptUnclaim.Run(ctx, s.client, []string{keyIdempotency(c.uid)}, strconv.Itoa(c.turn)).Err(); err != nil {
		s.log.Debug("a wish stays claimed", "error", err)
	}
}

// runClaim sends the claim and the question for stock together, in one round trip; for an order that was
// told, with the question whose order bears its number.
func (s *Store) runClaim(ctx context.Context, c claim, stock *siteReading, told bool) (result any, owner string, err error) {
	keys := []string{keyIdempotency(c.uid)}
	args := []any{c.number.String(), c.body, s.now().UnixMilli(), claimLease.Milliseconds(), int(claimKept.Seconds()), s.node, c.token}
	var claimed *redis.Cmd
	var found *redis.StringCmd
	commands, _ := s.client.Pipelined(ctx, func(p redis.Pipeliner) error { // each answer is looked at below
		if told {
			found = p.HGet(ctx, s.keyOrder(c.number), "uid")
		}
		claimed = scriptClaim.EvalSha(ctx, p, keys, args...)
		stock.ask(ctx, p)
		return nil
	})
	if told {
		owner = found.Val()
	}
	commands = slices.DeleteFunc(commands, func(command redis.Cmder) bool { return command == redis.Cmder(claimed) })
	if err := stock.heard(commands); err != nil {
		return nil, "", err
	}
	if result, err = claimed.Result(); redis.HasErrorPrefix(err, "NOSCRIPT") {
		result, err = scriptClaim.Eval(ctx, s.client, keys, args...).Result()
	}
	return result, owner, err
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

// awaitOrder gives the order that another call with the same wish is making, or has made. Where nobody
// waits for the answer it does not wait either.
func (s *Store) awaitOrder(ctx context.Context, c claim, once bool) (store.Order, error) {
	for deadline := s.now().Add(claimWait); ; {
		order, err := s.Order(ctx, c.number)
		if err == nil && order.UID == c.uid && order.Version > 0 {
			return order, nil
		}
		if err != nil && store.KindOf(err) != store.NotFound {
			return store.Order{}, err
		}
		if once || s.now().After(deadline) {
			return store.Order{}, store.Busyf("This order is being placed at this moment. Please look again in a few seconds.")
		}
		select {
		case <-ctx.Done():
			return store.Order{}, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
