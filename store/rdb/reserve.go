package rdb

import (
	"context"
	"errors"
	"strconv"

	"waybill/store"
)

// everyAttempt is one that no placing ever reaches: releasing up to it closes an order's
// reservation for good.
const everyAttempt = 999_999_999

// reserve takes what a plan needs at every warehouse, all in one round trip. When one of them
// has too little by now, what the others gave is freed again, and the shortages come back: the
// caller reads the stock again and makes another plan.
//
// Each warehouse moves all of its lines or none. Repeating an attempt is harmless.
func (s *Store) reserve(ctx context.Context, o store.Order, attempt int, plan store.Plan, who store.Actor) ([]store.Shortage, error) {
	n := o.Number
	movements := make([]movement, len(plan.Sources))
	for i, source := range plan.Sources {
		movements[i] = movement{
			script: scriptReserve, warehouse: source.Warehouse, holder: n.String(), kind: store.MoveReserved,
			reference: orderName(n), who: ledgerName(who),
			args: append([]any{orderName(n), strconv.Itoa(attempt), o.UID}, lineArgs(source.Lines)...),
		}
	}
	results, err := s.move(ctx, movements...)
	if err != nil {
		return nil, err
	}
	var short []store.Shortage
	taken := false
	for i, result := range results {
		switch word, details := answer(result); word {
		case "taken":
			taken = true
		case "short":
			short = append(short, shortages(details, plan.Sources[i].Lines)...)
		case "stale":
			return nil, store.Busyf("Order %s is being placed by somebody else. Please try again.", n)
		}
	}
	if taken || len(short) > 0 {
		err = s.release(ctx, o, attempt, warehousesOf(plan), "the plan no longer held")
	}
	if taken {
		return nil, errors.Join(errNumberTaken, err)
	}
	return short, err
}

// release frees what the order's attempts up to this one hold at the warehouses, and fences
// them: they cannot reserve any more. What another order of the same number holds stays.
func (s *Store) release(ctx context.Context, o store.Order, attempt int, warehouses []string, why string) error {
	n := o.Number
	movements := make([]movement, len(warehouses))
	for i, w := range warehouses {
		movements[i] = movement{
			script: scriptRelease, warehouse: w, holder: n.String(), kind: store.MoveReleased,
			reference: orderName(n), who: ledgerName(store.Itself), why: why,
			args: []any{orderName(n), strconv.Itoa(attempt), o.UID},
		}
	}
	_, err := s.move(ctx, movements...)
	return err
}

// ship makes everything that the order holds at the warehouses leave with the courier.
func (s *Store) ship(ctx context.Context, n store.Number, warehouses []string) error {
	movements := make([]movement, len(warehouses))
	for i, w := range warehouses {
		movements[i] = movement{
			script: scriptShip, warehouse: w, holder: n.String(), kind: store.MoveShipped,
			reference: orderName(n), who: ledgerName(store.Itself), args: []any{orderName(n)},
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
