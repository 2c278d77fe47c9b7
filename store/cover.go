package store

import (
	"cmp"
	"math"
	"slices"
)

// coverBudget bounds the search for the fewest sources: past so many steps the best
// cover found so far is taken, or, if there is none yet, a greedy one.
const coverBudget = 20_000

// cover picks the fewest sites, other than the one at which the order is assembled, that
// together have all that is missing; of equally few, those whose farthest is nearest, then
// the smallest sum of distances. The sites come back nearest first. It may assume that all
// sites together have enough.
func cover(missing []Line, at Warehouse, sites []Site) []Site {
	if len(missing) == 0 {
		return nil
	}
	search := coverSearch{missing: missing}
	for _, site := range sites {
		if site.Warehouse.ID != at.ID && holdsAny(site, missing) {
			search.holders = append(search.holders, holder{site, site.Warehouse.At.Distance(at.At)})
		}
	}
	slices.SortFunc(search.holders, func(a, b holder) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.site.Warehouse.ID, b.site.Warehouse.ID))
	})
	for depth := 1; depth <= len(search.holders) && search.best == nil; depth++ {
		search.deepen(missing, nil, depth)
		if search.steps > coverBudget && search.best == nil {
			search.best = search.greedy()
		}
	}
	slices.Sort(search.best)
	chosen := make([]Site, len(search.best))
	for i, index := range search.best {
		chosen[i] = search.holders[index].site
	}
	return chosen
}

type holder struct {
	site     Site
	distance float64 // metres to the place of assembly
}

// coverSearch is a depth-first search with a growing depth: the first depth at which a
// cover exists is the fewest sources, and all covers of that depth are compared.
type coverSearch struct {
	missing  []Line
	holders  []holder
	best     []int // indexes into holders
	farthest float64
	sum      float64
	steps    int
}

// deepen tries every holder of the rarest missing product: any cover has one of them.
func (s *coverSearch) deepen(missing []Line, chosen []int, depth int) {
	if len(missing) == 0 {
		s.keep(chosen)
		return
	}
	if depth == 0 {
		return
	}
	rarest := s.rarest(missing)
	for i, h := range s.holders {
		if h.site.Free[rarest] == 0 || slices.Contains(chosen, i) {
			continue
		}
		if s.steps++; s.steps > coverBudget {
			return
		}
		_, rest := take(missing, h.site.Free)
		s.deepen(rest, append(slices.Clip(chosen), i), depth-1)
	}
}

// keep remembers a cover if it is better than the best so far.
func (s *coverSearch) keep(chosen []int) {
	farthest, sum := 0.0, 0.0
	for _, i := range chosen {
		farthest = math.Max(farthest, s.holders[i].distance)
		sum += s.holders[i].distance
	}
	if s.best == nil || farthest < s.farthest || farthest == s.farthest && sum < s.sum {
		s.best, s.farthest, s.sum = slices.Clone(chosen), farthest, sum
	}
}

// rarest is the missing product that the fewest holders have.
func (s *coverSearch) rarest(missing []Line) string {
	product, fewest := "", math.MaxInt
	for _, line := range missing {
		n := 0
		for _, h := range s.holders {
			if h.site.Free[line.Product] > 0 {
				n++
			}
		}
		if n < fewest {
			product, fewest = line.Product, n
		}
	}
	return product
}

// greedy takes, again and again, the holder that has the most of what is still missing.
func (s *coverSearch) greedy() []int {
	var chosen []int
	for missing := s.missing; len(missing) > 0; {
		best, most := -1, 0
		for i, h := range s.holders {
			here, _ := take(missing, h.site.Free)
			if units := Units(here); units > most && !slices.Contains(chosen, i) {
				best, most = i, units
			}
		}
		chosen = append(chosen, best)
		_, missing = take(missing, s.holders[best].site.Free)
	}
	return chosen
}

func holdsAny(site Site, lines []Line) bool {
	return slices.ContainsFunc(lines, func(l Line) bool { return site.Free[l.Product] > 0 })
}
