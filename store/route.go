package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Site is a warehouse and what it has free to promise: product → units.
type Site struct {
	Warehouse Warehouse
	Free      map[string]int
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
// another was better. Lost is empty for the one that was chosen.
type Candidate struct {
	Warehouse  string    `json:"warehouse"`
	PromisedAt time.Time `json:"promised_at"`
	Transfers  int       `json:"transfers"`
	Distance   float64   `json:"distance"` // metres to the recipient, 0 if unknown
	Lost       string    `json:"lost,omitempty"`

	sources []Source
	readyAt time.Time
}

// Plan is where an order is assembled, where everything comes from, and when it arrives.
// Candidates keeps the decision readable: the chosen warehouse first, the others from
// best to worst.
type Plan struct {
	Assembly   string      `json:"assembly"`
	PromisedAt time.Time   `json:"promised_at"`
	ReadyAt    time.Time   `json:"ready_at"` // by when the transfers have to be there
	Sources    []Source    `json:"sources"`
	Candidates []Candidate `json:"candidates"`
}

// Route decides where an order is assembled. Each warehouse is tried as the place of
// assembly: what it lacks comes from the fewest other warehouses, nearest first. The
// candidates are compared by the date that the asked-for speed allows, then by transfers,
// then by distance, then by name; without an address the fewest transfers decide. It is a
// pure function: the same request and sites give the same plan.
//
// When the warehouses together have too little, the error is a Conflict that lists each
// shortage.
func Route(req Request, sites []Site) (Plan, error) {
	if short := shortages(req.Lines, sites); len(short) > 0 {
		return Plan{}, &Error{Kind: Conflict, Message: "There is not enough in stock for this order.", Short: short}
	}
	candidates := make([]Candidate, len(sites))
	for i, site := range sites {
		candidates[i] = req.candidate(site, sites)
	}
	slices.SortFunc(candidates, req.compare)
	for i := 1; i < len(candidates); i++ {
		candidates[i].Lost = req.why(candidates[0], candidates[i])
	}
	best := candidates[0]
	return Plan{
		Assembly: best.Warehouse, PromisedAt: best.PromisedAt, ReadyAt: best.readyAt,
		Sources: best.sources, Candidates: candidates,
	}, nil
}

// shortages lists the products of which all sites together have too little.
func shortages(lines []Line, sites []Site) []Shortage {
	var short []Shortage
	for _, line := range lines {
		left := 0
		for _, site := range sites {
			left += site.Free[line.Product]
		}
		if left < line.Quantity {
			short = append(short, Shortage{Product: line.Product, Wanted: line.Quantity, Left: left})
		}
	}
	return short
}

// candidate works out what it means to assemble the order at one site.
func (req Request) candidate(at Site, sites []Site) Candidate {
	own, missing := take(req.Lines, at.Free)
	c := Candidate{Warehouse: at.Warehouse.ID, readyAt: req.Now}
	if len(own) > 0 {
		c.sources = []Source{{Warehouse: at.Warehouse.ID, Lines: own}}
	}
	for _, from := range cover(missing, at.Warehouse, sites) {
		var lines []Line
		lines, missing = take(missing, from.Free)
		c.sources = append(c.sources, Source{Warehouse: from.Warehouse.ID, Lines: lines})
		leaves := req.Calendar.Departure(req.Now.Add(handling), from.Warehouse.CutOff)
		days := transferDays(from.Warehouse.At.Distance(at.Warehouse.At))
		if arrives := req.Calendar.arrival(leaves, days, dockHour); arrives.After(c.readyAt) {
			c.readyAt = arrives
		}
		c.Transfers++
	}
	if req.To != nil {
		c.Distance = at.Warehouse.At.Distance(*req.To)
	}
	leaves := req.Calendar.Departure(c.readyAt.Add(handling), at.Warehouse.CutOff)
	c.PromisedAt = req.Calendar.arrival(leaves, parcelDays(c.Distance, req.Speed), doorHour)
	return c
}

// take splits lines into what is free here and what is still missing.
func take(lines []Line, free map[string]int) (here, missing []Line) {
	for _, line := range lines {
		n := min(line.Quantity, free[line.Product])
		if n > 0 {
			here = append(here, Line{line.Product, n})
		}
		if n < line.Quantity {
			missing = append(missing, Line{line.Product, line.Quantity - n})
		}
	}
	return here, missing
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
	zone := req.Calendar.zone()
	switch {
	case req.To == nil && c.Transfers > best.Transfers:
		return fmt.Sprintf("Needs %s, %s needs %d.", count(c.Transfers, "transfer"), best.Warehouse, best.Transfers)
	case !c.PromisedAt.Equal(best.PromisedAt):
		return fmt.Sprintf("Would arrive on %s, from %s on %s.", c.PromisedAt.In(zone).Format("Mon 2 January"), best.Warehouse, best.PromisedAt.In(zone).Format("Mon 2 January"))
	case c.Transfers != best.Transfers:
		return fmt.Sprintf("Needs %s, %s needs %d.", count(c.Transfers, "transfer"), best.Warehouse, best.Transfers)
	case c.Distance != best.Distance:
		return fmt.Sprintf("Is %.0f km from the recipient, %s is %.0f km.", c.Distance/kilometre, best.Warehouse, best.Distance/kilometre)
	default:
		return fmt.Sprintf("Is as good as %s, which comes first by name.", best.Warehouse)
	}
}

// count says a number of things in words: "1 transfer", "2 transfers".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
