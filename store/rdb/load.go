package rdb

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// A warehouse's load says how many orders are promised to leave it on each day. It is counted in
// the same atomic step as the order's own: an order counts from being placed until it is cancelled,
// waits again or is planned anew, whenever it really leaves. store.Warehouse.Capacity says what the
// figure is for.

const leavesOn = "leaves_on" // the field of an order's hash that says on which day it counts

// slot is where an order counts; the zero slot is nowhere.
type slot struct {
	warehouse string
	day       store.Day
}

func slotOf(o store.Order) slot {
	return slotIn(o.Status, o.Warehouse, o.Plan.LeavesOn)
}

func slotIn(status store.Status, warehouse string, day store.Day) slot {
	switch status {
	case store.Placed, store.Ready, store.Sent, store.Delivered, store.Returned:
		if warehouse != "" && day != "" {
			return slot{warehouse, day}
		}
	}
	return slot{}
}

// countLoad moves an order from the slot that it had before a step to the one that it has after it.
func (s *Store) countLoad(ctx context.Context, p redis.Pipeliner, before, after store.Order) {
	from, to := slotOf(before), slotOf(after)
	if from == to {
		return
	}
	at := s.part(cmp.Or(after.Number, before.Number))
	if from != (slot{}) {
		p.HIncrBy(ctx, keyLoad(at, from.warehouse), string(from.day), -1)
	}
	if to != (slot{}) {
		p.HIncrBy(ctx, keyLoad(at, to.warehouse), string(to.day), 1)
	}
}

func decodeLoad(h map[string]int) map[store.Day]int {
	load := make(map[store.Day]int, len(h))
	for day, orders := range h {
		load[store.Day(day)] = orders
	}
	return load
}

// lookAtLoads compares the loads from today on with the orders, and finds days that are over, which
// nobody needs any more. Only a deep look sees all orders, so the others do nothing. To see a million takes
// minutes: a load that has changed meanwhile is left to another look.
func (r *reconciler) lookAtLoads(ctx context.Context, directory store.Directory, deep bool) ([]finding, error) {
	if !deep {
		return nil, nil
	}
	loads, err := r.readLoads(ctx, directory)
	if err != nil {
		return nil, err
	}
	today := r.calendar().DayOf(r.now())
	var findings []finding
	for at, load := range loads {
		for day := range r.counted[at] {
			load[day] += 0 // a day that the load has forgotten
		}
		for _, day := range slices.Sorted(maps.Keys(load)) {
			if load[day] != r.loads[at][day] {
				continue
			}
			if f, wrong := r.judgeLoad(at, day, today, load[day], r.counted[at][day]); wrong {
				findings = append(findings, f)
			}
		}
	}
	return findings, nil
}

// readLoads reads the loads of all warehouses.
func (r *reconciler) readLoads(ctx context.Context, directory store.Directory) (map[place]map[store.Day]int, error) {
	asked := map[place]*redis.MapStringStringCmd{}
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, w := range directory.WarehouseIDs {
			for _, at := range r.parts() {
				asked[place{at, w}] = p.HGetAll(ctx, keyLoad(at, w))
			}
		}
		return nil
	})
	loads := map[place]map[store.Day]int{}
	for at, h := range asked {
		loads[at] = decodeLoad(decodeUnits(h.Val()))
	}
	return loads, failed(commands, err)
}

// judgeLoad says what is wrong with the load of one day. It is corrected by the difference, so that
// orders that are placed meanwhile still count.
func (r *reconciler) judgeLoad(at place, on, today store.Day, load, counted int) (finding, bool) {
	key, day := keyLoad(at.part, at.warehouse), string(on)
	f := finding{subject: key, state: fmt.Sprint(day, load, counted)}
	switch {
	case on < today && load != 0:
		f.what = "forgot how many orders left on " + short(day)
		f.mend = func(ctx context.Context) error { return r.client.HDel(ctx, key, day).Err() }
	case on >= today && load != counted:
		f.what = fmt.Sprintf("counted the orders that leave on %s anew: %d, not %d", short(day), counted, load)
		f.mend = func(ctx context.Context) error {
			return r.client.HIncrBy(ctx, key, day, int64(counted-load)).Err()
		}
	}
	return f, f.mend != nil
}

// place is where a load is kept: a warehouse's, in one partition.
type place struct {
	part
	warehouse string
}

// countLoad counts an order that a deep look sees, unless its day is over.
func (r *reconciler) countLoad(s *standing) {
	if s.slot == (slot{}) || s.slot.day < r.calendar().DayOf(r.now()) {
		return
	}
	at := place{r.part(s.number), s.slot.warehouse}
	if r.counted[at] == nil {
		r.counted[at] = map[store.Day]int{}
	}
	r.counted[at][s.slot.day]++
}
