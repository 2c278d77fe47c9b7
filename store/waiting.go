package store

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// MaxPriority is the highest priority that a waiting order can be given; the lowest is its
// opposite, and every order begins with 0.
const MaxPriority = 99

// Claim is what one order waits for of one product, and its place in that product's queue.
type Claim struct {
	Order    Number
	Priority int       // higher is served earlier
	Since    time.Time // when the order was placed: of equal priority the older is served earlier
	Units    int
	Barred   int // how many of them must come from units that are not there yet: what is free was refused to it
}

// Compare orders claims as they are served. The order is the same in the queues of all
// products, so two orders can never wait for one another.
func (c Claim) Compare(d Claim) int {
	return cmp.Or(cmp.Compare(d.Priority, c.Priority), c.Since.Compare(d.Since), cmp.Compare(c.Order.String(), d.Order.String()))
}

// Arrival is units of a product that a supplier has announced.
type Arrival struct {
	Delivery string // its id
	At       time.Time
	Units    int
}

// Queues are the claims on each product, in the order in which they are served.
//
// There is one rule for who gets units: a waiting order's claim sets its units aside before
// any later claim, and before any new order, takes some. An order goes on when all of its
// claims are covered; then it goes whole. So nobody is overtaken for a product by somebody
// newer; an order that lacks two products keeps its place for both, and holds back only the
// units that it needs itself: what arrived beyond those goes to the next.
type Queues map[string][]Claim

// Bar notes on the claims of some orders that warehouses have units free and have refused them to that
// order: it still has its place in the queue, and its units are set aside, but it does not go on with those.
func (q Queues) Bar(refused map[Number]map[string][]Line, sites []Site) {
	for product, claims := range q {
		for i, claim := range claims {
			if len(refused[claim.Order]) == 0 {
				continue
			}
			open := 0
			for _, site := range Unrefused(sites, refused[claim.Order]) {
				open += site.Free[product]
			}
			claims[i].Barred = max(0, claim.Units-open)
		}
	}
}

// beyond is how many units there must be of a product, by this claim's own refusals, when so many are free.
func (c Claim) beyond(free int) int {
	if c.Barred == 0 {
		return 0
	}
	return free + c.Barred
}

// Served lists the orders all of whose claims are covered by what is free of each product, in
// the order in which they are served.
func (q Queues) Served(free map[string]int) []Number {
	first, uncovered := map[Number]Claim{}, map[Number]bool{}
	for product, claims := range q {
		need := 0
		for _, claim := range claims {
			need += claim.Units
			first[claim.Order] = claim
			if need > free[product] || claim.Barred > 0 {
				uncovered[claim.Order] = true
			}
		}
	}
	var served []Claim
	for n, claim := range first {
		if !uncovered[n] {
			served = append(served, claim)
		}
	}
	slices.SortFunc(served, Claim.Compare)
	numbers := make([]Number, len(served))
	for i, claim := range served {
		numbers[i] = claim.Order
	}
	return numbers
}

// Share is what one waiting order would get of a product.
type Share struct {
	Claim
	Gets  int      // units that are set aside for it
	Goes  bool     // whether it has then all that it waits for, and goes on
	Lacks []string // other products of which it has too little, by ID
}

// Shares says, in the order in which they are served, what each order that waits for a product
// would get, if so much were free of each product.
func (q Queues) Shares(product string, free map[string]int) []Share {
	lacks := map[Number][]string{}
	for _, other := range slices.Sorted(maps.Keys(q)) {
		need := 0
		for _, claim := range q[other] {
			if need += claim.Units; (need > free[other] || claim.Barred > 0) && other != product {
				lacks[claim.Order] = append(lacks[claim.Order], other)
			}
		}
	}
	shares, left := make([]Share, len(q[product])), free[product]
	for i, claim := range q[product] {
		gets := min(claim.Units, left)
		left -= gets
		shares[i] = Share{Claim: claim, Gets: gets, Lacks: lacks[claim.Order]}
		shares[i].Goes = gets == claim.Units && len(shares[i].Lacks) == 0 && claim.Barred == 0
	}
	return shares
}

// Supply is what there is of a product, and what will come.
type Supply struct {
	Free     int       // units on the shelves that no order holds
	Arriving []Arrival // announced units, the earliest first
	Release  time.Time // when it may be sent at the earliest, zero for at once
}

// CoveredAt says when so many units, those claimed before them included, will have come.
// Zero with true means that they are here; false that nobody has announced enough.
func (s Supply) CoveredAt(need int) (time.Time, bool) {
	at, have := s.Release, s.Free
	for _, arrival := range s.Arriving {
		if have >= need {
			break
		}
		have += arrival.Units
		at = later(at, arrival.At)
	}
	return at, have >= need
}

// Dates says when each waiting order will have all that it waits for, as far as deliveries
// are announced. An order of which that cannot be said is left out; one that could be served
// now has the zero time.
func (q Queues) Dates(supplies map[string]Supply) map[Number]time.Time {
	dates, unknown := map[Number]time.Time{}, map[Number]bool{}
	for product, claims := range q {
		need := 0
		for _, claim := range claims {
			need += claim.Units
			at, known := supplies[product].CoveredAt(max(need, claim.beyond(supplies[product].Free)))
			if !known {
				unknown[claim.Order] = true
			}
			dates[claim.Order] = later(dates[claim.Order], at)
		}
	}
	for n := range unknown {
		delete(dates, n)
	}
	return dates
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// QueueMove is what a person does with a waiting order's place.
type QueueMove string

// The moves.
const (
	MoveUp    QueueMove = "up"    // one step of priority: before all of its present priority
	MoveDown  QueueMove = "down"  // one step of priority: after all of its present priority
	MoveFirst QueueMove = "first" // before everybody who waits for the same
)

// Priority is the priority that a move gives to an order that waits for some lines; false if
// it cannot be moved so far.
func (q Queues) Priority(o Order, waits []Line, move QueueMove) (priority int, ok bool) {
	priority = o.Priority
	switch move {
	case MoveUp:
		priority++
	case MoveDown:
		priority--
	case MoveFirst:
		for _, line := range waits {
			if claims := q[line.Product]; len(claims) > 0 && claims[0].Order != o.Number {
				priority = max(priority, claims[0].Priority+1)
			}
		}
	default:
		return 0, false
	}
	return priority, -MaxPriority <= priority && priority <= MaxPriority
}

// ValidReason tells whether a person has given a reason that can stand in a history.
func ValidReason(why string) bool { return ValidText(why, 1, 200) }
