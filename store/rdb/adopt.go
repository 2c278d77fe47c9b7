package rdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// outsidersUID begins the uid of an order that an outside program wrote.
const outsidersUID = "outside."

// adopt makes an order that an outside program wrote one of ours: it is checked, routed and
// reserved like any other, and then goes the same way. It has no address, so the fewest transfers
// decide. An order that cannot be adopted (yet) is left as it is and shown to staff with the
// reason; it is looked at again on every pass.
//
// Keys: order:N…, its queue, attention; stock by reserve. Emits adopted. Idempotent: an order with a
// version is ours already.
func (s *Store) adopt(ctx context.Context, n store.Number, queue store.Status) error {
	directory, err := s.Directory(ctx)
	if err != nil {
		return err
	}
	order, err := s.outsiders(ctx, n)
	if err != nil || order.Version > 0 {
		return err
	}
	if reason := cannotAdopt(directory, order); reason != "" {
		return s.needsAttention(ctx, orderName(n), reason)
	}
	if !order.Status.Known() {
		order.Status = queue
	}
	order.UID = outsidersUID + n.String()
	var waitFor []store.Shortage
	turn := 0
	if order.Status == store.Received || order.Status == store.Backordered || order.Status == store.Placed || order.Status == store.Ready {
		if turn, err = s.adoptionTurn(ctx, n); turn == 0 || err != nil {
			return err
		}
		if waitFor, err = s.routeAdopted(ctx, &order, directory, turn); err != nil {
			return err
		}
	}
	return s.writeAdopted(ctx, order, queue, turn, waitFor)
}

// adoptionTurn begins a turn at adopting an order: of several looks that come to it at once only the latest may
// reserve for it and make it ours. 0 when another look has made it ours just before.
func (s *Store) adoptionTurn(ctx context.Context, n store.Number) (int, error) {
	turn, err := s.client.HIncrBy(ctx, s.keyOrder(n), "turn", 1).Result()
	if err != nil {
		return 0, wrap("adopt", err)
	}
	if order, err := s.outsiders(ctx, n); err != nil || order.Version > 0 {
		return 0, err
	}
	return int(turn), nil
}

// outsiders reads an order as an outside program wrote it; a zero order when it is not there.
func (s *Store) outsiders(ctx context.Context, n store.Number) (store.Order, error) {
	reading := s.orderReading(n)
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		reading.ask(ctx, p, false)
		return nil
	})
	if err := failed(commands, err); err != nil {
		return store.Order{}, wrap("read an outsider's order", err)
	}
	order, _ := reading.order()
	order.Number = n
	return order, nil
}

// cannotAdopt says why an order cannot be ours yet, in words for staff; "" when it can.
func cannotAdopt(directory store.Directory, o store.Order) string {
	var unknown []string
	for _, line := range o.Lines {
		if _, ok := directory.Products[line.Product]; !ok {
			unknown = append(unknown, short(line.Product))
		}
		if line.Quantity > store.MaxQuantity {
			return fmt.Sprintf("It asks for more than %d units of %s.", store.MaxQuantity, short(line.Product))
		}
	}
	switch {
	case len(o.Lines) == 0:
		return "An outside program wrote it without products. It will be looked at again."
	case len(o.Lines) > store.MaxLines:
		return fmt.Sprintf("It has more than %d different products.", store.MaxLines)
	case len(unknown) > 0:
		return "This shop does not know the product " + strings.Join(unknown[:min(3, len(unknown))], ", ") + "."
	}
	return ""
}

// needsAttention shows staff an order that cannot go on by itself. Keys: attention.
func (s *Store) needsAttention(ctx context.Context, member, reason string) error {
	n, _ := orderOf(member)
	at := s.partOfMember(member)
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, keyAttention(at), member, encode(store.Attention{Order: n, Member: short(member), Reason: reason, At: s.now().UTC()}))
		s.hint(ctx, p, at, liveAttention)
		return nil
	})
	return wrap("attention", err)
}

// needsNoAttention takes the note back. Keys: attention.
func (s *Store) needsNoAttention(ctx context.Context, member string) error {
	at := s.partOfMember(member)
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HDel(ctx, keyAttention(at), member)
		s.hint(ctx, p, at, liveAttention)
		return nil
	})
	return wrap("attention", err)
}

