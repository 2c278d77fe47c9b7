package rdb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	stepsAtOnce   = 200  // unfinished things looked at in one pass
	confirmAtOnce = 5000 // and reservations of one warehouse, most of which are as they should be
)

// lookAtSteps finds orders and transfers whose effects on stock are still due: a node died, or could
// not reach Redis, between two steps.
func (r *reconciler) lookAtSteps(ctx context.Context, _ store.Directory, _ bool) ([]finding, error) {
	kinds := []unsettledKind{
		{keyUnsettled, func(member string) string { return member }, func(ctx context.Context, member string) error {
			n, ok := orderOf(member)
			if !ok {
				return notFound(n)
			}
			return r.settle(ctx, n)
		}},
		{keyUnsettledMove, transferName, r.applyTransfer},
		{keyUnsettledDelivery, deliveryName, r.applyDelivery},
	}
	asked := map[string]*redis.ZSliceCmd{}
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, kind := range kinds {
			for _, at := range r.parts() {
				asked[kind.key(at)] = p.ZRangeWithScores(ctx, kind.key(at), 0, stepsAtOnce-1)
			}
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	var findings []finding
	for _, kind := range kinds {
		for _, at := range r.parts() {
			for _, z := range asked[kind.key(at)].Val() {
				findings = append(findings, r.unfinished(kind, kind.key(at), z))
			}
		}
	}
	return findings, nil
}

// unsettledKind is one of the kinds of things whose effects may be due.
type unsettledKind struct {
	key    func(part) string
	name   func(member string) string
	finish func(ctx context.Context, member string) error
}

func (r *reconciler) unfinished(kind unsettledKind, set string, z redis.Z) finding {
	member := text(z.Member)
	return finding{
		subject: kind.name(member), what: "finished a step that was left half done", state: fmt.Sprint(z.Score),
		mend: func(ctx context.Context) error {
			err := quietly(kind.finish(ctx, member))
			if store.KindOf(err) == store.NotFound {
				err = r.client.ZRem(ctx, set, member).Err()
			}
			return err
		},
	}
}

// unconfirmed is how old a reservation must be, in milliseconds, before it is asked whether its order
// was ever made. Placing takes far less.
const unconfirmed = 10_000

// lookAtReservations finds reservations whose order was never made, because placing it failed or
// stopped in the middle, and those that an order's newer plan has left behind. Those that their orders
// confirm are taken off the list of open ones.
func (r *reconciler) lookAtReservations(ctx context.Context, directory store.Directory, _ bool) ([]finding, error) {
	var findings []finding
	before := strconv.FormatInt(r.now().UnixMilli()-unconfirmed, 10)
	for _, w := range directory.WarehouseIDs {
		open, err := r.client.ZRangeByScore(ctx, r.keyOpen(w), &redis.ZRangeBy{Min: "-inf", Max: before, Count: confirmAtOnce}).Result()
		if err != nil {
			return nil, err
		}
		confirmed, unsure, err := r.confirmed(ctx, w, open)
		if err != nil {
			return nil, err
		}
		if len(confirmed) > 0 {
			findings = append(findings, finding{subject: r.keyOpen(w), what: "confirmed reservations", quiet: true, mend: func(ctx context.Context) error {
				return r.client.ZRem(ctx, r.keyOpen(w), confirmed...).Err()
			}})
		}
		for _, member := range unsure[:min(len(unsure), stepsAtOnce)] {
			f, err := r.judgeReservation(ctx, w, member)
			if err != nil {
				return nil, err
			}
			if f.mend != nil {
				findings = append(findings, f)
			}
		}
	}
	return findings, nil
}

// confirmed parts reservations into those that their orders hold as they were made, which is so with
// nearly all, and others. One round trip for each piece.
func (r *reconciler) confirmed(ctx context.Context, warehouse string, open []string) (confirmed []any, unsure []string, err error) {
	for chunk := range slices.Chunk(open, ordersAtOnce) {
		marks, orders := make([]*redis.SliceCmd, len(chunk)), make([]*redis.SliceCmd, len(chunk))
		commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, member := range chunk {
				if n, ok := orderOf(member); ok {
					marks[i] = p.HMGet(ctx, r.keyReservation(warehouse, n.String()), "#attempt", "#owner")
					orders[i] = p.HMGet(ctx, r.keyOrder(n), "attempt", "uid", "version")
				}
			}
			return nil
		})
		if err := failed(commands, err); err != nil {
			return nil, nil, err
		}
		for i, member := range chunk {
			if marks[i] != nil && confirms(orders[i].Val(), marks[i].Val()) {
				confirmed = append(confirmed, member)
			} else {
				unsure = append(unsure, member)
			}
		}
	}
	return confirmed, unsure, nil
}

