package store

import (
	"cmp"
	"slices"
	"time"
)

// Site is a warehouse, what it has free to promise (product → units), and how many orders
// are already promised to leave it on each day.
type Site struct {
	Warehouse Warehouse
	Free      map[string]int
	Load      map[Day]int
}

// Request is what Route decides upon. To is nil when nobody has said where the order goes.
type Request struct {
	Lines    []Line
	To       *Point
	Speed    Speed
	Now      time.Time
	Calendar Calendar
}

// Candidate is one warehouse as the place of assembly: what it would have meant, and why
// another was better. Lost is empty for the one that was chosen. AtLeast tells that its date
// and transfers are the best that it could have had: in a large shop nobody works out more
// once that is seen not to be enough. Rough tells that its sources are a good way, but were not
// proven to be the fewest and nearest before the time was up.
type Candidate struct {
	Warehouse  string    `json:"warehouse"`
	PromisedAt time.Time `json:"promised_at"`
	Transfers  int       `json:"transfers"`
	Distance   float64   `json:"distance"` // metres to the recipient, 0 if unknown
	AtLeast    bool      `json:"at_least,omitempty"`
	Rough      bool      `json:"rough,omitempty"`
	Lost       string    `json:"lost,omitempty"`
	Held       string    `json:"held,omitempty"`    // why it leaves later than its cut-off would let it
	Sources    []Source  `json:"sources,omitempty"` // of the first few only

	site     int // its index among the shelves
	readyAt  time.Time
	leavesAt time.Time
}

// told is how many candidates of a plan say where everything would have come from, and what
// held them. Nobody reads more, and each order keeps its plan.
const told = 20

// Plan is where an order is assembled, where everything comes from, and when it arrives.
// Candidates keeps the decision readable: the chosen warehouse first, the others from
// best to worst.
type Plan struct {
	Assembly   string      `json:"assembly"`
	PromisedAt time.Time   `json:"promised_at"`
	ReadyAt    time.Time   `json:"ready_at"`            // by when the transfers have to be there
	LeavesOn   Day         `json:"leaves_on,omitempty"` // when it is promised to leave the place of assembly
	Sources    []Source    `json:"sources"`
	Candidates []Candidate `json:"candidates"`
}

// Route decides where an order is assembled. Each warehouse is tried as the place of
// assembly: what it lacks comes from the fewest other warehouses, nearest first. The
// candidates are compared by the date that the asked-for speed allows, then by transfers,
// then by distance, then by name; without an address the fewest transfers decide. It is a
// pure function: the same request and sites give the same plan. The lines must be merged.
//
// The choice is exact, except where each of very many warehouses has so little of a long order
// that a proof would take too long: then what is not proven is marked, and it takes about as
// long as the longest proof.
//
// When the warehouses together have too little, the error is a Conflict that lists each
// shortage.
func Route(req Request, sites []Site) (Plan, error) {
	r := newRouter(req, sites)
	if short := r.shortages(); len(short) > 0 {
		return Plan{}, &Error{Kind: Conflict, Message: "There is not enough in stock for this order.", Short: short}
	}
	if len(sites) == 0 {
		return Plan{}, Errorf(Conflict, "There is no warehouse yet that could send this order.")
	}
	candidates := r.outlook()
	slices.SortFunc(candidates, req.compare)
	r.workOut(candidates)
	slices.SortFunc(candidates, req.knownFirst)
	best := candidates[0]
	plan := Plan{
		Assembly: best.Warehouse, PromisedAt: best.PromisedAt, ReadyAt: best.readyAt,
		LeavesOn: req.Calendar.DayOf(best.leavesAt), Sources: best.Sources, Candidates: make([]Candidate, len(candidates)),
	}
	reasons := newReasons(req, best)
	for i, c := range candidates {
		if i > 0 {
			c.Lost = reasons.why(c)
		}
		if i < told {
			c.Held = req.held(*c, &r.sites[c.site])
		} else {
			c.Sources = nil
		}
		plan.Candidates[i] = *c
	}
	return plan, nil
}

// knownFirst orders candidates from best to worst, and behind them those of which only a bound
// is known.
func (req Request) knownFirst(a, b *Candidate) int {
	switch {
	case a.AtLeast == b.AtLeast:
		return req.compare(a, b)
	case a.AtLeast:
		return 1
	}
	return -1
}

func (req Request) compare(a, b *Candidate) int {
	byDate := a.PromisedAt.Compare(b.PromisedAt)
	byTransfers := cmp.Compare(a.Transfers, b.Transfers)
	if req.To == nil {
		byDate, byTransfers = byTransfers, byDate
	}
	if order := cmp.Or(byDate, byTransfers, cmp.Compare(a.Distance, b.Distance)); order != 0 {
		return order
	}
	return cmp.Compare(a.Warehouse, b.Warehouse)
}
