package rdb

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// yield has an order, or a transfer for a shelf, give up units at the warehouse of a correction, and tells
// how many it gave: fewer than asked for when it holds fewer by now. The order decides, at its own
// boundary, where its units are taken from; a unit that it gives leaves the books in one step with the
// promise. Repeating it gives nothing more.
//
// Keys: the order boundary, or transfer:<id>; then the warehouse's stock (settleGiven, applyTransfer).
func (s *Store) yield(ctx context.Context, c correction, y store.Yield) (int, error) {
	if y.Transfer != "" {
		t, err := s.yieldTransfer(ctx, c, y.Transfer, y.Product, y.Units)
		return given(t.Given, c.ID, y.Product), gone(err)
	}
	o, err := s.Order(ctx, y.Order)
	if err != nil || o.Version == 0 {
		return 0, gone(err)
	}
	units := given(o.Given, c.ID, y.Product)
	for _, t := range o.Transfers {
		units += given(t.Given, c.ID, y.Product)
	}
	if left := y.Units - units; left > 0 && o.Warehouse == c.Warehouse {
		if o, err = s.yieldHere(ctx, c, o.Number, y.Product, left); err != nil {
			return units, gone(err)
		}
		units = given(o.Given, c.ID, y.Product)
	}
	for _, t := range o.Transfers {
		if left := y.Units - units; left > 0 && t.From == c.Warehouse && t.State == store.TransferRequested && given(t.Given, c.ID, y.Product) == 0 {
			t, err := s.yieldTransfer(ctx, c, t.ID, y.Product, left)
			if err := gone(err); err != nil {
				return units, err
			}
			units += given(t.Given, c.ID, y.Product)
		}
	}
	s.settleSoon(ctx, o.Number)
	return units, nil
}

// given is how many units of a product went by a correction.
func given(all []store.Given, id, product string) int {
	sum := 0
	for _, g := range all {
		if g.Correction == id && g.Product == product {
			sum += g.Units
		}
	}
	return sum
}

// gone takes it that who has moved on, or is not there any more, gives nothing; other errors stay.
func gone(err error) error {
	if kind := store.KindOf(err); kind == store.Conflict || kind == store.NotFound {
		return nil
	}
	return err
}

// cause is why units are missing, in the words that customers and staff read.
func (c correction) cause() store.Cause {
	switch {
	case c.Cause != "":
		return c.Cause
	case c.Kind == store.MoveDamaged:
		return store.CauseDamaged
	}
	return store.CauseGone
}

func (s *Store) gives(c correction, product string, units int) store.Given {
	return store.Given{
		Correction: c.ID, Warehouse: c.Warehouse, Product: product, Units: units, Cause: c.cause(),
		Why: c.Why, Who: ledgerName(c.Who), At: s.now().UTC(),
	}
}

// yieldHere takes units off an order that is assembled at the correction's warehouse: from its plan, and
// from its box if need be. What that means for the stock is an effect of the step, see settleGiven.
func (s *Store) yieldHere(ctx context.Context, c correction, n store.Number, product string, most int) (store.Order, error) {
	var after store.Order
	_, err := s.change(ctx, c.Who, n, func(o store.Order) (change, error) {
		after = o
		units := min(most, o.Here(product))
		if given(o.Given, c.ID, product) > 0 || units < 1 || o.Warehouse != c.Warehouse || o.Status != store.Placed && o.Status != store.Backordered {
			return change{}, errNothingToDo
		}
		lost := []store.Line{{Product: product, Quantity: units}}
		after.Plan, after.Given = o.Plan.Giving(product, units, o.Moving), append(slices.Clone(o.Given), s.gives(c, product, units))
		step := change{
			to: o.Status, event: store.EventGaveWay, why: c.Why,
			data: map[string]string{"from": c.Warehouse, "missing": encode(lost), "reason": string(c.cause())},
			set:  map[string]any{"plan": encode(after.Plan), "given": encode(after.Given)},
		}
		if o.Status == store.Backordered {
			step.set["waits"] = encode(mustWait(after, product))
		}
		step.also = func(p redis.Pipeliner) {
			if here := after.Here(product); o.Packed[product] > here {
				p.HSet(ctx, s.keyPacked(n), product, here)
			}
			p.ZAdd(ctx, keyUnsettled(s.part(n)), redis.Z{Score: float64(o.Version + 1), Member: orderName(n)})
		}
		return step, nil
	})
	return after, err
}

