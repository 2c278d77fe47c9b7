package rdb

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// Lost tells which of some kept changes Redis does not have as they were kept: because it has forgotten
// them, or what they meant for a warehouse, or because there is another story by now. It writes nothing.
// Five round trips at the most, however many changes there are; ask for some hundred at a time.
func (s *Store) Lost(ctx context.Context, changes []journal.Change) ([]journal.Change, error) {
	there, err := s.told(ctx, changes)
	if err != nil {
		return nil, wrap("look for what is lost", err)
	}
	done, err := s.done(ctx, changes, there)
	if err != nil {
		return nil, wrap("look for what is lost", err)
	}
	var lost []journal.Change
	for i, c := range changes {
		if there[i] == missing || there[i] == newest && !done[i] {
			lost = append(lost, c)
		}
	}
	return lost, nil
}

// presence is what Redis has of a change.
type presence int

const (
	present presence = iota // it, and later ones
	newest                  // it, and nothing later
	missing
)

// told asks, in one round trip, which changes the histories tell of. What makes no sense is passed over.
func (s *Store) told(ctx context.Context, changes []journal.Change) ([]presence, error) {
	answers := make([]func() presence, len(changes))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, c := range changes {
			answers[i] = s.askTold(ctx, p, c)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	there := make([]presence, len(changes))
	for i, answer := range answers {
		if answer != nil {
			there[i] = answer()
		}
	}
	return there, nil
}

// askTold asks for what shows that a change is there: the entry of the history that it made, and how many
// have come since.
func (s *Store) askTold(ctx context.Context, p redis.Pipeliner, c journal.Change) func() presence {
	kind, id := aboutWhat(c.Key)
	n, isNumber := store.ParseNumber(id)
	history := ""
	switch {
	case kind == aboutStock:
		return s.askBooked(ctx, p, c)
	case kind == aboutOrder && isNumber && c.Data == nil:
		exists := p.Exists(ctx, s.keyOrder(n))
		return func() presence { return presence(exists.Val()) * missing }
	case kind == aboutOrder && isNumber:
		history = s.keyHistory(n)
	case kind == aboutTransfer:
		history = s.keyTransferHistory(id)
	case kind == aboutDelivery:
		history = s.keyDeliveryHistory(id)
	default:
		return nil
	}
	var kept struct{ History []string }
	if json.Unmarshal(c.Data, &kept) != nil || len(kept.History) != c.Version || c.Version == 0 {
		return nil
	}
	last := kept.History[c.Version-1]
	entry, length := p.LIndex(ctx, history, int64(c.Version-1)), p.LLen(ctx, history)
	return func() presence {
		switch {
		case entry.Val() != last:
			return missing
		case length.Val() == int64(c.Version):
			return newest
		}
		return present
	}
}

// done asks whether what the newest changes meant for the warehouses is done there, in three round trips at
// the most. On a cluster a warehouse's shard may have forgotten what the order's has not.
func (s *Store) done(ctx context.Context, changes []journal.Change, there []presence) ([]bool, error) {
	var numbers []store.Number
	for i, c := range changes {
		if kind, id := aboutWhat(c.Key); kind == aboutOrder && there[i] == newest {
			n, _ := store.ParseNumber(id)
			numbers = append(numbers, n)
		}
	}
	orders, err := s.orders(ctx, numbers, true)
	if err != nil {
		return nil, err
	}
	byNumber := make(map[string]store.Order, len(orders))
	for _, o := range orders {
		byNumber[o.Number.String()] = o
	}
	answers := make([]func() bool, len(changes))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, c := range changes {
			if there[i] != newest {
				continue
			}
			switch kind, id := aboutWhat(c.Key); kind {
			case aboutOrder:
				answers[i] = s.askHeld(ctx, p, byNumber[id])
			case aboutTransfer, aboutDelivery:
				answers[i] = s.askSteps(ctx, p, kind, id, c)
			}
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	done := make([]bool, len(changes))
	for i, answer := range answers {
		done[i] = answer == nil || answer()
	}
	return done, nil
}

// fenceSurely is the age up to which a reservation that is closed for good still shows it (see
// lua/prelude.lua), with time to spare.
const fenceSurely = 36 * time.Hour

// askHeld asks whether an order holds at the warehouses what its story says, or, if it has left, whether
// what it held has left the books.
func (s *Store) askHeld(ctx context.Context, p redis.Pipeliner, o store.Order) func() bool {
	gone := through(o.Status)
	if o.Version == 0 || gone && s.now().Sub(leftAt(o)) > fenceSurely {
		return nil
	}
	holds := holdsOf(o)
	reservations := map[string]*redis.MapStringStringCmd{}
	for w := range holds {
		reservations[w] = p.HGetAll(ctx, s.keyReservation(w, o.Number.String()))
	}
	marked := s.askMarked(ctx, p, s.orderMarks(o))
	return func() bool {
		for w, lines := range holds {
			reservation := reservations[w].Val()
			if gone {
				if fence, _ := strconv.Atoi(reservation["#fence"]); fence < everyAttempt {
					return false
				}
				continue
			}
			held := decodeUnits(reservation)
			if slices.ContainsFunc(lines, func(l store.Line) bool { return held[l.Product] != l.Quantity }) {
				return false
			}
		}
		_, missing := marked()
		return !missing
	}
}

// leftAt is when an order left the house; zero if its story does not tell.
func leftAt(o store.Order) time.Time {
	for _, e := range o.History {
		if through(e.Status) {
			return e.At
		}
	}
	return time.Time{}
}

// siteMark is a step that is done at a warehouse: the version of which thing it belongs to, and its name.
type siteMark struct {
	warehouse, step string
	version         int
}

// askMarked asks which of some marks are there, and gives the first version of which one is missing.
func (s *Store) askMarked(ctx context.Context, p redis.Pipeliner, marks []siteMark) func() (version int, missing bool) {
	asked := make([]*redis.IntCmd, len(marks))
	for i, m := range marks {
		asked[i] = p.Exists(ctx, s.keyStep(m.warehouse, m.step))
	}
	return func() (int, bool) {
		for i, exists := range asked {
			if exists.Val() == 0 {
				return marks[i].version, true
			}
		}
		return 0, false
	}
}

// orderMarks are the marks that an order's own moves leave, as far as they are young enough to be seen.
func (s *Store) orderMarks(o store.Order) []siteMark {
	var marks []siteMark
	if o.Status == store.Returned && o.Inspection != nil && o.BackAt() != "" {
		marks = append(marks, siteMark{warehouse: o.BackAt(), step: "inspect." + o.Number.String()})
	}
	for _, g := range o.Given {
		if s.now().Sub(g.At) < surelyDone && g.Cause != store.CauseSold {
			marks = append(marks, siteMark{warehouse: g.Warehouse, step: givenStep(o.Number, g)})
		}
	}
	return marks
}

// askSteps asks whether the steps of a transfer or a delivery that are noted as done have left their marks
// at the warehouses, as far as they are young enough to be seen.
func (s *Store) askSteps(ctx context.Context, p redis.Pipeliner, kind, id string, c journal.Change) func() bool {
	kept, err := decodeImage(c)
	if err != nil {
		return nil
	}
	from := settledBefore(kept, s.now().Add(-surelyDone))
	key, marks := s.keyDelivery(id), []siteMark{}
	if kind == aboutDelivery {
		d := decodeDelivery(id, kept.Hash)
		for _, entry := range kept.History[from:] {
			var step store.DeliveryStep
			if json.Unmarshal([]byte(entry), &step) == nil && len(step.Lines) > 0 {
				marks = append(marks, siteMark{d.Warehouse, deliveryStep(id, step.Version), step.Version})
			}
		}
	} else {
		key, marks = s.keyTransfer(id), transferMarks(decodeTransfer(id, kept.Hash), decodeSteps(kept.History), from)
	}
	settled, marked := p.HGet(ctx, key, "settled"), s.askMarked(ctx, p, marks)
	return func() bool {
		version, missing := marked()
		upTo, _ := strconv.Atoi(settled.Val())
		return !missing || version > upTo // what is due is done by the sweeper
	}
}

// transferMarks are the marks that the steps of a transfer leave, those after a version.
func transferMarks(t store.Transfer, steps []transferStep, after int) []siteMark {
	refused := refusedSteps(steps)
	var marks []siteMark
	for _, step := range steps[after:] {
		if step.Void || refused[step.Version] {
			continue
		}
		for i, m := range movesOf(t, step) {
			marks = append(marks, siteMark{m.warehouse, moveStep(t.ID, step.Version, i), step.Version})
		}
	}
	return marks
}
