package rdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	ordersAtOnce = 500 // orders read in one round trip of a look
	oddAtOnce    = 100 // members of lists that name no order, in one look
	closedTail   = 50  // newest entries of a list of closed orders that every look sees
)

// standing is what a look saw of one order: where it is listed, and what its keys say.
type standing struct {
	number store.Number
	queues map[store.Status]int // how often it stands in each status's list
	sets   map[string]bool      // the warehouses' sorted sets in which it stands

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

// lookAtOrders compares every open order that stands in a list with its keys, and the newest closed
// ones. deep adds all closed orders, and those that stand in no list at all.
func (r *reconciler) lookAtOrders(ctx context.Context, directory store.Directory, deep bool) ([]finding, error) {
	listed, odd, err := r.listed(ctx, directory, deep)
	if err != nil {
		return nil, err
	}
	if deep {
		if err := r.addUnlisted(ctx, listed); err != nil {
			return nil, err
		}
	}
	var findings []finding
	var strangers []*standing
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(listed)), ordersAtOnce) {
		if err := r.readStandings(ctx, chunk, listed, deep); err != nil {
			return nil, err
		}
		for _, n := range chunk {
			if s := listed[n]; s.version == 0 {
				strangers = append(strangers, s)
			} else {
				findings = append(findings, r.judgeOrder(s, deep)...)
			}
		}
	}
	if deep {
		r.standings = listed
	}
	more, err := r.lookAtStrangers(ctx, directory, strangers, odd, deep)
	return append(findings, more...), err
}

// listed reads the lists and sorted sets: where each order stands, and the members that name none.
func (r *reconciler) listed(ctx context.Context, directory store.Directory, deep bool) (map[store.Number]*standing, map[oddMember]bool, error) {
	queues, sets := map[oddMember]*redis.StringSliceCmd{}, map[string]*redis.StringSliceCmd{}
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, status := range store.Statuses() {
			first := int64(0)
			if !deep && !status.Open() {
				first = -closedTail
			}
			for _, at := range r.parts() {
				queues[oddMember{at: at, queue: status}] = p.LRange(ctx, keyQueue(at, status), first, -1)
			}
		}
		for _, w := range directory.WarehouseIDs {
			for _, at := range r.parts() {
				for _, set := range []string{keyToAssemble(at, w), keyToPickUp(at, w), keyToInspect(at, w)} {
					sets[set] = p.ZRange(ctx, set, 0, -1)
				}
			}
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, nil, err
	}
	listed, odd := map[store.Number]*standing{}, map[oddMember]bool{}
	at := func(n store.Number) *standing {
		if listed[n] == nil {
			listed[n] = &standing{number: n, queues: map[store.Status]int{}, sets: map[string]bool{}}
		}
		return listed[n]
	}
	for list, members := range queues {
		for _, member := range members.Val() {
			if n, ok := orderOf(member); ok && r.part(n) == list.at {
				at(n).queues[list.queue]++
			} else if len(odd) < oddAtOnce {
				odd[oddMember{list.at, list.queue, member}] = true
			}
		}
	}
	for set, members := range sets {
		for _, n := range orderNumbers(members.Val()) {
			at(n).sets[set] = true
		}
	}
	return listed, odd, nil
}

// addUnlisted scans for orders whose status key stands alone.
func (r *reconciler) addUnlisted(ctx context.Context, listed map[store.Number]*standing) error {
	return r.scan(ctx, "order:*:status*", "", func(key string) error {
		name, tag, _ := strings.Cut(key, ":status")
		n, ok := orderOf(name)
		if ok && string(r.part(n)) == tag && listed[n] == nil {
			listed[n] = &standing{number: n, queues: map[store.Status]int{}, sets: map[string]bool{}}
		}
		return nil
	})
}

// readStandings reads the keys of some orders in one round trip. Only a deep look counts their products.
func (r *reconciler) readStandings(ctx context.Context, numbers []store.Number, listed map[store.Number]*standing, deep bool) error {
	type parts struct {
		hash            *redis.SliceCmd
		products, lines *redis.IntCmd
	}
	read := make([]parts, len(numbers))
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
	for i, n := range numbers {
		s := listed[n]
		s.status = found[n]
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
	for status, times := range s.queues {
		if status != s.status || times != 1 {
			return true
		}
	}
	if (deep || s.status.Open()) && s.queues[s.status] == 0 {
		return true
	}
	want := s.set(k)
	if want != "" && !s.sets[want] {
		return true
	}
	return len(s.sets) > 1 || want == "" && len(s.sets) > 0
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