// confirms tells whether an order's attempt, uid and version say that a reservation's attempt and owner
// are its own.
func confirms(order, marks []any) bool {
	return len(order) == 3 && len(marks) == 2 && text(order[1]) != "" && integer(order[2]) > 0 &&
		integer(order[0]) == integer(marks[0]) && text(order[1]) == text(marks[1])
}

// judgeReservation looks at one reservation closely.
func (r *reconciler) judgeReservation(ctx context.Context, warehouse, member string) (finding, error) {
	forget := func(ctx context.Context) error { return r.client.ZRem(ctx, r.keyOpen(warehouse), member).Err() }
	if name, ok := strings.CutPrefix(member, heldMember("")); ok {
		return r.judgeHeld(ctx, warehouse, name)
	}
	if n, attempt, ok := editionOf(member); ok {
		return r.judgeEdition(ctx, warehouse, n, attempt)
	}
	n, ok := orderOf(member)
	if !ok {
		return finding{subject: r.keyOpen(warehouse), what: "removed " + short(member) + ", which is no order", quiet: true, mend: forget}, nil
	}
	marks, err := r.client.HMGet(ctx, r.keyReservation(warehouse, n.String()), "#attempt", "#owner").Result()
	if err != nil {
		return finding{}, err
	}
	attempt, owner := integer(marks[0]), text(marks[1])
	order, err := r.outsiders(ctx, n)
	if err != nil {
		return finding{}, err
	}
	kept := order.Edits > 0 && attempt < order.Attempt && slices.Contains(warehousesInvolved(order), warehouse) // a change of lines left it alone
	if order.Version > 0 && ((order.Attempt == attempt || kept) && order.UID == owner || attempt == 0) {
		return finding{subject: member, what: "confirmed a reservation", state: strconv.Itoa(attempt), quiet: true, mend: forget}, nil
	}
	return finding{
		subject: member, what: "freed what was reserved at " + warehouse + " for an order that was never made",
		state: strconv.Itoa(attempt),
		mend: func(ctx context.Context) error {
			return r.freeUnmade(ctx, store.Order{Number: n, UID: owner}, attempt, warehouse)
		},
	}, nil
}

// freeUnmade frees what was reserved for an order that was never made. The fence comes first: from then on
// no late step can make the order with this attempt. Then the order is asked once more, for it may have
// been made just before.
//
// Keys: order:N:fence, the warehouse's stock.
func (s *Store) freeUnmade(ctx context.Context, o store.Order, attempt int, warehouse string) error {
	if _, err := s.fence(ctx, o.Number, attempt); err != nil {
		return err
	}
	order, err := s.outsiders(ctx, o.Number)
	if err != nil || order.Version > 0 && order.Attempt == attempt && order.UID == o.UID {
		return err
	}
	return s.release(ctx, o, attempt, []string{warehouse}, "the order was never made")
}

// judgeHeld looks at units that were held for an order's new source. When the order's plan does not
// know of it, the node that held them died before it could write the plan: from now on it cannot, and
// they are freed.
func (r *reconciler) judgeHeld(ctx context.Context, warehouse, name string) (finding, error) {
	digits, _, _ := strings.Cut(name, "-")
	n, _ := store.ParseNumber(digits)
	confirmed := func(ctx context.Context) (bool, error) {
		order, err := r.outsiders(ctx, n)
		return slices.ContainsFunc(order.Plan.Sources, func(source store.Source) bool { return source.Held == name }), err
	}
	known, err := confirmed(ctx)
	if err != nil {
		return finding{}, err
	}
	if known {
		forget := func(ctx context.Context) error {
			return r.client.ZRem(ctx, r.keyOpen(warehouse), heldMember(name)).Err()
		}
		return finding{subject: orderName(n), what: "confirmed a reservation", state: name, quiet: true, mend: forget}, nil
	}
	marks, err := r.client.HMGet(ctx, r.keyReservation(warehouse, name), "#attempt", "#owner").Result()
	if err != nil {
		return finding{}, err
	}
	attempt, owner := integer(marks[0]), text(marks[1])
	return finding{
		subject: orderName(n), what: "freed what was held at " + warehouse + " for a plan that was never written", state: name,
		mend: func(ctx context.Context) error {
			if _, err := r.fence(ctx, n, attempt); err != nil {
				return err
			}
			if known, err := confirmed(ctx); err != nil || known {
				return err
			}
			return r.letGo(ctx, store.Itself, store.Order{Number: n, UID: owner}, attempt, []store.Source{{Warehouse: warehouse, Held: name}}, "the plan was never written")
		},
	}, nil
}
