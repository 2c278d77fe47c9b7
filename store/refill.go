package store

import (
	"slices"
	"time"
)

// Lacking lists the units of an order that nobody holds for it and that are not on their way: all
// of it while no warehouse is chosen, what a warehouse could not send after that.
func (o Order) Lacking() []Line {
	if o.Warehouse == "" {
		return o.Lines
	}
	if len(o.Plan.Sources) == 0 {
		return nil // an order whose plan nobody knows
	}
	var planned []Line
	for _, source := range o.Plan.Sources {
		planned = append(planned, source.Lines...)
	}
	return Less(o.Lines, sum(planned))
}

// sum adds up lines of the same product without Merge's limit for orders.
func sum(lines []Line) []Line {
	var sums []Line
	for _, line := range lines {
		if i := slices.IndexFunc(sums, func(l Line) bool { return l.Product == line.Product }); i >= 0 {
			sums[i].Quantity += line.Quantity
		} else {
			sums = append(sums, line)
		}
	}
	return sums
}

// Add sums up lists of lines, product by product.
func Add(lists ...[]Line) []Line { return sum(slices.Concat(lists...)) }

// Without is the plan after a transfer has lost units. The source stays in the plan, if need be with
// nothing, so that the story of its transfer stays with the order.
func (p Plan) Without(transfer string, lines []Line) Plan {
	p.Sources = slices.Clone(p.Sources)
	for i, source := range p.Sources {
		if source.Transfer == transfer {
			p.Sources[i].Lines = Less(source.Lines, lines)
		}
	}
	return p
}

// Refill is where units that an order lacks come from instead.
type Refill struct {
	Sources    []Source
	ReadyAt    time.Time
	PromisedAt time.Time
	LeavesOn   Day
}

// RouteRest decides where what an order lacks comes from, for the warehouse at which it is already
// being assembled: from that one's own shelf, and then from the fewest others. Request.Lines is what
// is lacking. Conflict lists what is short when the sites together have too little.
func RouteRest(req Request, at string, sites []Site) (Refill, error) {
	r := newRouter(req, sites)
	if short := r.shortages(); len(short) > 0 {
		return Refill{}, &Error{Kind: Conflict, Message: "There is not enough in stock for the rest of this order.", Short: short}
	}
	site := slices.IndexFunc(r.sites, func(s Site) bool { return s.Warehouse.ID == at })
	if site < 0 {
		return Refill{}, Errorf(NotFound, "There is no warehouse %s.", at)
	}
	c := Candidate{Warehouse: at, site: site, readyAt: req.Now}
	if req.To != nil {
		c.Distance = r.sites[site].Warehouse.At.Distance(*req.To)
	}
	r.complete(&c)
	return Refill{Sources: c.Sources, ReadyAt: c.readyAt, PromisedAt: c.PromisedAt, LeavesOn: req.Calendar.DayOf(c.leavesAt)}, nil
}

// With is the plan with further sources. What was promised before is never promised for earlier.
func (p Plan) With(r Refill) Plan {
	p.Sources = slices.Concat(p.Sources, r.Sources)
	if r.ReadyAt.After(p.ReadyAt) {
		p.ReadyAt = r.ReadyAt
	}
	if r.PromisedAt.After(p.PromisedAt) {
		p.PromisedAt, p.LeavesOn = r.PromisedAt, r.LeavesOn
	}
	return p
}

// Unrefused is what the sites have free for an order, without the units that a warehouse has on its
// books but has refused to give to it: product → units, by warehouse.
func Unrefused(sites []Site, refused map[string][]Line) []Site {
	if len(refused) == 0 {
		return sites
	}
	sites = slices.Clone(sites)
	for i, site := range sites {
		lines := refused[site.Warehouse.ID]
		if len(lines) == 0 {
			continue
		}
		free := make(map[string]int, len(site.Free))
		for product, units := range site.Free {
			free[product] = max(0, units-Quantity(lines, product))
		}
		sites[i].Free = free
	}
	return sites
}
