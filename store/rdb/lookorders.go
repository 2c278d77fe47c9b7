package rdb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	ordersAtOnce = 500 // orders read in one round trip of a look
	looksAround  = 10  // an open order of which nothing has changed is read again in one look of so many
)

// standing is what a look saw of one order: where it is listed, and what its keys say.
type standing struct {
	number store.Number
	queues []store.Status // the lists in which it stands, once for each time
	sets   []string       // the warehouses' sorted sets in which it stands

	status    store.Status // the status key; "" if there is none
	ours      store.Status // the one that we have set last
	copied    store.Status // the hash's copy, for readers
	version   int
	warehouse string // where it is assembled; of a returned one, where it came back to
	inspected bool
	slot      slot  // where it counts in a warehouse's load
	products  int64 // length of the list of products; a deep look only
	lines     int64 // lines by the quantities; a deep look only
}

// lookAtOrders compares every open order that stands in a list with its status key, and with its other
// keys where anything has changed since a look found it right; and the newest closed ones. deep adds all
// closed orders, and those that stand in no list at all. Orders are read in small pieces, and nothing is
// kept of those that are as they should be.
func (r *reconciler) lookAtOrders(ctx context.Context, directory store.Directory, deep bool) ([]finding, error) {
	if deep {
		var err error
		if r.loads, err = r.readLoads(ctx, directory); err != nil {
			return nil, err
		}
		r.counted = map[place]map[store.Day]int{}
	}
	listed, err := r.listed(ctx, directory, deep)
	if err != nil {
		return nil, err
	}
	seen := &sighting{right: make(map[store.Number]uint64, len(r.right))}
	r.turn++
	var unsure [][]entry
	for chunk := range listed.orders(ordersAtOnce) {
		began := time.Now()
		if deep {
			unsure = chunk
		} else if unsure, err = r.changed(ctx, listed, chunk, unsure, seen); err != nil {
			return nil, err
		}
		if deep || len(unsure) >= ordersAtOnce {
			if err := r.read(ctx, listed, unsure, deep, seen); err != nil {
				return nil, err
			}
			unsure = nil
		}
		if err := rest(ctx, began); err != nil {
			return nil, err
		}
	}
	if err := r.read(ctx, listed, unsure, deep, seen); err != nil {
		return nil, err
	}
	if !deep {
		r.right = seen.right
	}
	more, err := r.lookAtStrangers(ctx, directory, seen.strangers, listed.odd, deep)
	return append(seen.findings, more...), err
}

// sighting is what one look has made out about orders.
type sighting struct {
	findings  []finding
	strangers []*standing
	right     map[store.Number]uint64 // those that are as they should be: where they stand, in one number
}

// changed adds those orders to unsure whose status or lists are not as they were when all was right. Some
// are read again in each look all the same: an outside program may have written over a hash.
func (r *reconciler) changed(ctx context.Context, listed *listing, chunk, unsure [][]entry, seen *sighting) ([][]entry, error) {
	numbers := make([]store.Number, len(chunk))
	for i, entries := range chunk {
		numbers[i] = entries[0].number
	}
	statuses, err := r.statuses(ctx, numbers)
	if err != nil {
		return nil, err
	}
	for i, entries := range chunk {
		n := numbers[i]
		stamp := listed.stamp(entries, statuses[n])
		if r.right[n] == stamp && (int(n)+r.turn)%looksAround != 0 {
			seen.right[n] = stamp
		} else {
			unsure = append(unsure, entries)
		}
	}
	return unsure, nil
}

// read reads all keys of some orders, in one round trip, and judges them.
func (r *reconciler) read(ctx context.Context, listed *listing, chunk [][]entry, deep bool, seen *sighting) error {
	if len(chunk) == 0 {
		return nil
	}
	standings := make([]*standing, len(chunk))
	for i, entries := range chunk {
		standings[i] = listed.standing(entries)
	}
	if err := r.readStandings(ctx, standings, deep); err != nil {
		return err
	}
	for i, s := range standings {
		if deep {
			r.countLoad(s)
		}
		switch {
		case s.version == 0:
			seen.strangers = append(seen.strangers, s)
		case r.closedOnly && s.open():
		default:
			findings := r.judgeOrder(s, deep)
			seen.findings = append(seen.findings, findings...)
			if len(findings) == 0 && !deep {
				seen.right[s.number] = listed.stamp(chunk[i], s.status)
			}
		}
	}
	return nil
}

// open tells whether the order stands among open ones: then it moves on while others are read.
func (s *standing) open() bool {
	return s.status.Open() || len(s.sets) > 0 || slices.ContainsFunc(s.queues, store.Status.Open)
}

