package store

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
)

// shelves is what every site has free of each line of one order, looked up once. Sites and
// lines go by their index here. It serves one Route: looks counts what its searches tried.
type shelves struct {
	lines  []Line
	sites  []Site  // by ID, so that the order in which they were given does not matter
	free   [][]int // site → line → units
	left   []int   // line → units at all sites together
	most   []int   // line → units at the site that has the most
	bulk   int     // units of all lines at the site that can give the most of the order
	rarest []int   // the lines, that which the fewest sites have first
	some   []set   // line → sites that have any of it
	whole  []set   // line → sites that have all of it
	spots  []spot  // site → where it is
	looks  int
	buffer set
}

func newShelves(lines []Line, sites []Site) *shelves {
	s := &shelves{lines: lines, sites: slices.Clone(sites), buffer: newSet(len(sites))}
	slices.SortFunc(s.sites, func(a, b Site) int { return cmp.Compare(a.Warehouse.ID, b.Warehouse.ID) })
	s.left, s.most = make([]int, len(lines)), make([]int, len(lines))
	holders := make([]int, len(lines))
	for line := range lines {
		s.rarest = append(s.rarest, line)
		s.some, s.whole = append(s.some, newSet(len(sites))), append(s.whole, newSet(len(sites)))
	}
	all := make([]int, len(lines)*len(sites))
	for site := range s.sites {
		s.spots = append(s.spots, spotOf(s.sites[site].Warehouse.At))
		row, gives := all[site*len(lines):][:len(lines)], 0
		for line, wanted := range lines {
			units := max(0, s.sites[site].Free[wanted.Product])
			row[line] = units
			s.left[line] += units
			gives += min(units, wanted.Quantity)
			s.most[line] = max(s.most[line], units)
			if units > 0 {
				s.some[line].add(site)
				holders[line]++
			}
			if units >= wanted.Quantity {
				s.whole[line].add(site)
			}
		}
		s.free = append(s.free, row)
		s.bulk = max(s.bulk, gives)
	}
	slices.SortStableFunc(s.rarest, func(a, b int) int { return cmp.Compare(holders[a], holders[b]) })
	return s
}

// shortages lists the products of which all sites together have too little.
func (s *shelves) shortages() []Shortage {
	var short []Shortage
	for line, wanted := range s.lines {
		if s.left[line] < wanted.Quantity {
			short = append(short, Shortage{Product: wanted.Product, Wanted: wanted.Quantity, Left: s.left[line]})
		}
	}
	return short
}

// wanted is how many units of each line the order asks for.
func (s *shelves) wanted() []int {
	units := make([]int, len(s.lines))
	for line := range s.lines {
		units[line] = max(0, s.lines[line].Quantity)
	}
	return units
}

// take moves what a site has from missing into the lines that it gives.
func (s *shelves) take(missing []int, site int) (given []Line) {
	for line, units := range missing {
		if n := min(units, s.free[site][line]); n > 0 {
			given = append(given, Line{s.lines[line].Product, n})
			missing[line] -= n
		}
	}
	return given
}

// without writes into rest what is still missing after a site gave what it has.
func (s *shelves) without(rest, missing []int, site int) {
	for line, free := range s.free[site] {
		rest[line] = max(0, missing[line]-free)
	}
}

// atLeast is a number of sites, other than the one at which the order is assembled, below
// which nothing can bring what is missing, found without a search. It is exact up to one.
func (s *shelves) atLeast(missing []int, at int) int {
	fewest := 0
	for line, units := range missing {
		if units > 0 {
			fewest = max(fewest, (units+s.most[line]-1)/s.most[line])
		}
	}
	if fewest == 1 {
		for site := range s.alone(missing) {
			if site != at {
				return 1
			}
		}
		return 2
	}
	return fewest
}

// alone goes through the sites each of which has all that is missing. Only one such walk
// may be under way at a time.
func (s *shelves) alone(missing []int) iter.Seq[int] {
	return func(yield func(int) bool) {
		found := s.buffer
		found.fill(len(s.sites))
		for _, line := range s.rarest {
			switch {
			case missing[line] == 0:
			case missing[line] == s.lines[line].Quantity:
				found.keep(s.whole[line])
			default:
				found.keep(s.some[line])
			}
		}
		for site := range found.all() {
			if s.has(site, missing) && !yield(site) {
				return
			}
		}
	}
}

func (s *shelves) has(site int, missing []int) bool {
	for line, free := range s.free[site] {
		if free < missing[line] {
			return false
		}
	}
	return true
}

// set holds small whole numbers, one bit each.
type set []uint64

func newSet(size int) set { return make(set, (size+63)/64) }

func (s set) add(n int) { s[n/64] |= 1 << (n % 64) }

// fill makes it the set of all numbers below n.
func (s set) fill(n int) {
	for i := range s {
		s[i] = ^uint64(0)
	}
	if n%64 != 0 {
		s[len(s)-1] = 1<<(n%64) - 1
	}
}

// keep drops what the other set does not hold.
func (s set) keep(other set) {
	for i := range s {
		s[i] &= other[i]
	}
}

func (s set) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}
