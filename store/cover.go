package store

import (
	"cmp"
	"math"
	"slices"
)

// coverSearch looks for the fewest sites that together have all that is missing, other than
// the one at which the order is assembled; of equally few, for those whose farthest is
// nearest, then for the smallest sum of distances, then for the nearest first.
//
// To find the fewest is a hard problem for a large shop in which each site has little of a
// long order. So a search is bounded, in looks; past its limit the best cover found so far
// is taken, and said not to be proven.
type coverSearch struct {
	*shelves
	at      int  // the site of assembly
	limit   int  // of looks
	anyWill bool // stop at the first cover

	anywhere []bringer
	around   []bringer
	stages   []stage // by the number of sites that may still be added
	chosen   []int
	best     []int // nearest first
	farthest float64
	sum      float64

	distance []float64 // site → metres to the place of assembly, below 0 if not worked out
	places   []place   // site → where it is; nil until it matters
	near     []float64 // site → about how near it is to the place of assembly
	measured bool      // near is so
	within   float64   // what is not as near as this makes no better cover
}

// stage is a point of the search.
type stage struct {
	lack
	ranked []bringer
	counts []int // how many sites bring so many lines
}

func newCoverSearch(s *shelves) *coverSearch {
	search := &coverSearch{shelves: s, distance: make([]float64, len(s.sites)), near: make([]float64, len(s.sites))}
	for site := range s.sites {
		search.anywhere = append(search.anywhere, bringer{int32(site), int32(len(s.lines))})
	}
	search.around = make([]bringer, len(s.sites))
	return search
}

// begin makes it a search for what an order lacks that is assembled at a site.
func (s *coverSearch) begin(at, limit int) {
	s.at, s.limit = at, s.looks+limit
	s.anyWill, s.measured, s.chosen, s.best = false, false, s.chosen[:0], nil
	for site := range s.distance {
		s.distance[site] = -1
	}
}

// cover gives the sources, nearest first, and whether it is proven that no others are better.
// Fewer than atLeast must be known not to do. All sites together must have enough.
func (s *coverSearch) cover(l *lack, at, atLeast, limit int) (sources []int, proven bool) {
	s.begin(at, limit)
	depth := max(atLeast, s.atLeast(l, at))
	switch depth {
	case 0:
		return nil, true
	case 1:
		s.finish(l)
		return s.best, true
	case 2:
		if s.reaches(l, 2) {
			s.nearest(l)
			return s.best, !s.spent()
		}
	}
	greedy := s.greedy(l)
	for ; depth < len(greedy) && !s.reaches(l, depth); depth++ {
		if s.spent() {
			return greedy, false
		}
	}
	if s.best == nil {
		s.keep(greedy)
	}
	s.nearest(l)
	return s.best, !s.spent()
}

// reaches tells whether so many sites can bring what is missing. Unless the limit was
// reached that is proven.
func (s *coverSearch) reaches(l *lack, sites int) bool {
	s.anyWill = true
	s.run(l, sites, s.anywhere)
	return s.best != nil
}

// nearest looks for the best cover of as many sites as the best has. It searches wider and
// wider around the place of assembly: soon it has one that rules out all that is farther.
func (s *coverSearch) nearest(l *lack) {
	s.anyWill = false
	s.measure()
	for _, part := range []float64{1. / 64, 1. / 16, 1. / 4, 1} {
		within := s.within * part
		around := s.around[:0]
		for _, b := range s.anywhere {
			if s.near[b.site] <= within {
				around = append(around, b)
			}
		}
		if s.run(l, len(s.best), around); s.within <= within {
			return
		}
	}
}

// run searches among some sites for covers of so many.
func (s *coverSearch) run(l *lack, sites int, among []bringer) {
	for len(s.stages) <= sites {
		s.stages = append(s.stages, stage{lack: s.newLack(), counts: make([]int, len(s.lines)+1)})
	}
	s.looks += len(s.sites)
	first := &s.stages[sites]
	copy(first.lines, l.lines)
	copy(first.partly, l.partly)
	copy(first.units, l.units)
	first.count = l.count
	switch {
	case s.tooMuch(l, sites):
	case sites == 1:
		s.finish(l)
	case sites == 2:
		s.pair(among)
	default:
		s.rank(first, among)
		s.deepen(sites, first.ranked)
	}
}

// deepen adds sites to the chosen ones, up to so many, three or more. Of those that it adds,
// the first is one that brings the most of the lines that are missing there, so that no set
// is tried twice, and what the others can bring is known from the beginning.
func (s *coverSearch) deepen(sites int, among []bringer) {
	here, rest := &s.stages[sites], &s.stages[sites-1]
	for i, b := range among {
		if s.done() || brought(among[i:], sites) < here.count {
			return
		}
		site := int(b.site)
		if s.looks += 10; s.tooFar(site) {
			continue
		}
		s.give(&rest.lack, &here.lack, site)
		s.chosen = append(s.chosen, site)
		switch {
		case rest.count == 0:
			s.keep(s.chosen)
		case brought(among[i+1:], sites-1) < rest.count || s.tooMuch(&rest.lack, sites-1):
		case sites == 3:
			s.pair(among[i+1:])
		default:
			s.rank(rest, among[i+1:])
			s.deepen(sites-1, rest.ranked)
		}
		s.chosen = s.chosen[:len(s.chosen)-1]
	}
}

// pair adds two sites to the chosen ones: one that brings half of what is missing, or more,
// and one that has all of the rest.
func (s *coverSearch) pair(among []bringer) {
	here, rest := &s.stages[2], &s.stages[1]
	s.looks += len(among) / 16
	for _, b := range among {
		if 2*int(b.lines) < here.count || s.done() {
			return
		}
		site := int(b.site)
		if s.looks++; 2*s.brings(site, &here.lack) < here.count || s.tooFar(site) || site == s.at {
			continue
		}
		s.looks += 24
		s.give(&rest.lack, &here.lack, site)
		s.chosen = append(s.chosen, site)
		if rest.count == 0 {
			s.keep(s.chosen)
		} else {
			s.finish(&rest.lack)
		}
		s.chosen = s.chosen[:len(s.chosen)-1]
	}
}

// finish tries every site that alone has all that is missing.
func (s *coverSearch) finish(l *lack) {
	for site := range s.alone(l) {
		if site == s.at || s.tooFar(site) || slices.Contains(s.chosen, site) {
			continue
		}
		if s.keep(append(s.chosen, site)); s.anyWill {
			return
		}
	}
}

func (s *coverSearch) spent() bool { return s.looks > s.limit }

// done tells whether there is no need, or no time, to search on.
func (s *coverSearch) done() bool { return s.spent() || s.anyWill && s.best != nil }

// keep remembers a cover if it is better than the best so far.
func (s *coverSearch) keep(chosen []int) {
	farthest, sum := 0.0, 0.0
	for _, site := range chosen {
		farthest = math.Max(farthest, s.metres(site))
	}
	if s.best != nil && farthest > s.farthest {
		return
	}
	chosen = slices.SortedFunc(slices.Values(chosen), s.nearer)
	for _, site := range chosen {
		sum += s.metres(site)
	}
	if s.best == nil || cmp.Or(cmp.Compare(farthest, s.farthest), cmp.Compare(sum, s.sum), slices.CompareFunc(chosen, s.best, s.nearer)) < 0 {
		s.best, s.farthest, s.sum, s.within = chosen, farthest, sum, chordOf(farthest)
	}
}
