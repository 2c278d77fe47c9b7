package rdb

import (
	"context"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// editFields changes recipient, address and speed. The date is what the place of assembly can promise for
// the new ones.
func (s *Store) editFields(ctx context.Context, who store.Actor, n store.Number, e store.Edit, directory store.Directory) error {
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		if o.Edited == editMark(e) {
			return change{}, errNothingToDo
		}
		if err := mayEdit(o, who, e); err != nil {
			return change{}, err
		}
		c := edited(o, e)
		if c.data["changed"] == "" {
			return change{}, errNothingToDo
		}
		if o.Status != store.Placed || o.Recipient.Address == e.Draft.Recipient.Address && o.Speed == e.Draft.Speed {
			return c, nil
		}
		here, err := s.siteOf(ctx, o, directory)
		if err != nil {
			return change{}, err
		}
		plan, err := s.promiseAnew(o, e, here)
		if err != nil {
			return change{}, err
		}
		for field, value := range planFields(plan, o.Attempt, o.FirstDate) {
			c.set[field] = value
		}
		c.data["old"], c.data["promised_at"] = stamp(o.PromisedAt), stamp(plan.PromisedAt)
		c.also = func(p redis.Pipeliner) {
			p.ZAdd(ctx, keyToAssemble(s.part(n), o.Warehouse), redis.Z{Score: float64(plan.PromisedAt.Unix()), Member: orderName(n)})
		}
		return c, nil
	})
	return err
}

// promiseAnew is the date for an order with another address or speed, assembled where it is: counted from
// now, or from when the last of its transfers is due. Invalid when the same day is asked for and too late.
func (s *Store) promiseAnew(o store.Order, e store.Edit, here store.Site) (store.Plan, error) {
	begins := s.now()
	if len(o.Moving) > 0 && o.Plan.ReadyAt.After(begins) {
		begins = o.Plan.ReadyAt
	}
	for _, line := range o.Lines {
		here.Free[line.Product] = line.Quantity
	}
	request := store.Request{Lines: o.Lines, To: e.To, Speed: e.Draft.Speed, Now: begins, Calendar: s.calendar()}
	anew, err := store.Route(request, []store.Site{here})
	if err == nil {
		err = keepsToday(request, o, anew, []store.Site{here})
	}
	plan := o.Plan
	plan.PromisedAt, plan.LeavesOn = anew.PromisedAt, anew.LeavesOn
	return plan, err
}

// siteOf is a placed order's place of assembly with the load of its days, as if the order were not there.
func (s *Store) siteOf(ctx context.Context, o store.Order, directory store.Directory) (store.Site, error) {
	stock, err := s.stockFor(ctx, directory, o.Lines)
	if err != nil {
		return store.Site{}, err
	}
	sites := stock.shelves()
	giveBack(sites, o)
	for _, site := range sites {
		if site.Warehouse.ID == o.Warehouse {
			return site, nil
		}
	}
	return store.Site{Warehouse: store.Warehouse{ID: o.Warehouse}, Free: map[string]int{}}, nil
}
