package rdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// edition is what a change of an order's lines still means for warehouses and transfers once it is
// written: it stands on the order until the next one, so that settle can do it again after a crash.
type edition struct {
	Attempt   int                     `json:"attempt"`
	More      map[string][]store.Line `json:"more,omitempty"`      // warehouse → what was reserved for the change
	Less      map[string][]store.Line `json:"less,omitempty"`      // warehouse → what is not wanted any more
	Transfers []string                `json:"transfers,omitempty"` // that are not needed any more
}

// newEdition compares two plans for one order. What both want of a warehouse stays untouched there.
func newEdition(before, after store.Plan, attempt int) edition {
	e := edition{Attempt: attempt, More: map[string][]store.Line{}, Less: map[string][]store.Line{}}
	for _, warehouse := range warehousesOf(after) {
		if more := store.Beyond(linesAt(after, warehouse), linesAt(before, warehouse)); len(more) > 0 {
			e.More[warehouse] = more
		}
	}
	for _, warehouse := range warehousesOf(before) { // which may give to an order twice: see refill
		if less := store.Beyond(linesAt(before, warehouse), linesAt(after, warehouse)); len(less) > 0 {
			e.Less[warehouse] = less
		}
	}
	kept := transferIDs(after)
	for _, id := range transferIDs(before) {
		if !slices.Contains(kept, id) {
			e.Transfers = append(e.Transfers, id)
		}
	}
	return e
}

// linesAt is what a plan takes from one warehouse.
func linesAt(plan store.Plan, warehouse string) []store.Line {
	var lines []store.Line
	for _, source := range plan.Sources {
		if source.Warehouse == warehouse {
			lines = append(lines, source.Lines...)
		}
	}
	return store.Merge(lines)
}

// nameTransfers gives the sources of a changed plan their transfers: one that brings the same as before
// stays, the others are new.
func nameTransfers(n store.Number, before store.Plan, plan *store.Plan, attempt int) {
	for i, source := range plan.Sources {
		if source.Warehouse == plan.Assembly {
			continue
		}
		plan.Sources[i].Transfer = fmt.Sprintf("%s-%d-%s", n, attempt, source.Warehouse)
		for _, old := range before.Sources {
			if before.Assembly == plan.Assembly && old.Transfer != "" && old.Warehouse == source.Warehouse && store.SameUnits(old.Lines, source.Lines) {
				plan.Sources[i].Transfer = old.Transfer
			}
		}
	}
}

// editionName is under what a change reserves what the order does not hold yet, and how that stands among
// a warehouse's open reservations.
func editionName(n store.Number, attempt int) string { return fmt.Sprintf("%s+%d", n, attempt) }

const editionMember = "edit:"

// editionOf reads a member of the open reservations that stands for a change.
func editionOf(member string) (n store.Number, attempt int, ok bool) {
	name, ok := strings.CutPrefix(member, editionMember)
	number, digits, whole := strings.Cut(name, "+")
	n, good := store.ParseNumber(number)
	attempt, err := strconv.Atoi(digits)
	return n, attempt, ok && whole && good && err == nil
}

// holdEdition reserves what a change to another plan wants beyond what the order holds, all or nothing.
func (s *Store) holdEdition(ctx context.Context, who store.Actor, o store.Order, after store.Plan, e edition) ([]store.Shortage, error) {
	name := editionName(o.Number, e.Attempt)
	movements := s.clearing(o, placesOf(after))
	cleared := len(movements)
	var asked [][]store.Line
	for warehouse, lines := range e.More {
		movements = append(movements, movement{
			script: scriptReserve, warehouse: warehouse, holder: name, kind: store.MoveReserved,
			reference: orderName(o.Number), who: ledgerName(who),
			args: append([]any{editionMember + name, strconv.Itoa(e.Attempt), o.UID}, lineArgs(lines)...),
		})
		asked = append(asked, lines)
	}
	if len(movements) == 0 {
		return nil, nil
	}
	results, err := s.move(ctx, movements...)
	if err != nil {
		return nil, err
	}
	var short []store.Shortage
	for i, result := range results[cleared:] {
		switch word, details := answer(result); word {
		case "short":
			short = append(short, shortages(details, asked[i])...)
		case "stale":
			return nil, errors.Join(store.Errorf(store.Conflict, "Changing the order took too long. Please try again."), s.dropEdition(ctx, who, o, e))
		}
	}
	if len(short) > 0 {
		return short, s.dropEdition(ctx, who, o, e)
	}
	return nil, nil
}