// routeAdopted plans and reserves an outsider's order. What is short is waited for: nobody is there
// to be refused.
func (s *Store) routeAdopted(ctx context.Context, o *store.Order, directory store.Directory, turn int) ([]store.Shortage, error) {
	o.Speed = store.Standard
	stock, err := s.stockFor(ctx, directory, o.Lines)
	if err != nil {
		return nil, wrap("adopt", err)
	}
	plan, attempt, err := s.routeAndReserve(ctx, *o, firstAttempt(adoptTurns+turn, 1), outsider, stock)
	if missing, ok := shortOf(err); ok {
		o.Status = store.Backordered
		return missing, nil
	}
	if err != nil {
		return nil, err
	}
	if o.Status != store.Ready {
		o.Status = store.Placed
	} else { // it is packed already, so nothing has to travel
		for i := range plan.Sources {
			plan.Sources[i].Transfer = ""
		}
	}
	o.Plan, o.Attempt = plan, attempt
	o.Warehouse, o.PromisedAt, o.FirstDate = plan.Assembly, plan.PromisedAt, plan.PromisedAt
	return nil, nil
}

// writeAdopted makes the order ours in one atomic step, unless it has changed since it was read, or a later turn is
// at it.
func (s *Store) writeAdopted(ctx context.Context, o store.Order, queue store.Status, turn int, waitFor []store.Shortage) error {
	n := o.Number
	o.Version, o.Outside, o.Token, o.PlacedAt = 1, true, "", s.now().UTC()
	if err := s.giveLink(ctx, &o); err != nil {
		return err
	}
	err := s.client.Watch(ctx, func(tx *redis.Tx) error {
		now, err := s.outsiders(ctx, n)
		if err != nil {
			return err
		}
		upTo, err := tx.Get(ctx, s.keyFence(n)).Int()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		latest, err := tx.HGet(ctx, s.keyOrder(n), "turn").Int()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		if now.Version > 0 || encode(now.Lines) != encode(o.Lines) || o.Attempt > 0 && upTo >= o.Attempt || turn > 0 && latest != turn {
			return redis.TxFailedErr
		}
		return s.execNew(ctx, tx, s.pictureOf(n, s.now().UTC()), func(p redis.Pipeliner) {
			s.adopted(ctx, p, o, queue)
			s.wait(ctx, p, o, waitFor)
		})
	}, s.keyStatus(n), s.keyOrder(n), s.keyLines(n), s.keyFence(n))
	if errors.Is(err, redis.TxFailedErr) { // it goes on changing: the next pass looks again
		return s.release(ctx, o, o.Attempt, placesOf(o.Plan), "the order changed while it was adopted")
	}
	if err != nil || !unsettled(o) {
		return wrap("adopt", err)
	}
	return s.settle(ctx, n)
}

func (s *Store) adopted(ctx context.Context, p redis.Pipeliner, o store.Order, queue store.Status) {
	n, at, now := o.Number, s.part(o.Number), o.PlacedAt
	p.HSet(ctx, s.keyOrder(n), map[string]any{
		"product_list": productList, "speed": string(store.Standard), "backorder": "true", "outside": "true",
		"uid": o.UID, "token": o.Token, "placed_at": stamp(now), "problem": "",
	})
	p.Del(ctx, s.keyLines(n), s.keyQuantities(n), s.keyHistory(n), s.keyPacked(n), s.keyMoving(n)) // whatever an outsider left there
	for _, line := range o.Lines {
		p.RPush(ctx, s.keyLines(n), line.Product)
		p.HSet(ctx, s.keyQuantities(n), line.Product, strconv.Itoa(line.Quantity))
		if o.Status == store.Ready {
			p.HSet(ctx, s.keyPacked(n), line.Product, strconv.Itoa(line.Quantity))
		}
	}
	s.writeMoving(ctx, p, o)
	s.record(ctx, p, store.Event{Order: n, Version: 1, Type: store.EventAdopted, Status: o.Status, At: now, Who: outsider, Data: planData(o.Plan)}, planned(o))
	p.LRem(ctx, keyQueue(s.part(n), queue), 1, orderName(n))
	s.enter(ctx, p, o)
	if o.Status == store.Sent {
		p.ZAdd(ctx, keyRun(s.part(n), nobody), redis.Z{Score: float64(now.Unix()), Member: orderName(n)})
	}
	s.countLoad(ctx, p, store.Order{}, o)
	s.hintOrder(ctx, p, store.Order{}, o)
	p.HDel(ctx, keyAttention(at), orderName(n))
	s.hint(ctx, p, at, liveAttention)
}
