package rdb

import (
	"context"
	"reflect"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Return says that a parcel which had left comes back to a warehouse, "" for the one that assembled it:
// what the recipient sends back, or what the courier brought. There it is looked into. Conflict when it
// never left. Repeating it changes nothing.
//
// Keys: the order boundary, courier:<login>:run, <warehouse>:returned.orders. Emits returned.
func (s *Store) Return(ctx context.Context, who store.Actor, n store.Number, warehouse, reason string) error {
	reason, err := store.Reason(reason)
	if err != nil {
		return err
	}
	if err := s.isWarehouse(ctx, warehouse); err != nil {
		return err
	}
	_, err = s.change(ctx, who, n, func(o store.Order) (change, error) {
		if o.Status == store.Returned {
			return change{}, errNothingToDo
		}
		if err := store.CheckStep(o.Status, store.Returned, who.Role); err != nil {
			return change{}, err
		}
		c := change{why: reason, data: map[string]string{}}
		err := s.bringBack(ctx, &c, o, warehouse)
		return c, err
	})
	if err != nil {
		return err
	}
	s.settleSoon(ctx, n)
	return nil
}

// isWarehouse refuses a warehouse that the shop does not have; "" is fine.
func (s *Store) isWarehouse(ctx context.Context, warehouse string) error {
	directory, err := s.Directory(ctx)
	if err != nil || warehouse == "" || directory.Warehouses[warehouse].ID != "" {
		return err
	}
	return &store.Error{Kind: store.Invalid, Message: "There is no such warehouse.", Fields: map[string]string{"warehouse": "Choose a warehouse from the list."}}
}

// Inspect says what was found in a parcel that came back, product by product. Sellable units are on hand
// from now on, damaged ones stand in the ledger only. It happens once for an order: the same findings
// again change nothing, other ones are a Conflict. Invalid by field when more was found than was sent.
//
// Keys: the order boundary, <warehouse>:returned.orders; then the warehouse's stock (settle). Emits
// inspected. Serves waiting orders.
func (s *Store) Inspect(ctx context.Context, who store.Actor, n store.Number, found []store.Inspected) error {
	_, err := s.change(ctx, who, n, func(o store.Order) (change, error) {
		findings := inOrder(o, found)
		switch {
		case o.Status != store.Returned:
			return change{}, store.Errorf(store.Conflict, "Order %s is %s: there is nothing to look into.", n, o.Status.Words())
		case o.Inspection != nil && reflect.DeepEqual(o.Inspection, findings):
			return change{}, errNothingToDo
		case o.Inspection != nil:
			return change{}, store.Errorf(store.Conflict, "Somebody has looked into order %s already, and found something else. What they booked stands.", n)
		}
		if err := o.CheckInspection(findings); err != nil {
			return change{}, err
		}
		return change{
			to: o.Status, event: store.EventInspected, data: totals(o, findings), set: map[string]any{"inspection": encode(findings), "inspected_by": ledgerName(who)},
			also: func(p redis.Pipeliner) {
				p.ZRem(ctx, keyToInspect(s.part(n), o.BackAt()), orderName(n))
				s.markUnsettled(ctx, p, n, o.Version+1)
			},
		}, nil
	})
	if err != nil {
		return err
	}
	s.settleSoon(ctx, n)
	s.releaseSoon(ctx)
	return nil
}

// inOrder brings findings into the order of the order's lines; what was not in the order is left out.
func inOrder(o store.Order, found []store.Inspected) []store.Inspected {
	findings := make([]store.Inspected, len(o.Lines))
	for i, line := range o.Lines {
		findings[i].Product = line.Product
		for _, f := range found {
			if f.Product == line.Product {
				findings[i] = f
			}
		}
	}
	return findings
}

// totals is what the history says of an inspection.
func totals(o store.Order, findings []store.Inspected) map[string]string {
	sellable, damaged := 0, 0
	for _, f := range findings {
		sellable += f.Sellable
		damaged += f.Damaged
	}
	return map[string]string{
		"warehouse": o.BackAt(), "sellable": strconv.Itoa(sellable), "damaged": strconv.Itoa(damaged),
		"missing": strconv.Itoa(store.Units(o.Lines) - sellable - damaged),
	}
}

// settleInspected books what was found in a returned parcel at the warehouse to which it came, once.
func (s *Store) settleInspected(ctx context.Context, o store.Order) error {
	if o.Status != store.Returned || o.Inspection == nil || o.BackAt() == "" {
		return nil
	}
	by, err := s.client.HGet(ctx, s.keyOrder(o.Number), "inspected_by").Result()
	if err != nil {
		return err
	}
	args := []any{string(store.MoveDamaged)}
	for _, f := range o.Inspection {
		args = append(args, f.Product, strconv.Itoa(f.Sellable), strconv.Itoa(f.Damaged))
	}
	_, err = s.move(ctx, movement{
		script: scriptInspect, warehouse: o.BackAt(), step: "inspect." + o.Number.String(), kind: store.MoveReturned,
		reference: orderName(o.Number), who: by, args: args,
	})
	return err
}