// readStandings reads the keys of some orders in one round trip. Only a deep look counts their products.
func (r *reconciler) readStandings(ctx context.Context, standings []*standing, deep bool) error {
	type parts struct {
		hash            *redis.SliceCmd
		products, lines *redis.IntCmd
	}
	read, numbers := make([]parts, len(standings)), make([]store.Number, len(standings))
	for i, s := range standings {
		numbers[i] = s.number
	}
	statuses := statusesReading{keys: r.keys}
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		statuses.ask(ctx, p, numbers)
		for i, n := range numbers {
			read[i].hash = p.HMGet(ctx, r.keyOrder(n), "status", "ours", "version", "warehouse", "uid", "return_to", "inspection", leavesOn)
			if deep {
				read[i].products, read[i].lines = p.LLen(ctx, r.keyLines(n)), p.HLen(ctx, r.keyQuantities(n))
			}
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return err
	}
	found := statuses.statuses()
	for i, s := range standings {
		s.status = found[s.number]
		if fields := read[i].hash.Val(); len(fields) == 8 && text(fields[4]) != "" {
			s.copied, s.ours, s.warehouse = store.Status(text(fields[0])), store.Status(text(fields[1])), text(fields[3])
			s.slot = slotIn(s.ours, s.warehouse, store.Day(text(fields[7])))
			s.version, _ = strconv.Atoi(text(fields[2]))
			if s.inspected = text(fields[6]) != ""; s.status == store.Returned && text(fields[5]) != "" {
				s.warehouse = text(fields[5])
			}
		}
		if deep {
			s.products, s.lines = read[i].products.Val(), read[i].lines.Val()
		}
	}
	return nil
}

// statuses reads the status keys of some orders in one round trip.
func (r *reconciler) statuses(ctx context.Context, numbers []store.Number) (map[store.Number]store.Status, error) {
	reading := statusesReading{keys: r.keys}
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		reading.ask(ctx, p, numbers)
		return nil
	})
	return reading.statuses(), failed(commands, err)
}

// statusesReading asks for the status keys of many orders, in one command for each partition.
type statusesReading struct {
	keys
	asked   map[part]*redis.SliceCmd
	numbers map[part][]store.Number
}

func (r *statusesReading) ask(ctx context.Context, p redis.Pipeliner, numbers []store.Number) {
	r.asked, r.numbers = map[part]*redis.SliceCmd{}, map[part][]store.Number{}
	names := map[part][]string{}
	for _, n := range numbers {
		at := r.part(n)
		r.numbers[at], names[at] = append(r.numbers[at], n), append(names[at], r.keyStatus(n))
	}
	for at := range names {
		r.asked[at] = p.MGet(ctx, names[at]...)
	}
}

// statuses are those of the orders that have one.
func (r *statusesReading) statuses() map[store.Number]store.Status {
	found := map[store.Number]store.Status{}
	for at, asked := range r.asked {
		for i, value := range asked.Val() {
			found[r.numbers[at][i]] = store.Status(text(value))
		}
	}
	return found
}

// text reads a value of MGET or HMGET, "" when there is none.
func text(value any) string {
	s, _ := value.(string)
	return s
}

// judgeOrder says what is wrong with one of our orders: first its status, then where it stands.
func (r *reconciler) judgeOrder(s *standing, deep bool) []finding {
	subject := orderName(s.number)
	switch {
	case s.status == "":
		return []finding{{subject: subject, what: "restored its status key", state: string(s.ours), mend: func(ctx context.Context) error {
			return r.client.SetNX(ctx, r.keyStatus(s.number), string(s.ours), 0).Err()
		}}}
	case s.status != s.ours:
		return []finding{{subject: subject, what: fmt.Sprintf("followed its status key from %s to %s", s.ours, short(string(s.status))), state: string(s.status), mend: func(ctx context.Context) error {
			return r.heed(ctx, s.number)
		}}}
	}
	var findings []finding
	if s.copied != s.ours {
		findings = append(findings, finding{
			subject: subject, what: "wrote the status in its hash anew", state: string(s.copied),
			mend: func(ctx context.Context) error { return r.recopy(ctx, s.number) },
		})
	}
	if s.misplaced(r.keys, deep) {
		findings = append(findings, finding{
			subject: subject, what: "put back where a " + string(s.status) + " order stands", state: fmt.Sprint(s.version, s.queues, s.sets),
			mend: func(ctx context.Context) error { return r.requeue(ctx, s) },
		})
	}
	if s.products != s.lines {
		findings = append(findings, finding{
			subject: subject, what: "wrote its list of products anew", state: fmt.Sprint(s.products),
			mend: func(ctx context.Context) error { return r.relist(ctx, s.number) },
		})
	}
	return findings
}

// misplaced tells whether the order stands anywhere but exactly once where its status says. Without a
// deep look nothing is known of the lists of closed orders.
func (s *standing) misplaced(k keys, deep bool) bool {
	listed := deep || s.status.Open()
	if len(s.queues) > 1 || len(s.queues) == 0 && listed || len(s.queues) == 1 && s.queues[0] != s.status {
		return true
	}
	return s.strayed(k)
}

// strayed tells whether it stands anywhere but in the sorted set where its status says.
func (s *standing) strayed(k keys) bool {
	want := s.set(k)
	return len(s.sets) > 1 || len(s.sets) == 1 && s.sets[0] != want || len(s.sets) == 0 && want != ""
}

// set is the sorted set in which the order has to stand, "" for none.
func (s *standing) set(k keys) string {
	at := k.part(s.number)
	switch {
	case s.warehouse == "":
		return ""
	case s.status == store.Placed:
		return keyToAssemble(at, s.warehouse)
	case s.status == store.Ready:
		return keyToPickUp(at, s.warehouse)
	case s.status == store.Returned && !s.inspected:
		return keyToInspect(at, s.warehouse)
	}
	return ""
}
