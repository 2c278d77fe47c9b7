package rdb

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const splitTries = 4 // how often an order is parted anew when its stock is taken meanwhile

// placeInParts makes an order of what is there now, and a second one, linked to it, of the rest, which
// waits. The first one names the second, with its number and link, in the same step in which it is made;
// the second is an effect of the first, which settle sees to and the sweeper finishes. So the two are
// made once, or neither is.
//
// Keys: <warehouse>:stock… (reserve), product:<id>:waiting (for the rest, within its limits), order:N….
// Emits placed, then backordered.
func (s *Store) placeInParts(ctx context.Context, a store.Acceptance, whole store.Order, body string, short []store.Shortage, stock *siteReading) (store.Order, error) {
	who, directory := a.Who, stock.directory
	first, err := s.namePart(ctx, whole, a.Rest.Number)
	if err != nil {
		return whole, err
	}
	for try := 1; ; try++ {
		first.Lines, first.Rest = store.Split(whole.Lines, short)
		if stock, err = s.stockFor(ctx, directory, first.Lines); err != nil {
			return whole, err
		}
		plan, attempt, err := s.routeAndReserve(ctx, first, first.Attempt+1, who, stock)
		if less, ok := shortOf(err); ok && try < splitTries {
			if short = shrink(whole.Lines, short, less); len(short) == 0 {
				return whole, err
			}
			first.Attempt = attempt
			continue
		}
		if err != nil {
			return whole, err
		}
		first.Status, first.Plan, first.Attempt = store.Placed, plan, attempt
		first.Warehouse, first.PromisedAt, first.FirstDate = plan.Assembly, plan.PromisedAt, plan.PromisedAt
		return s.createParts(ctx, who, first, body, short, directory)
	}
}

// namePart gives an order the number of its rest: the promised one if it is free.
func (s *Store) namePart(ctx context.Context, order store.Order, promised store.Number) (store.Order, error) {
	for n := promised; ; n = 0 {
		if n == 0 {
			var err error
			if n, err = s.number(ctx); err != nil {
				return order, err
			}
		}
		taken, err := s.client.Exists(ctx, s.keyOrder(n), s.keyStatus(n), s.keyLines(n)).Result()
		if err != nil {
			return order, err
		}
		if order.Child = (store.Part{Number: n}); taken == 0 {
			return order, nil
		}
	}
}

// shrink gives what is short of all lines, now that less is left of some than was thought. Nothing, when
// there is nothing left to send now, or a product has run out that may not be waited for.
func shrink(lines []store.Line, short, less []store.Shortage) []store.Shortage {
	left := map[string]store.Shortage{}
	for _, s := range append(short, less...) {
		s.Wanted = store.Quantity(lines, s.Product)
		left[s.Product] = s
	}
	var all []store.Shortage
	for _, product := range sortedKeys(left) {
		all = append(all, left[product])
	}
	if now, _ := store.Split(lines, all); len(now) == 0 || !mayWait(all) {
		return nil
	}
	return all
}

// createParts puts the rest into its queues and makes the first part. When that fails for good, nothing
// stays behind; when the node dies, the sweeper frees what was taken for orders that were not made.
func (s *Store) createParts(ctx context.Context, who store.Actor, first store.Order, body string, short []store.Shortage, directory store.Directory) (store.Order, error) {
	rest := restOf(first)
	if err := s.giveLink(ctx, &rest); err != nil {
		return first, err
	}
	first.Child.Token, first.ExpectedAt = rest.Token, expected(short)
	full, err := s.joinQueues(ctx, rest, first.Attempt, func(product string) int { return directory.Products[product].Terms.Cap })
	if err != nil {
		return first, err
	}
	if len(full) > 0 {
		if err := s.release(ctx, first, first.Attempt, placesOf(first.Plan), "the rest may not wait"); err != nil {
			return first, err
		}
		return first, tooManyWait(short, full)
	}
	created, err := s.createReserved(ctx, who, first, body)
	if errors.Is(err, errNumberTaken) || err != nil && store.KindOf(err) == store.Conflict { // it was surely not made
		if err := s.leaveQueues(context.WithoutCancel(ctx), rest.Number, rest.Waits); err != nil {
			s.log.Warn("claims are left to the sweeper", "order", rest.Number, "error", err)
		}
	}
	return created, err
}

// restOf is the second part of an order, as the first one describes it.
func restOf(first store.Order) store.Order {
	return store.Order{
		Number: first.Child.Number, UID: first.UID + ".rest", Token: first.Child.Token,
		Parent: store.Part{Number: first.Number, Token: first.Token}, Recipient: first.Recipient, At: first.At,
		Lines: first.Rest, Waits: first.Rest, Speed: first.Speed, Backorder: true,
		Status: store.Backordered, PlacedAt: first.PlacedAt, ExpectedAt: first.ExpectedAt,
	}
}

// makeRest makes the second part of an order, unless it is there. If somebody else's order has taken its
// number, a person has to see to it.
func (s *Store) makeRest(ctx context.Context, first store.Order) error {
	if first.Child.Number == 0 {
		return nil
	}
	rest := restOf(first)
	owner, err := s.client.HMGet(ctx, s.keyOrder(rest.Number), "uid").Result()
	if err != nil || text(owner[0]) == rest.UID {
		return err
	}
	who := store.Itself
	if len(first.History) > 0 {
		who = first.History[0].Who
	}
	if _, err := s.create(ctx, who, rest, ""); errors.Is(err, errNumberTaken) {
		reason := "The rest of this order could not be made: another order bears the number " + rest.Number.String() + "."
		return s.attend(ctx, s.part(first.Number), func(p redis.Pipeliner) {
			p.HSet(ctx, keyNeeds(s.part(first.Number)), orderName(first.Number), encode(s.need(first.Number, reason)))
		})
	} else if err != nil {
		return err
	}
	return s.settle(ctx, rest.Number)
}