// dropEdition frees what was reserved for a change that did not come about.
func (s *Store) dropEdition(ctx context.Context, who store.Actor, o store.Order, e edition) error {
	name := editionName(o.Number, e.Attempt)
	var movements []movement
	for warehouse := range e.More {
		movements = append(movements, movement{
			script: scriptRelease, warehouse: warehouse, holder: name, kind: store.MoveReleased,
			reference: orderName(o.Number), who: ledgerName(who), why: "the order was not changed after all",
			args: []any{editionMember + name, strconv.Itoa(e.Attempt), o.UID},
		})
	}
	if len(movements) == 0 {
		return nil
	}
	_, err := s.move(ctx, movements...)
	return err
}

// editionOn reads the last change of an order's lines; false when there was none.
func (s *Store) editionOn(ctx context.Context, o store.Order) (e edition, edited bool, err error) {
	if o.Edits == 0 {
		return e, false, nil
	}
	text, err := s.client.HGet(ctx, s.keyOrder(o.Number), "edition").Bytes()
	if errors.Is(err, redis.Nil) {
		return e, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	return e, true, err
}

// settleEdition does what the last change of an order's lines still means: transfers that it does not need
// are closed, what was reserved for it becomes the order's own, and what it does not want is freed. Each
// warehouse does it once.
func (s *Store) settleEdition(ctx context.Context, o store.Order) error {
	e, edited, err := s.editionOn(ctx, o)
	if err != nil || !edited {
		return err
	}
	for _, id := range e.Transfers {
		if err := s.unclaim(ctx, id, "the order was changed"); err != nil && store.KindOf(err) != store.NotFound {
			return err
		}
	}
	name, who := editionName(o.Number, e.Attempt), whoChanged(o)
	var movements []movement
	for _, warehouse := range editedWarehouses(e) {
		movements = append(movements, movement{
			script: scriptEdit, warehouse: warehouse, holder: name, keys: []string{s.keyReservation(warehouse, o.Number.String())}, kind: store.MoveReleased,
			reference: orderName(o.Number), who: ledgerName(who), why: "the order was changed",
			args: append([]any{editionMember + name, strconv.Itoa(e.Attempt), o.UID}, lineArgs(e.Less[warehouse])...),
		})
	}
	if len(movements) == 0 {
		return nil
	}
	_, err = s.move(ctx, movements...)
	return err
}

// editedWarehouses are those at which a change adds or frees something.
func editedWarehouses(e edition) []string {
	warehouses := sortedKeys(e.More)
	for _, w := range sortedKeys(e.Less) {
		if _, both := e.More[w]; !both {
			warehouses = append(warehouses, w)
		}
	}
	return warehouses
}

// judgeEdition looks at units that were reserved for a change of an order's lines. When the order bears the
// change, settling makes them its own; else the node that reserved them died, and they are freed. The
// fence comes first, and the order is touched: a commit under way meets one of them.
func (r *reconciler) judgeEdition(ctx context.Context, warehouse string, n store.Number, attempt int) (finding, error) {
	mend := func(ctx context.Context) error {
		if _, err := r.fence(ctx, n, attempt); err != nil {
			return err
		}
		order, err := r.outsiders(ctx, n)
		if err != nil {
			return err
		}
		if order.Version > 0 {
			if err := r.client.HIncrBy(ctx, r.keyOrder(n), "turn", 1).Err(); err != nil {
				return err
			}
			if order, err = r.outsiders(ctx, n); err != nil {
				return err
			}
		}
		if order.Version > 0 && order.Attempt == attempt {
			return r.settle(ctx, n)
		}
		return r.dropEdition(ctx, store.Itself, store.Order{Number: n, UID: order.UID}, edition{Attempt: attempt, More: map[string][]store.Line{warehouse: nil}})
	}
	return finding{
		subject: orderName(n), what: "settled what was reserved at " + warehouse + " for a change of its lines",
		state: strconv.Itoa(attempt), mend: mend,
	}, nil
}
