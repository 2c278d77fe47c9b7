package store

import (
	"cmp"
	"fmt"
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
// once that is seen not to be enough.
type Candidate struct {
	Warehouse  string    `json:"warehouse"`
	PromisedAt time.Time `json:"promised_at"`
	Transfers  int       `json:"transfers"`
	Distance   float64   `json:"distance"` // metres to the recipient, 0 if unknown
	AtLeast    bool      `json:"at_least,omitempty"`
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
// When the warehouses together have too little, the error is a Conflict that lists each
// shortage.
func Route(req Request, sites []Site) (Plan, error) {
	shelves := newShelves(req.Lines, sites)
	if short := shelves.shortages(); len(short) > 0 {
		return Plan{}, &Error{Kind: Conflict, Message: "There is not enough in stock for this order.", Short: short}
	}
	if len(sites) == 0 {
		return Plan{}, Errorf(Conflict, "There is no warehouse yet that could send this order.")
	}
	candidates := req.outlook(shelves)
	slices.SortFunc(candidates, req.compare)
	known := req.workOut(candidates, shelves)
	slices.SortFunc(candidates[:known], req.compare)
	best := candidates[0]
	for i := range candidates {
		c := &candidates[i]
		if i > 0 {
			c.Lost = req.why(best, *c)
		}
		if i < told {
			c.Held = req.held(*c, shelves.sites[c.site])
		} else {
			c.Sources = nil
		}
	}
	return Plan{
		Assembly: best.Warehouse, PromisedAt: best.PromisedAt, ReadyAt: best.readyAt,
		LeavesOn: req.Calendar.DayOf(best.leavesAt), Sources: best.Sources, Candidates: candidates,
	}, nil
}
func (req Request) compare(a, b Candidate) int {
	byDate := a.PromisedAt.Compare(b.PromisedAt)
	byTransfers := cmp.Compare(a.Transfers, b.Transfers)
	if req.To == nil {
		byDate, byTransfers = byTransfers, byDate
	}
	return cmp.Or(byDate, byTransfers, cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Warehouse, b.Warehouse))
}

// why says in words what made the first candidate better than the second.
func (req Request) why(best, c Candidate) string {
	atLeast, atBest := "", ""
	if c.AtLeast {
		atLeast, atBest = "at least ", "at best "
	}
	switch {
	case c.AtLeast && req.compare(best, c) > 0:
		return "Could not be worked out in time: this order needs too many warehouses."
	case req.To == nil && c.Transfers > best.Transfers, c.Transfers != best.Transfers && c.PromisedAt.Equal(best.PromisedAt):
		return fmt.Sprintf("Needs %s%s, %s needs %d.", atLeast, count(c.Transfers, "transfer"), best.Warehouse, best.Transfers)
	case !c.PromisedAt.Equal(best.PromisedAt):
		return fmt.Sprintf("Would arrive %son %s, from %s on %s.", atBest, req.day(c.PromisedAt), best.Warehouse, req.day(best.PromisedAt))
	case c.Distance != best.Distance:
		return fmt.Sprintf("Is %.0f km from the recipient, %s is %.0f km.", c.Distance/kilometre, best.Warehouse, best.Distance/kilometre)
	default:
		return fmt.Sprintf("Is %sas good as %s, which comes first by name.", atBest, best.Warehouse)
	}
}

// day says a day in words, by the shop's calendar.
func (req Request) day(t time.Time) string {
	return t.In(req.Calendar.zone()).Format("Mon 2 January")
}

// count says a number of things in words: "1 transfer", "2 transfers".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
