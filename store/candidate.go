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
		c.PromisedAt = dates.promise(c, site)
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
		c.sources = []Source{{Warehouse: c.Warehouse, Lines: own}}
	}
	c.AtLeast, c.Transfers, c.readyAt = false, 0, req.Now
	for _, site := range s.cover(missing, c.site) {
		lines := s.take(missing, site)
		if len(lines) == 0 {
			continue
		}
		from := s.sites[site].Warehouse
		c.sources = append(c.sources, Source{Warehouse: from.ID, Lines: lines})
		c.Transfers++
		leaves := req.Calendar.Departure(req.Now.Add(handling), from.CutOff)
		arrives := req.Calendar.arrival(leaves, transferDays(from.At.Distance(at.Warehouse.At)), dockHour)
		if arrives.After(c.readyAt) {
			c.readyAt = arrives
		}
	}
	c.PromisedAt = newDates(req).promise(*c, at)
}

// dates works out promises, and remembers them: many warehouses share a cut-off.
type dates struct {
	Request
	known map[journey]time.Time
}

type journey struct {
	readyAt time.Time
	cutOff  time.Duration
	days    int
}

func newDates(req Request) dates { return dates{req, map[journey]time.Time{}} }

// promise is when an order that is assembled at a site reaches the recipient.
func (d dates) promise(c Candidate, site Site) time.Time {
	j := journey{c.readyAt, site.Warehouse.CutOff, parcelDays(c.Distance, d.Speed)}
	if _, ok := d.known[j]; !ok {
		leaves := d.Calendar.Departure(j.readyAt.Add(handling), j.cutOff)
		d.known[j] = d.Calendar.arrival(leaves, j.days, doorHour)
	}
	return d.known[j]
}

// soonest is a time before which no transfer can arrive anywhere.
func (d dates) soonest(sites []Site) time.Time {
	earliest := map[time.Duration]bool{}
	var soonest time.Time
	for _, site := range sites {
		cutOff := site.Warehouse.CutOff
		if earliest[cutOff] {
			continue
		}
		earliest[cutOff] = true
		arrives := d.Calendar.arrival(d.Calendar.Departure(d.Now.Add(handling), cutOff), 1, dockHour)
		if soonest.IsZero() || arrives.Before(soonest) {
			soonest = arrives
		}
	}
	return soonest
}
