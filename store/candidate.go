package store

// Budgets of one Route, in sites tried by its searches: until the best candidate is proven,
// and for the values of those that have been proven to be worse.
const (
	proofBudget   = 100_000
	explainBudget = 5_000
)

// outlook gives every site as a candidate, at its best: with no fewer transfers, and no
// earlier a date, than it can have. For one that needs no transfer that is exact.
func (req Request) outlook(s *shelves) []*Candidate {
	dates := newDates(req)
	soonest := dates.soonest(s.sites)
	all, candidates := make([]Candidate, len(s.sites)), make([]*Candidate, len(s.sites))
	wanted, missing := s.wanted(), s.wanted()
	fewest := s.fewest(wanted)
	for i := range s.sites {
		c, site := &all[i], &s.sites[i]
		c.Warehouse, c.site, c.readyAt = site.Warehouse.ID, i, req.Now
		s.without(missing, wanted, i)
		if c.Transfers = s.atLeast(missing, i); c.Transfers > 0 {
			c.AtLeast, c.readyAt = true, req.Calendar.unloaded(site.Warehouse, soonest)
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
func (req Request) workOut(candidates []*Candidate, s *shelves) int {
	best := candidates[0]
	for i := range candidates {
		beaten := i > 0 && req.compare(best, candidates[i]) < 0
		if beaten && s.looks > explainBudget || i > 0 && s.looks > proofBudget {
			return i
		}
		req.complete(candidates[i], s)
		if i == 0 || req.compare(candidates[i], best) < 0 {
			best = candidates[i]
		}
	}
	return len(candidates)
}

// complete finds the sources of a candidate, and with them its transfers and its date.
func (req Request) complete(c *Candidate, s *shelves) {
	dates, at, missing := newDates(req), &s.sites[c.site], s.wanted()
	if own := s.take(missing, c.site); len(own) > 0 {
		c.Sources = []Source{{Warehouse: c.Warehouse, Lines: own}}
	}
	c.AtLeast, c.Transfers, c.readyAt = false, 0, req.Now
	for _, site := range s.cover(missing, c.site) {
		lines := s.take(missing, site)
		if len(lines) == 0 {
			continue
		}
		from := &s.sites[site]
		c.Sources = append(c.Sources, Source{Warehouse: from.Warehouse.ID, Lines: lines})
		c.Transfers++
		days := transferDays(from.Warehouse.At.Distance(at.Warehouse.At))
		arrives := req.Calendar.docked(at.Warehouse, dates.departure(from, req.Now, false), days)
		if arrives.After(c.readyAt) {
			c.readyAt = arrives
		}
	}
	c.leavesAt, c.PromisedAt = dates.promise(c, at)
}
