package rdb

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// rewriteLines writes an order's products and quantities anew.
func (s *Store) rewriteLines(ctx context.Context, p redis.Pipeliner, n store.Number, lines []store.Line) {
	p.Del(ctx, s.keyLines(n), s.keyQuantities(n))
	for _, line := range lines {
		p.RPush(ctx, s.keyLines(n), line.Product)
		p.HSet(ctx, s.keyQuantities(n), line.Product, line.Quantity)
	}
}

// editPlaced changes the lines of an order that is being assembled.
func (s *Store) editPlaced(ctx context.Context, who store.Actor, order store.Order, e store.Edit, directory store.Directory) error {
	if err := s.itself().settle(ctx, order.Number); err != nil { // what an earlier change has left to do
		return err
	}
	plan, ed, err := s.routeEdition(ctx, who, order, e, directory)
	if err != nil {
		return err
	}
	if err := s.writeEdition(ctx, who, order, e, plan, ed); err != nil {
		if errors.Is(err, errTwin) {
			return errors.Join(s.dropEdition(ctx, who, order, ed), s.doneBefore(ctx, aboutOrder+order.Number.String()))
		}
		if kind := store.KindOf(err); kind == store.Conflict || kind == store.NotFound || kind == store.Forbidden {
			return errors.Join(err, s.dropEdition(ctx, who, order, ed))
		}
		return err // whether it was written nobody knows: the sweeper judges what is reserved
	}
	s.settleSoon(ctx, order.Number)
	return nil
}

// routeEdition plans the changed order, with what it holds counted as free, and reserves what it wants
// beyond that; again with fresh stock as long as others are faster.
func (s *Store) routeEdition(ctx context.Context, who store.Actor, order store.Order, e store.Edit, directory store.Directory) (store.Plan, edition, error) {
	turn, err := s.client.HIncrBy(ctx, s.keyOrder(order.Number), "turn", 1).Result()
	if err != nil {
		return store.Plan{}, edition{}, err
	}
	for attempt, try := firstAttempt(laterTurns+int(turn), 1), 0; ; attempt, try = attempt+1, try+1 {
		stock, err := s.stockFor(ctx, directory, e.Draft.Lines)
		if err != nil {
			return store.Plan{}, edition{}, err
		}
		sites := stock.sites()
		giveBack(sites, order)
		request := store.Request{Lines: e.Draft.Lines, To: e.To, Speed: e.Draft.Speed, Now: s.now(), Calendar: s.calendar()}
		plan, err := store.Route(request, sites)
		if err == nil {
			err = keepsToday(request, order, plan, sites)
		}
		if err != nil {
			return store.Plan{}, edition{}, err
		}
		nameTransfers(order.Number, order.Plan, &plan, attempt)
		ed := newEdition(order.Plan, plan, attempt)
		short, err := s.holdEdition(ctx, who, order, plan, ed)
		if err != nil || len(short) == 0 {
			return plan, ed, err
		}
		if try == routeTries {
			return store.Plan{}, edition{}, &store.Error{Kind: store.Conflict, Message: "Others are ordering the same products at this moment. Please try again.", Short: short}
		}
	}
}

// giveBack counts what a placed order holds as free, and its place in the day's load as empty: as if it
// were not there.
func giveBack(sites []store.Site, o store.Order) {
	for i, site := range sites {
		for _, line := range linesAt(o.Plan, site.Warehouse.ID) {
			sites[i].Free[line.Product] += line.Quantity
		}
		if site.Warehouse.ID == o.Warehouse && site.Load != nil {
			sites[i].Load[o.Plan.LeavesOn]--
		}
	}
}

// keepsToday refuses the same day as a new wish if it cannot be kept.
func keepsToday(request store.Request, o store.Order, plan store.Plan, sites []store.Site) error {
	if request.Speed == store.SameDay && o.Speed != store.SameDay && !request.KeepsSameDay(plan) {
		return notToday(request.WhyNotToday(sites))
	}
	return nil
}

// errTwin says that the very same edit was written by another call meanwhile.
var errTwin = errors.New("this edit is written already")

// writeEdition writes changed lines with their plan, if the order is still the one that was seen and
// nothing of it has begun to leave.
func (s *Store) writeEdition(ctx context.Context, who store.Actor, order store.Order, e store.Edit, plan store.Plan, ed edition) error {
	n := order.Number
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		upTo, err := s.client.Get(ctx, s.keyFence(n)).Int()
		if err != nil && !errors.Is(err, redis.Nil) {
			return change{}, err
		}
		if o.Edited == editMark(e) {
			return change{}, errTwin
		}
		if err := mayEdit(o, who, e); err != nil {
			return change{}, err
		}
		if upTo >= ed.Attempt {
			return change{}, store.Errorf(store.Conflict, "Changing the order took too long. Please try again.")
		}
		c := edited(o, e)
		for field, value := range planFields(plan, ed.Attempt, o.FirstDate) {
			c.set[field] = value
		}
		c.set["edition"], c.set["edits"] = encode(ed), o.Edits+1
		c.data["lines"], c.data["warehouse"] = store.LineChanges(o.Lines, e.Draft.Lines), plan.Assembly
		c.data["old"], c.data["promised_at"] = stamp(o.PromisedAt), stamp(plan.PromisedAt)
		c.also = func(p redis.Pipeliner) { s.moveEdited(ctx, p, o, e, plan) }
		return c, nil
	})
	return err
}

// moveEdited brings all that hangs on an order's lines and place of assembly to the changed plan.
func (s *Store) moveEdited(ctx context.Context, p redis.Pipeliner, o store.Order, e store.Edit, plan store.Plan) {
	n := o.Number
	s.rewriteLines(ctx, p, n, e.Draft.Lines)
	p.Del(ctx, s.keyMoving(n), s.keyPacked(n))
	for _, id := range transferIDs(plan) {
		p.SAdd(ctx, s.keyMoving(n), id)
	}
	p.ZRem(ctx, keyToAssemble(s.part(n), o.Warehouse), orderName(n))
	p.ZAdd(ctx, keyToAssemble(s.part(n), plan.Assembly), redis.Z{Score: float64(plan.PromisedAt.Unix()), Member: orderName(n)})
	s.markUnsettled(ctx, p, n, o.Version+1)
	if o.Warehouse != plan.Assembly {
		s.hint(ctx, p, s.part(n), liveWarehouse(o.Warehouse))
	}
}
