package store

import (
	"cmp"
	"slices"
	"time"
)

// Hold is what an order, or a transfer that fills a shelf, holds of a product at a warehouse. May is how
// many of these units it could give up: none of a parcel that is ready.
type Hold struct {
	Order      Number // zero when a transfer for a shelf holds them
	Transfer   string // that transfer's id
	To         string // the warehouse to which it goes
	Units      int
	May        int
	Packed     int // units that are in the order's box
	Status     Status
	Recipient  string
	Priority   int
	PlacedAt   time.Time
	PromisedAt time.Time
}

// Name tells a hold from the others of its product and warehouse: the order's number, or the transfer's id.
func (h Hold) Name() string {
	if h.Transfer != "" {
		return h.Transfer
	}
	return h.Order.String()
}

// Before orders holds as they give way: first what was only asked for a shelf, then the lowest priority,
// then the newest order.
func (h Hold) Before(other Hold) int {
	return cmp.Or(
		cmp.Compare(min(h.Order, 1), min(other.Order, 1)),
		cmp.Compare(h.Priority, other.Priority),
		other.PlacedAt.Compare(h.PlacedAt),
		cmp.Compare(other.Order, h.Order),
		cmp.Compare(h.Transfer, other.Transfer),
	)
}

// Yield is how many units of a product an order, or a transfer for a shelf, loses because there are fewer
// than were promised.
type Yield struct {
	Order    Number `json:"order,omitempty"`
	Transfer string `json:"transfer,omitempty"`
	Product  string `json:"product"`
	Units    int    `json:"units"`
}

// GiveWay parts the units of a product that are promised and not there among those who hold them: nobody
// loses more than is needed, or than they may. chosen names those who give way; nil leaves it to Before. It
// gives what each of the holds loses, in their order, and how many units are left.
func GiveWay(holds []Hold, need int, chosen []string) (gives []int, left int) {
	gives = make([]int, len(holds))
	order := make([]int, len(holds))
	for i := range holds {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return holds[a].Before(holds[b]) })
	for _, i := range order {
		if chosen == nil || slices.Contains(chosen, holds[i].Name()) {
			gives[i] = min(holds[i].May, max(0, need))
			need -= gives[i]
		}
	}
	return gives, max(0, need)
}

// Loser is a hold, what it would lose, and what would become of its order then: its units come From
// elsewhere and it arrives on PromisedAt, or it Waits for them until ExpectedAt, zero if nobody knows.
type Loser struct {
	Hold
	Gives int
	Then  Fate
}

// Fate is what becomes of an order that loses units.
type Fate struct {
	From       []string
	PromisedAt time.Time
	Waits      bool
	ExpectedAt time.Time
}

// Remains says how many units of a product will be on the shelf: so many, or, with Take, so many fewer than
// the books say.
type Remains struct{ Units, Take int }

// Of is how many units that is.
func (r Remains) Of(l Level) int {
	if r.Take > 0 {
		return max(0, l.OnHand-r.Take)
	}
	return r.Units
}

// Losers is who holds a product at a warehouse and what each of them would lose, in the order in which
// they give way. Left is how many units are missing even if they all do.
type Losers struct {
	Product string
	Level   Level
	OnHand  int // units that will be on the shelf
	Need    int // of the promised units, so many are missing then
	Left    int
	List    []Loser
}

// Yields are what the losers lose.
func (l Losers) Yields() []Yield {
	var yields []Yield
	for _, loser := range l.List {
		if loser.Gives > 0 {
			yields = append(yields, Yield{Order: loser.Order, Transfer: loser.Transfer, Product: l.Product, Units: loser.Gives})
		}
	}
	return yields
}

// Correction changes what is on hand of some products by hand although more of them is promised than will
// be left: Yields says who gives way. Who wishes it and Key name the wish: the same pair happens once.
type Correction struct {
	Warehouse string
	Kind      MovementKind // MoveCounted, MoveDamaged or MoveAdjusted
	Reason    string
	Key       string
	Lines     []CorrectionLine
	Yields    []Yield
}

// CorrectionLine is a product and by how many units it changes. Seen is what the books said to whoever
// decided that: if they have moved on since, nothing is booked. AnyLevel does not look.
type CorrectionLine struct {
	Product      string
	Change, Seen int
}

// AnyLevel is a Seen that does not matter.
const AnyLevel = -1

// Given is what an order or a transfer has lost by a correction, whose id is Correction. Cause is why,
// for people.
type Given struct {
	Correction string    `json:"correction"`
	Warehouse  string    `json:"warehouse"`
	Product    string    `json:"product"`
	Units      int       `json:"units"`
	Cause      Cause     `json:"cause"`
	Why        string    `json:"why"`
	Who        string    `json:"who"`
	At         time.Time `json:"at"`
}

// Giving is the plan after its order has lost units of a product at the place of assembly: what was on its
// shelf goes first, then what came by transfers that have arrived. Units that are still moving stay.
func (p Plan) Giving(product string, units int, moving []string) Plan {
	p.Sources = slices.Clone(p.Sources)
	own := func(s Source) bool { return s.Transfer == "" }
	arrived := func(s Source) bool { return s.Transfer != "" && !slices.Contains(moving, s.Transfer) }
	for _, gives := range []func(Source) bool{own, arrived} {
		for i, source := range p.Sources {
			if n := min(units, Quantity(source.Lines, product)); n > 0 && gives(source) {
				p.Sources[i].Lines = Less(source.Lines, []Line{{Product: product, Quantity: n}})
				units -= n
			}
		}
	}
	return p
}
