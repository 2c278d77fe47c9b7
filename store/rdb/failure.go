package rdb

import (
	"context"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// CouldNotDeliver says that a courier stood at the door in vain. The parcel stays on board for another
// try, or comes back to its warehouse, where it is looked into. Only the courier who carries it may say
// so. Saying the same attempt twice changes nothing. Conflict when the parcel is not on board any more.
//
// Keys: the order boundary, courier:<login>:run, <warehouse>:returned.orders. Emits not_delivered or
// returned.
func (s *Store) CouldNotDeliver(ctx context.Context, who store.Actor, n store.Number, f store.Failure) error {
	f, err := f.Clean()
	if err != nil {
		return err
	}
	_, err = s.change(ctx, who, n, func(o store.Order) (change, error) {
		switch {
		case o.Courier == who.ID && o.Failures >= f.Attempt && (o.Status == store.Returned || !f.Back):
			return change{}, errNothingToDo
		case o.Status == store.Sent && o.Courier != who.ID && who.Role != store.Admin:
			return change{}, store.Errorf(store.Conflict, "Order %s is not on board with you, so only the courier who has it can say this.", n)
		}
		if err := store.CheckStep(o.Status, store.Delivered, who.Role); err != nil {
			return change{}, err
		}
		c := change{
			to: o.Status, event: store.EventNotDelivered, why: f.Note, data: map[string]string{"problem": string(f.Problem)},
			set: map[string]any{"failures": strconv.Itoa(max(f.Attempt, o.Failures)), "failed": string(f.Problem)},
		}
		if !f.Back {
			return c, nil
		}
		c.event = ""
		err := s.bringBack(ctx, &c, o, "")
		return c, err
	})
	if err == nil && f.Back {
		s.settleSoon(ctx, n)
	}
	return err
}

// bringBack makes a step one that brings the parcel to a warehouse: the named one, else the place of
// assembly. Conflict when there is none.
func (s *Store) bringBack(ctx context.Context, c *change, o store.Order, warehouse string) error {
	if warehouse == "" {
		warehouse = o.Warehouse
	}
	if warehouse == "" {
		return store.Errorf(store.Conflict, "Nobody knows to which warehouse order %s belongs. Customer service can say where it goes.", o.Number)
	}
	c.to = store.Returned
	if c.set == nil {
		c.set = map[string]any{}
	}
	c.set["return_to"] = warehouse
	c.data["warehouse"] = warehouse
	c.also = func(p redis.Pipeliner) {
		if o.Courier != "" {
			p.ZRem(ctx, keyRun(s.part(o.Number), o.Courier), orderName(o.Number))
		}
	}
	return nil
}