// mustWait is what a waiting order waits for once it has lost units of a product.
func mustWait(o store.Order, product string) []store.Line {
	waits := slices.DeleteFunc(slices.Clone(claims(o)), func(l store.Line) bool { return l.Product == product })
	return append(waits, store.Line{Product: product, Quantity: store.Quantity(o.Lacking(), product)})
}

// givenStep names a loss of an order at its warehouse.
func givenStep(n store.Number, g store.Given) string {
	return fmt.Sprintf("give.%s.%s.%s", g.Correction, n, g.Product)
}

// settleGiven takes what an order gave up off the books of its warehouse, once. It comes before anything
// else that its status means for the stock, so that the units are surely held.
//
// Keys: order:N (field given_settled), <warehouse>:stock…, <warehouse>:step:give.<correction>.<order>.<product>.
func (s *Store) settleGiven(ctx context.Context, o store.Order) error {
	if len(o.Given) == 0 {
		return nil
	}
	text, err := s.client.HGet(ctx, s.keyOrder(o.Number), "given_settled").Result()
	if err = read(err); err != nil {
		return err
	}
	settled, _ := strconv.Atoi(text)
	if settled >= len(o.Given) {
		return nil
	}
	if err := s.joinHeld(ctx, o); err != nil { // some of it may be held under another name still
		return err
	}
	script := scriptTransfer
	if !o.Restored.At.IsZero() {
		script = scriptRedo
	}
	for _, g := range o.Given[settled:] {
		if g.Cause == store.CauseSold { // the units stay on the shelf, for somebody else
			continue
		}
		lines := []store.Line{{Product: g.Product, Quantity: g.Units}}
		kind := store.MoveCounted
		if g.Cause == store.CauseDamaged {
			kind = store.MoveDamaged
		}
		results, err := s.move(ctx, movement{
			script: script, warehouse: g.Warehouse, holder: o.Number.String(), step: givenStep(o.Number, g),
			kind: kind, reference: orderName(o.Number), who: g.Who, why: g.Why, args: append([]any{o.Number.String(), "-1", "-1"}, lineArgs(lines)...),
		})
		if err != nil {
			return err
		}
		if word, _ := answer(results[0]); word != "ok" && script == scriptRedo {
			return errNotYet
		} else if word != "ok" { // only a damaged reservation holds less than its plan
			s.log.Warn("an order gave up units that its reservation does not hold", "order", o.Number, "warehouse", g.Warehouse, "product", g.Product)
		}
	}
	return s.reached(ctx, s.keyOrder(o.Number), "given_settled", len(o.Given))
}

// yieldTransfer takes units off a transfer that has not left yet. One that carries nothing any more is
// refused.
func (s *Store) yieldTransfer(ctx context.Context, c correction, id, product string, most int) (store.Transfer, error) {
	return s.edited(ctx, id)(s.editTransfer(ctx, c.Who, id, func(t *store.Transfer) (transferStep, error) {
		units := min(most, store.Quantity(t.Lines, product))
		if given(t.Given, c.ID, product) > 0 || units < 1 || t.From != c.Warehouse || t.State != store.TransferRequested {
			return transferStep{}, errNothingToDo
		}
		lost := []store.Line{{Product: product, Quantity: units}}
		t.Lines, t.Missing = store.Less(t.Lines, lost), store.Add(t.Missing, lost)
		t.Given = append(slices.Clone(t.Given), s.gives(c, product, units))
		t.Cause, t.Why = c.cause(), store.Shortfall{Cause: c.cause(), Note: c.Why}.String()
		if len(t.Lines) == 0 {
			t.State = store.TransferRefused
		}
		return transferStep{Lines: t.Lines, Missing: lost, Cause: t.Cause}, nil
	}))
}
