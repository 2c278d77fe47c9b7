package rdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// oddMember is an entry of a list that cannot name an order, or not one that belongs there.
type oddMember struct {
	at     part
	queue  store.Status
	member string
}

// lookAtStrangers finds orders that outside programs wrote: those that can be adopted, and those of which
// staff must know why they cannot. deep takes back notes about orders that are no longer there.
func (r *reconciler) lookAtStrangers(ctx context.Context, directory store.Directory, strangers []*standing, odd map[oddMember]bool, deep bool) ([]finding, error) {
	notes, err := r.notes(ctx)
	if err != nil {
		return nil, err
	}
	var findings []finding
	reasons := map[string]string{}
	for chunk := range slices.Chunk(strangers, ordersAtOnce) {
		orders, err := r.readStrangers(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for i, order := range orders {
			if reason := cannotAdopt(directory, order); reason != "" {
				reasons[orderName(order.Number)] = reason
			} else {
				findings = append(findings, r.adoptable(order, chunk[i]))
			}
		}
	}
	for o := range odd {
		n, ok := orderOf(o.member)
		switch {
		case ok:
			order, err := r.outsiders(ctx, n)
			if err != nil {
				return nil, err
			}
			if order.Version > 0 {
				findings = append(findings, r.removable(o, "which belongs into "+string(r.part(n))))
			} else {
				reasons[o.member] = "An outside program wrote it into the lists of " + string(o.at) + ". By its number it belongs into " + string(r.part(n)) + "."
			}
		case strings.HasPrefix(o.member, "order:"):
			reasons[o.member] = "An outside program wrote it with a number that is none: only digits, without a zero in front."
		default:
			findings = append(findings, r.removable(o, "which is no order"))
		}
	}
	return append(findings, r.compareNotes(reasons, notes, deep)...), nil
}

// readStrangers reads the orders in one round trip.
func (r *reconciler) readStrangers(ctx context.Context, strangers []*standing) ([]store.Order, error) {
	readings := make([]*orderReading, len(strangers))
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, s := range strangers {
			readings[i] = r.orderReading(s.number)
			readings[i].ask(ctx, p, false)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	orders := make([]store.Order, len(strangers))
	for i, s := range strangers {
		orders[i], _ = readings[i].order()
		orders[i].Number = s.number
	}
	return orders, nil
}

func (r *reconciler) adoptable(order store.Order, s *standing) finding {
	queue := store.Placed
	for _, status := range store.Statuses() {
		if slices.Contains(s.queues, status) {
			queue = status
		}
	}
	return finding{
		subject: orderName(order.Number), what: "adopted: an outside program wrote it", state: encode(order.Lines),
		mend: func(ctx context.Context) error { return r.adopt(ctx, order.Number, queue) },
	}
}

func (r *reconciler) removable(o oddMember, why string) finding {
	return finding{
		subject: keyQueue(o.at, o.queue), what: fmt.Sprintf("removed %q, %s", short(o.member), why),
		mend: func(ctx context.Context) error { return r.client.LRem(ctx, keyQueue(o.at, o.queue), 0, o.member).Err() },
	}
}

// notes are those that staff have been given about orders of outside programs.
func (r *reconciler) notes(ctx context.Context) (map[string]string, error) {
	var asked fields
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		asked = r.askFields(ctx, p, keyAttention)
		return nil
	})
	return asked.merged(), failed(commands, err)
}

// compareNotes finds what staff have not been told yet, and what is not so any more.
func (r *reconciler) compareNotes(reasons, notes map[string]string, deep bool) []finding {
	var findings []finding
	for member, reason := range reasons {
		if !strings.Contains(notes[member], encode(reason)) {
			findings = append(findings, finding{
				subject: member, what: "told staff about it", state: reason, quiet: true,
				mend: func(ctx context.Context) error { return r.needsAttention(ctx, member, reason) },
			})
		}
	}
	for member := range notes {
		if reasons[member] == "" && deep {
			findings = append(findings, finding{
				subject: member, what: "took the note for staff back", quiet: true,
				mend: func(ctx context.Context) error { return r.needsNoAttention(ctx, member) },
			})
		}
	}
	return findings
}
