package rdb

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"waybill/store"
)

// everyAttempt is one that no placing ever reaches: releasing up to it closes an order's
// reservation for good.
const everyAttempt = 999_999_999

// reserve takes what a plan needs at every warehouse, all in one round trip. When one of them
// has too little by now, what the others gave is freed again, and the shortages come back: the
// caller reads the stock again and makes another plan. It is freed too when a later attempt was faster
// anywhere; that one's units stay.
//
// The place of assembly is asked too when it gives nothing itself: what comes there joins what this attempt
// holds there, so nothing of an earlier one may be left, or come late.
//
// Each warehouse moves all of its lines or none. Repeating an attempt is harmless.
func (s *Store) reserve(ctx context.Context, o store.Order, attempt int, plan store.Plan, who store.Actor) ([]store.Shortage, error) {
	n, places := o.Number, placesOf(plan)
	movements := make([]movement, len(places))
	for i, w := range places {
		movements[i] = movement{
			script: scriptReserve, warehouse: w, holder: n.String(), kind: store.MoveReserved,
			reference: orderName(n), who: ledgerName(who),
			args: append([]any{orderName(n), strconv.Itoa(attempt), o.UID}, lineArgs(linesAt(plan, w))...),
		}
	}
	results, err := s.move(ctx, movements...)
	if err != nil {
		return nil, err
	}
	var short []store.Shortage
	taken, stale := false, false
	for i, result := range results {
		switch word, details := answer(result); word {
		case "taken":
			taken = true
		case "short":
			short = append(short, shortages(details, linesAt(plan, places[i]))...)
		case "stale":
			stale = true
		}
	}
	if taken || stale || len(short) > 0 {
		err = s.release(ctx, o, attempt, places, "the plan no longer held")
	}
	switch {
	case stale:
		if err != nil {
			s.log.Warn("what was reserved is left to the sweeper", "order", n, "error", err)
		}
		return nil, store.Busyf("Order %s is being placed by somebody else. Please try again.", n)
	case taken:
		return nil, errors.Join(errNumberTaken, err)
	}
	return short, err
}

// release frees what the order's attempts up to this one hold at the warehouses, and fences
// them: they cannot reserve any more. What another order of the same number holds stays.
func (s *Store) release(ctx context.Context, o store.Order, attempt int, warehouses []string, why string) error {
	return s.releaseBy(ctx, store.Itself, o, attempt, warehouses, why)
}

// releaseBy is release where a person wanted it: the ledger names them.
func (s *Store) releaseBy(ctx context.Context, who store.Actor, o store.Order, attempt int, warehouses []string, why string) error {
	n := o.Number
	movements := make([]movement, len(warehouses))
	for i, w := range warehouses {
		movements[i] = movement{
			script: scriptRelease, warehouse: w, holder: n.String(), kind: store.MoveReleased,
			reference: orderName(n), who: ledgerName(who), why: why,
			args: []any{orderName(n), strconv.Itoa(attempt), o.UID},
		}
	}
	_, err := s.move(ctx, movements...)
	return err
}

// clearing makes the calls that free what an earlier attempt at placing an order has left at warehouses
// that its plan does not know, and that close the door behind it: what joins there from now on is the
// order's own. What has joined there already stays.
func (s *Store) clearing(o store.Order, warehouses []string) []movement {
	var movements []movement
	known := warehousesInvolved(o)
	for _, w := range warehouses {
		if slices.Contains(known, w) {
			continue
		}
		movements = append(movements, movement{
			script: scriptRelease, warehouse: w, holder: o.Number.String(), kind: store.MoveReleased,
			reference: orderName(o.Number), who: ledgerName(store.Itself), why: "the order was placed without it",
			args: []any{orderName(o.Number), strconv.Itoa(o.Attempt), o.UID},
		})
	}
	return movements
}

// ship makes everything that the order holds at the warehouses leave with the courier; the ledger names
// who took it.
func (s *Store) ship(ctx context.Context, who store.Actor, n store.Number, warehouses []string) error {
	movements := make([]movement, len(warehouses))
	for i, w := range warehouses {
		movements[i] = movement{
			script: scriptShip, warehouse: w, holder: n.String(), kind: store.MoveShipped,
			reference: orderName(n), who: ledgerName(who), args: []any{orderName(n)},
		}
	}
	_, err := s.move(ctx, movements...)
	return err
}

func warehousesOf(plan store.Plan) []string {
	warehouses := make([]string, len(plan.Sources))
	for i, source := range plan.Sources {
		warehouses[i] = source.Warehouse
	}
	return warehouses
}

// placesOf are the warehouses at which an order with this plan may hold something: its sources and its
// place of assembly.
func placesOf(plan store.Plan) []string {
	warehouses := warehousesOf(plan)
	if plan.Assembly == "" || slices.Contains(warehouses, plan.Assembly) {
		return warehouses
	}
	return append(warehouses, plan.Assembly)
}

// whoMade is who first took an order to one of some statuses. What the step means for the stock is theirs
// in the ledger, whichever node does it, and however late.
func whoMade(o store.Order, statuses ...store.Status) store.Actor {
	for _, event := range o.History {
		if slices.Contains(statuses, event.Status) && event.Who.Role != "" {
			return event.Who
		}
	}
	return store.Itself
}

// whoChanged is who last changed what is in an order, and whoLost who last said that units of it are not
// there. What comes of either is theirs in the ledger.
func whoChanged(o store.Order) store.Actor {
	return whoLast(o, func(e store.Event) bool { return e.Type == store.EventEdited && e.Data["lines"] != "" })
}

func whoLost(o store.Order) store.Actor {
	return whoLast(o, func(e store.Event) bool {
		switch e.Type {
		case store.EventTransferRefused, store.EventTransferDelivered, store.EventTransferLost, store.EventGaveWay:
			return e.Data["missing"] != ""
		}
		return false
	})
}

// whoLast is who took the last of such steps with an order; Waybill when nobody did.
func whoLast(o store.Order, such func(store.Event) bool) store.Actor {
	for _, event := range slices.Backward(o.History) {
		if such(event) && event.Who.Role != "" {
			return event.Who
		}
	}
	return store.Itself
}

// ledgerName is how a person or program stands in the ledger: no personal data beyond the login.
func ledgerName(who store.Actor) string { return string(who.Role) + ":" + who.ID }

// integer reads a value of HMGET: a number in text, or nothing.
func integer(value any) int {
	n, _ := strconv.Atoi(text(value))
	return n
}

func productsOf(lines []store.Line) []string {
	products := make([]string, len(lines))
	for i, line := range lines {
		products[i] = line.Product
	}
	return products
}
