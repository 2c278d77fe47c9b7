package rdb

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	oddAtOnce  = 100  // members of lists that name no order, in one look
	closedTail = 50   // newest entries of a list of closed orders that every look sees
	closedMost = 5000 // and at most so many, when the list has grown by that since the last look
)

// listing is where all orders stand that a look has to see. A million closed orders are listed, so it
// takes a few bytes for each.
type listing struct {
	wheres  []where
	entries []entry
	odd     map[oddMember]bool
}

// entry says that an order stands somewhere.
type entry struct {
	number store.Number
	where  int32 // among wheres; nowhere if only its status key was found
}

const nowhere int32 = -1

// where is a list of one status, or a sorted set of a warehouse.
type where struct {
	at    part
	queue store.Status
	set   string
}

// listed reads the lists and sorted sets. Of closed orders it reads those that were closed since the last
// look; deep reads all, and finds the orders that stand nowhere.
func (r *reconciler) listed(ctx context.Context, directory store.Directory, deep bool) (*listing, error) {
	l := &listing{odd: map[oddMember]bool{}}
	var keyed []store.Number // first, so that who is placed meanwhile is not taken for unlisted
	if deep {
		var err error
		if keyed, err = r.keyedOrders(ctx); err != nil {
			return nil, err
		}
	}
	tails, err := r.newlyClosed(ctx, deep)
	if err != nil {
		return nil, err
	}
	var all []*pages
	read := func(w where, key string, most int64) {
		id := int32(len(l.wheres))
		l.wheres = append(l.wheres, w)
		all = append(all, &pages{key: key, set: w.set != "", most: most, seen: func(member string) { l.enter(r.keys, id, member) }})
	}
	for _, at := range r.parts() {
		for _, status := range store.Statuses() {
			read(where{at: at, queue: status}, keyQueue(at, status), tails[keyQueue(at, status)])
		}
		for _, w := range directory.WarehouseIDs {
			for _, set := range []string{keyToAssemble(at, w), keyToPickUp(at, w), keyToInspect(at, w)} {
				read(where{at: at, set: set}, set, 0)
			}
		}
	}
	if err := r.readPages(ctx, all); err != nil {
		return nil, err
	}
	l.sort()
	var unlisted []entry
	for _, n := range keyed {
		if !l.has(n) {
			unlisted = append(unlisted, entry{n, nowhere})
		}
	}
	if len(unlisted) > 0 {
		l.entries = append(l.entries, unlisted...)
		l.sort()
	}
	return l, nil
}

// newlyClosed says how many of the newest members of each list of closed orders are to be read: 0 for all.
func (r *reconciler) newlyClosed(ctx context.Context, deep bool) (map[string]int64, error) {
	lengths := map[string]*redis.IntCmd{}
	if deep {
		return nil, nil
	}
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, at := range r.parts() {
			for _, status := range store.Statuses() {
				if !status.Open() {
					lengths[keyQueue(at, status)] = p.LLen(ctx, keyQueue(at, status))
				}
			}
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	tails := map[string]int64{}
	for key, length := range lengths {
		tails[key] = closedTail
		if before, known := r.closed[key]; known {
			tails[key] = min(closedMost, closedTail+max(0, length.Val()-before))
		}
		if r.closed == nil {
			r.closed = map[string]int64{}
		}
		r.closed[key] = length.Val()
	}
	return tails, nil
}

// keyedOrders scans for the status keys of all orders.
func (r *reconciler) keyedOrders(ctx context.Context) ([]store.Number, error) {
	var found []store.Number
	err := r.scan(ctx, "order:*:status*", "", func(key string) error {
		name, tag, _ := strings.Cut(key, ":status")
		if n, ok := orderOf(name); ok && string(r.part(n)) == tag {
			found = append(found, n)
		}
		return nil
	})
	slices.Sort(found)
	return slices.Compact(found), err
}

func (l *listing) enter(k keys, id int32, member string) {
	w := l.wheres[id]
	n, ok := orderOf(member)
	switch {
	case ok && (w.set != "" || k.part(n) == w.at):
		l.entries = append(l.entries, entry{n, id})
	case w.set == "" && len(l.odd) < oddAtOnce:
		l.odd[oddMember{w.at, w.queue, member}] = true
	}
}

// sort puts the entries of each order side by side. That one stands in a set is said once: a set may be
// seen twice.
func (l *listing) sort() {
	slices.SortFunc(l.entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.where, b.where)) })
	l.entries = slices.CompactFunc(l.entries, func(a, b entry) bool { return a == b && a.where != nowhere && l.wheres[a.where].set != "" })
}

func (l *listing) has(n store.Number) bool {
	_, found := slices.BinarySearchFunc(l.entries, n, func(e entry, n store.Number) int { return cmp.Compare(e.number, n) })
	return found
}

// orders goes through the orders, so many at once, each with its entries.
func (l *listing) orders(atOnce int) iter.Seq[[][]entry] {
	return func(yield func([][]entry) bool) {
		var chunk [][]entry
		for first := 0; first < len(l.entries); {
			next := first + 1
			for next < len(l.entries) && l.entries[next].number == l.entries[first].number {
				next++
			}
			if chunk = append(chunk, l.entries[first:next]); len(chunk) == atOnce {
				if !yield(chunk) {
					return
				}
				chunk = nil
			}
			first = next
		}
		if len(chunk) > 0 {
			yield(chunk)
		}
	}
}

// standing is where an order stands, before its keys are read.
func (l *listing) standing(entries []entry) *standing {
	s := &standing{number: entries[0].number}
	for _, e := range entries {
		switch {
		case e.where == nowhere:
		case l.wheres[e.where].set != "":
			s.sets = append(s.sets, l.wheres[e.where].set)
		default:
			s.queues = append(s.queues, l.wheres[e.where].queue)
		}
	}
	return s
}

// stamp is a number for exactly these entries and this status.
func (l *listing) stamp(entries []entry, status store.Status) uint64 {
	sum := uint64(slices.Index(store.Statuses(), status) + 2)
	for _, e := range entries {
		sum = sum*1_000_003 + uint64(e.where+2)
	}
	return sum
}
