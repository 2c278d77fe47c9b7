package store

import "slices"

// Budgets of one Route, in looks of its searches. Together they keep the longest order in the
// largest shop within a few milliseconds.
const (
	proofBudget   = 700_000 // until the best candidate is proven
	coverBudget   = 350_000 // for one candidate of it
	explainBudget = 100_000 // for those of the first few that have been proven to be worse
	guesses       = 5       // candidates of which a good way is taken when no proof can be had in time
)

// router is one Route under way.
type router struct {
	Request
	*shelves
	dates *dates
	cover *coverSearch // nil until something has to come from elsewhere
}

func newRouter(req Request, sites []Site) *router {
	return &router{Request: req, shelves: newShelves(req.Lines, sites), dates: newDates(req)}
}

func (r *router) search() *coverSearch {
	if r.cover == nil {
		r.cover = newCoverSearch(r.shelves)
	}
	return r.cover
}

// outlook gives every site as a candidate, at its best: with no fewer transfers, and no
// earlier a date, than it can have. For one that needs no transfer that is exact.
func (r *router) outlook() []*Candidate {
	soonest := r.dates.soonest(r.sites)
	all, candidates := make([]Candidate, len(r.sites)), make([]*Candidate, len(r.sites))
	wanted, missing := r.order(), r.newLack()
	for i := range r.sites {
		c, site := &all[i], &r.sites[i]
		c.Warehouse, c.site, c.readyAt = site.Warehouse.ID, i, r.Now
		r.give(&missing, &wanted, i)
		if c.Transfers = r.atLeast(&missing, i); c.Transfers > 0 {
			c.AtLeast, c.readyAt = true, r.Calendar.unloaded(site.Warehouse, soonest)
		}
		if r.To != nil {
			c.Distance = site.Warehouse.At.Distance(*r.To)
		}
		c.leavesAt, c.PromisedAt = r.dates.promise(c, site)
		candidates[i] = c
	}
	return candidates
}

// workOut replaces outlooks by what is so, from the most promising on, at least until no
// other outlook is better than the best that was worked out. Where that takes too long it
// leaves outlooks that are better, and marks as rough what it did not prove.
func (r *router) workOut(candidates []*Candidate) {
	best, guessed := candidates[0], 0
	for i, c := range candidates {
		beaten := i > 0 && r.compare(best, c) < 0
		explained := i >= told || r.looks > explainBudget
		if beaten && explained {
			return // so are all that follow
		}
		if i > 0 && !beaten {
			beaten = r.raise(c, best)
		}
		switch {
		case beaten && explained:
			continue
		case r.looks > proofBudget:
			if guessed++; guessed > guesses {
				return
			}
		}
		if r.complete(c); i == 0 || r.compare(c, best) < 0 {
			best = c
		}
	}
}

// raise tries to prove that a candidate needs so many more transfers than its outlook says that
// the best one beats it. Where the date comes first, that does not help against a better one.
func (r *router) raise(c, best *Candidate) (beaten bool) {
	if !c.AtLeast || r.To != nil && c.PromisedAt.Before(best.PromisedAt) {
		return false
	}
	missing := r.lacks(c.site)
	for r.compare(c, best) < 0 {
		search := r.search()
		search.begin(c.site, r.budget())
		if search.reaches(&missing, c.Transfers) || search.spent() {
			return false
		}
		c.Transfers++
	}
	return true
}

// budget is how much of the work may go into the next candidate.
func (r *router) budget() int { return max(0, min(proofBudget-r.looks, coverBudget)) }

// complete finds the sources of a candidate, and with them its transfers and its date.
func (r *router) complete(c *Candidate) {
	at, missing := &r.sites[c.site], r.wanted()
	c.Sources = nil
	if own := r.take(missing, c.site); len(own) > 0 {
		c.Sources = []Source{{Warehouse: c.Warehouse, Lines: own}}
	}
	var sources []int
	proven := true
	if slices.ContainsFunc(missing, func(units int) bool { return units > 0 }) {
		lacks := r.lacks(c.site)
		sources, proven = r.search().cover(&lacks, c.site, c.Transfers, r.budget())
	}
	c.AtLeast, c.Rough, c.Transfers, c.readyAt = false, !proven, len(sources), r.Now
	for _, site := range sources {
		from := &r.sites[site]
		c.Sources = append(c.Sources, Source{Warehouse: from.Warehouse.ID, Lines: r.take(missing, site)})
		days := transferDays(from.Warehouse.At.Distance(at.Warehouse.At))
		arrives := r.Calendar.docked(at.Warehouse, r.dates.departure(from, r.Now, false), days)
		c.readyAt = later(c.readyAt, arrives)
	}
	c.leavesAt, c.PromisedAt = r.dates.promise(c, at)
	r.looks += len(r.sites)
}
