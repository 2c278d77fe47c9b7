package store

import (
	"cmp"
	"math"
	"slices"
)

// coverBudget bounds the search for the fewest sources, in sites tried: past it the best
// cover found so far is taken, or, if there is none yet, a greedy one. To find the fewest is
// a hard problem for a large shop in which each site has little of a long order.
const coverBudget = 20_000

// coverSearch looks for the fewest sites that together have all that is missing, other than
// the one at which the order is assembled; of equally few, for those whose farthest is
// nearest, then for the smallest sum of distances, then for the nearest first. It deepens
// step by step: the first depth at which a cover exists is the fewest sources.
type coverSearch struct {
	*shelves
	at       int       // the site of assembly, -1 for none
	distance []float64 // site → metres to the place of assembly
	order    []int     // sites, nearest first
	anyWill  bool      // stop at the first cover
	limit    int       // of looks

	rest     [][]int // depth → what is missing there
	chosen   []int
	best     []int // nearest first
	farthest float64
	sum      float64
}

// cover gives the sources, nearest first, for an order that is assembled at a site. All sites
// together must have enough.
func (s *shelves) cover(missing []int, at int) []int {
	search := coverSearch{shelves: s, at: at, distance: make([]float64, len(s.sites))}
	for site := range s.sites {
		search.distance[site] = s.spots[site].distance(s.spots[at])
	}
	search.run(missing)
	if search.best == nil && slices.ContainsFunc(missing, func(units int) bool { return units > 0 }) {
		search.keep(search.greedy(missing))
	}
	return search.best
}

// fewest is a number of sites below which nothing can bring what is missing. It is exact
// unless the budget ran out.
func (s *shelves) fewest(missing []int) int {
	search := coverSearch{shelves: s, at: -1, distance: make([]float64, len(s.sites)), anyWill: true}
	return search.run(missing)
}

// run searches deeper and deeper, and gives the depth at which it ended.
func (s *coverSearch) run(missing []int) int {
	s.limit = s.looks + coverBudget
	s.looks += len(s.sites)
	depth := s.atLeast(missing, s.at)
	for ; depth > 0; depth++ {
		if depth > 1 && s.order == nil {
			s.order = s.nearestFirst()
		}
		for len(s.rest) <= depth {
			s.rest = append(s.rest, make([]int, len(missing)))
		}
		s.deepen(missing, depth, 0, 0)
		if s.best != nil || s.looks > s.limit {
			break
		}
	}
	return depth
}

// nearestFirst gives all sites in their order. Plain numbers sort much faster than anything
// else, so distances are first sorted as the numbers that short floats look like; what is too
// near to one another for that is put right afterwards.
func (s *coverSearch) nearestFirst() []int {
	keys, order := make([]uint64, len(s.sites)), make([]int, len(s.sites))
	for site, metres := range s.distance {
		keys[site] = uint64(math.Float32bits(float32(metres)))<<32 | uint64(site)
	}
	slices.Sort(keys)
	for i, key := range keys {
		site, at := int(key&math.MaxUint32), i
		for ; at > 0 && s.nearer(site, order[at-1]) < 0; at-- {
			order[at] = order[at-1]
		}
		order[at] = site
	}
	return order
}

// deepen tries every site that has the rarest missing line: any cover has one of them. While
// it is still the same line that is missing, only sites from a position on are tried, so that
// no set is tried twice in another order.
func (s *coverSearch) deepen(missing []int, depth, rare, from int) {
	for rare < len(s.rarest) && missing[s.rarest[rare]] == 0 {
		rare, from = rare+1, 0
	}
	if rare == len(s.rarest) {
		s.keep(s.chosen)
		return
	}
	if depth == 1 {
		s.finish(missing)
		return
	}
	line := s.rarest[rare]
	for i := from; i < len(s.order); i++ {
		site := s.order[i]
		if s.enough(site) {
			return
		}
		if s.free[site][line] == 0 || site == s.at || slices.Contains(s.chosen, site) {
			continue
		}
		s.looks++
		rest := s.rest[depth]
		if s.without(rest, missing, site); s.tooMuch(rest, depth-1) {
			continue
		}
		s.chosen = append(s.chosen, site)
		s.deepen(rest, depth-1, rare, i+1)
		s.chosen = s.chosen[:len(s.chosen)-1]
	}
}

// finish tries every site that alone has all that is missing.
func (s *coverSearch) finish(missing []int) {
	for site := range s.alone(missing) {
		if site == s.at || slices.Contains(s.chosen, site) {
			continue
		}
		if s.best == nil || !s.anyWill && s.distance[site] <= s.farthest {
			s.keep(append(slices.Clone(s.chosen), site))
		}
	}
}

// enough tells whether neither this site nor a farther one can make a better cover.
func (s *coverSearch) enough(site int) bool {
	return s.looks > s.limit || s.best != nil && (s.anyWill || s.distance[site] > s.farthest)
}

// tooMuch tells whether so many sites cannot bring what is missing, of a line or altogether,
// even if each were the one that has the most.
func (s *coverSearch) tooMuch(missing []int, sites int) bool {
	sum := 0
	for line, units := range missing {
		if sum += units; units > sites*s.most[line] {
			return true
		}
	}
	return sum > sites*s.bulk
}

// keep remembers a cover if it is better than the best so far.
func (s *coverSearch) keep(chosen []int) {
	chosen = slices.SortedFunc(slices.Values(chosen), s.nearer)
	farthest, sum := 0.0, 0.0
	for _, site := range chosen {
		farthest = math.Max(farthest, s.distance[site])
		sum += s.distance[site]
	}
	better := cmp.Or(cmp.Compare(farthest, s.farthest), cmp.Compare(sum, s.sum), slices.CompareFunc(chosen, s.best, s.nearer)) < 0
	if s.best == nil || better {
		s.best, s.farthest, s.sum = chosen, farthest, sum
	}
}

func (s *coverSearch) nearer(a, b int) int {
	return cmp.Or(cmp.Compare(s.distance[a], s.distance[b]), cmp.Compare(a, b))
}

// greedy takes, again and again, the site that has the most of what is still missing.
func (s *coverSearch) greedy(missing []int) []int {
	var chosen []int
	missing = slices.Clone(missing)
	for slices.Max(missing) > 0 {
		best, most := -1, 0
		for site := range s.sites {
			units := 0
			for line, free := range s.free[site] {
				units += min(free, missing[line])
			}
			if units > most && site != s.at && !slices.Contains(chosen, site) {
				best, most = site, units
			}
		}
		chosen = append(chosen, best)
		s.take(missing, best)
	}
	return chosen
}
