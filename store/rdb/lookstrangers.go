package rdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// oddMember is an entry of a list that cannot name an order.
type oddMember struct {
	queue  store.Status
	member string
}

// lookAtStrangers finds orders that outside programs wrote: those that can be adopted, and those of which
// staff must know why they cannot. deep takes back notes about orders that are no longer there.
func (r *reconciler) lookAtStrangers(ctx context.Context, directory store.Directory, strangers []*standing, odd map[oddMember]bool, deep bool) ([]finding, error) {
	notes, err := r.client.HGetAll(ctx, keyAttention).Result()
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
				reasons[keyOrder(order.Number)] = reason
			} else {
				findings = append(findings, r.adoptable(order, chunk[i]))
			}
		}
	}
	for o := range odd {
		if strings.HasPrefix(o.member, "order:") {
			reasons[o.member] = "An outside program wrote it with a number that is none: only digits, without a zero in front."
		} else {
			findings = append(findings, r.removable(o))
		}
	}
	return append(findings, r.compareNotes(reasons, notes, deep)...), nil
}

// readStrangers reads the orders in one round trip.
func (r *reconciler) readStrangers(ctx context.Context, strangers []*standing) ([]store.Order, error) {
	readings := make([]orderReading, len(strangers))
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, s := range strangers {
			readings[i].number = s.number
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
		if s.queues[status] > 0 {
			queue = status
		}
	}
	return finding{
		subject: keyOrder(order.Number), what: "adopted: an outside program wrote it", state: encode(order.Lines),
		mend: func(ctx context.Context) error { return r.adopt(ctx, order.Number, queue) },
	}
}

func (r *reconciler) removable(o oddMember) finding {
	return finding{
		subject: keyQueue(o.queue), what: fmt.Sprintf("removed %q, which is no order", short(o.member)),
		mend: func(ctx context.Context) error { return r.client.LRem(ctx, keyQueue(o.queue), 0, o.member).Err() },
	}
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
