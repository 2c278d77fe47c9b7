package rdb

import (
	"context"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// tellTaken tells staff of an order that could not be put back. Keys: attention:waiting.
func (s *Store) tellTaken(ctx context.Context, n store.Number, kept image) error {
	s.log.Error("an order cannot be put back: another one bears its number", "order", n)
	reason := "Our records had been set back, and an order of " + kept.Hash["order_date"] + " could not be put back: this one bears its number by now. It is in the journal of the node that took it."
	return s.attend(ctx, s.part(n), func(p redis.Pipeliner) { p.HSet(ctx, keyNeeds(s.part(n)), orderName(n), encode(s.need(n, reason))) })
}

// restoreWays puts back what leads to an order: its customer's link, where that does not tell the number,
// and the idempotency key.
//
// Keys: track:<token>, idem:<uid>.
func (s *Store) restoreWays(ctx context.Context, n store.Number, kept image) error {
	uid, token := kept.Hash["uid"], kept.Hash["token"]
	shop, err := s.Seal(ctx)
	if err != nil {
		return err
	}
	ticket, sealed := shop.Open(token)
	left := unstamp(kept.Hash["placed_at"]).Add(claimKept).Sub(s.now())
	_, err = s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		if !sealed || ticket.Number != n {
			p.Set(ctx, keyTrack(token), n.String(), 0)
		}
		if left > 0 && kept.Hash["body"] != "" {
			key := keyIdempotency(uid)
			p.HSetNX(ctx, key, "number", n.String())
			p.HSetNX(ctx, key, "body", kept.Hash["body"])
			p.HSetNX(ctx, key, "claim", "1")
			p.HSetNX(ctx, key, "at", strconv.FormatInt(unstamp(kept.Hash["placed_at"]).UnixMilli(), 10))
			p.Expire(ctx, key, left)
		}
		return nil
	})
	return err
}

// LeadAgain leads the links and numbers that a node has promised to the orders that they became under other
// numbers, for Redis may have forgotten that. Keys: track:<token>, alias:N.
func (s *Store) LeadAgain(ctx context.Context, told []journal.Entry) error {
	if len(told) == 0 {
		return nil
	}
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, e := range told {
			p.SetNX(ctx, keyTrack(e.Token), e.Alias.String(), 0)
			p.SetNX(ctx, keyAlias(e.Number), e.Alias.String(), 0)
		}
		return nil
	})
	return wrap("lead to orders again", failed(commands, err))
}

// madeAgain tells whether the wish of a lost order, of which nothing has been packed yet, has made another
// order meanwhile: its customer has asked again. Then that one is the order, and both links lead to it.
func (s *Store) madeAgain(ctx context.Context, n store.Number, kept image) (bool, error) {
	number, err := s.client.HGet(ctx, keyIdempotency(kept.Hash["uid"]), "number").Result()
	if errors.Is(err, redis.Nil) || err == nil && number == n.String() {
		return false, nil
	}
	other, ok := store.ParseNumber(number)
	if err != nil || !ok {
		return false, err
	}
	lost, err := s.client.Exists(ctx, s.keyOrder(n)).Result()
	if err != nil || lost != 0 {
		return false, err
	}
	uid, err := s.client.HGet(ctx, s.keyOrder(other), "uid").Result()
	if errors.Is(err, redis.Nil) || uid != kept.Hash["uid"] {
		return false, nil
	}
	o, _ := kept.order(n)
	if err != nil || units(o.Packed) > 0 || through(o.Status) || o.Status == store.Ready {
		return false, err
	}
	return true, s.client.Set(ctx, keyTrack(o.Token), other.String(), 0).Err()
}
