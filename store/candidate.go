package store

import "time"

// Budgets of one Route, in sites tried by its searches: until the best candidate is proven,
// and for the values of those that have been proven to be worse.
const (
	proofBudget   = 100_000
	explainBudget = 5_000
)

// outlook gives every site as a candidate, at its best: with no fewer transfers, and no
// earlier a date, than it can have. For one that needs no transfer that is exact.
func (req Request) outlook(s *shelves) []Candidate {
	dates := newDates(req)
	soonest := dates.soonest(s.sites)
	candidates := make([]Candidate, len(s.sites))
	wanted, missing := s.wanted(), s.wanted()
	fewest := s.fewest(wanted)
	for i, site := range s.sites {
		c := Candidate{Warehouse: site.Warehouse.ID, site: i, readyAt: req.Now}
		s.without(missing, wanted, i)
		if c.Transfers = s.atLeast(missing, i); c.Transfers > 0 {
			c.AtLeast, c.readyAt = true, soonest
			c.Transfers = max(c.Transfers, fewest-1)
		}
		if req.To != nil {
			c.Distance = site.Warehouse.At.Distance(*req.To)
		}
		c.leavesAt, c.PromisedAt = dates.promise(c, site)
		candidates[i] = c
	}
	return candidates
}

// workOut replaces outlooks by what is so, from the most promising on, at least until no
// other outlook is better than the best that was worked out. It returns how many are known.
func (req Request) workOut(candidates []Candidate, s *shelves) int {
	best := candidates[0]
	for i := range candidates {
		beaten := i > 0 && req.compare(best, candidates[i]) < 0
		if beaten && s.looks > explainBudget || i > 0 && s.looks > proofBudget {
			return i
		}
		req.complete(&candidates[i], s)
		if i == 0 || req.compare(candidates[i], best) < 0 {
			best = candidates[i]
		}
	}
	return len(candidates)
}

// complete finds the sources of a candidate, and with them its transfers and its date.
func (req Request) complete(c *Candidate, s *shelves) {
	at, missing := s.sites[c.site], s.wanted()
	if own := s.take(missing, c.site); len(own) > 0 {
		c.Sources = []Source{{Warehouse: c.Warehouse, Lines: own}}
	}
	c.AtLeast, c.Transfers, c.readyAt = false, 0, req.Now
	for _, site := range s.cover(missing, c.site) {
		lines := s.take(missing, site)
		if len(lines) == 0 {
			continue
		}
		from := s.sites[site].Warehouse
		c.Sources = append(c.Sources, Source{Warehouse: from.ID, Lines: lines})
		c.Transfers++
		arrives := req.Calendar.docked(at.Warehouse, req.sends(from), transferDays(from.At.Distance(at.Warehouse.At)))
		if arrives.After(c.readyAt) {
			c.readyAt = arrives
		}
	}
	c.leavesAt, c.PromisedAt = newDates(req).promise(*c, at)
}

// dates works out promises, and remembers them: many warehouses live by the same clock.
type dates struct {
	Request
	known map[journey]promise
}

// journey is all that a promise depends on. own is a number for a warehouse with single closed
// days or a capacity, whose promises nobody shares, and else 0.
type journey struct {
	readyAt          time.Time
	cutOff, handling time.Duration
	closedOn         Weekdays
	days, own        int
	sameDay          time.Duration
}

type promise struct{ leavesAt, arrivesAt time.Time }

func newDates(req Request) dates { return dates{req, map[journey]promise{}} }

func journeyFrom(site Site, index int, readyAt time.Time, days int) journey {
	w := site.Warehouse
	j := journey{readyAt: readyAt, cutOff: w.CutOff, handling: w.Handling, closedOn: w.ClosedOn, days: days}
	if len(w.Closed) > 0 || w.Capacity > 0 {
		j.own = index + 1
	}
	return j
}

// promise is when an order that is assembled at a site leaves it, and when it reaches the
// recipient.
func (d dates) promise(c Candidate, site Site) (leavesAt, arrivesAt time.Time) {
	j := journeyFrom(site, c.site, c.readyAt, parcelDays(c.Distance, d.Speed))
	if d.mayBeToday(c, site) {
		j.sameDay = site.Warehouse.SameDay
	}
	p, ok := d.known[j]
	if !ok {
		p.leavesAt, p.arrivesAt, ok = d.today(c, site)
		if !ok {
			p.leavesAt = d.Calendar.Departure(site.Warehouse, d.Calendar.packed(site.Warehouse, c.readyAt), site.Load)
			p.arrivesAt = d.Calendar.arrival(p.leavesAt, j.days, doorHour)
		}
		d.known[j] = p
	}
	return p.leavesAt, p.arrivesAt
}

// soonest is a time before which no transfer can arrive anywhere.
func (d dates) soonest(sites []Site) time.Time {
	seen := map[journey]bool{}
	var soonest time.Time
	for i, site := range sites {
		site.Warehouse.Capacity = 0 // transfers do not count
		j := journeyFrom(site, i, d.Now, 1)
		if seen[j] {
			continue
		}
		seen[j] = true
		arrives := d.Calendar.arrival(d.sends(site.Warehouse), 1, dockHour)
		if soonest.IsZero() || arrives.Before(soonest) {
			soonest = arrives
		}
	}
	return soonest
}

// sends is when a transfer that is asked for now leaves a warehouse.
func (req Request) sends(from Warehouse) time.Time {
	return req.Calendar.Departure(from, req.Calendar.packed(from, req.Now), nil)
}
