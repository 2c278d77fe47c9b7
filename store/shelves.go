package store

import (
	"cmp"
	"slices"
)

// shelves is what every site has free of each line of one order, looked up once. Sites and
// lines go by their index here; a set of lines holds their ranks. It serves one Route: looks
// counts what its searches tried.
type shelves struct {
	lines  []Line
	sites  []Site  // by ID, so that the order in which they were given does not matter
	free   [][]int // site → line → units
	left   []int   // line → units at all sites together
	rarest []int   // rank → line: the fewest sites have any of the first
	some   []set   // line → sites that have any of it
	whole  []set   // line → sites that have all that is wanted of it
	has    []set   // word of a set of lines → site → those of which it has any
	all    []set   // the same of those of which it has all that is wanted
	scarce set     // the lines that no site has whole
	tops   [][]int // line → units at so many sites that have the most; nil until asked for
	spots  []spot  // site → where it is
	looks  int     // each is worth a few nanoseconds
	buffer set
}

func newShelves(lines []Line, sites []Site) *shelves {
	s := &shelves{lines: lines, sites: slices.Clone(sites), left: make([]int, len(lines)), tops: make([][]int, len(lines)), buffer: newSet(len(sites))}
	slices.SortFunc(s.sites, func(a, b Site) int { return cmp.Compare(a.Warehouse.ID, b.Warehouse.ID) })
	holders, all := make([]int, len(lines)), make([]int, len(lines)*len(sites))
	s.rarest, s.some, s.whole = make([]int, len(lines)), newSets(len(lines), len(sites)), newSets(len(lines), len(sites))
	for line := range lines {
		s.rarest[line] = line
	}
	s.free, s.spots = make([][]int, 0, len(sites)), make([]spot, 0, len(sites))
	for site := range s.sites {
		s.spots = append(s.spots, spotOf(s.sites[site].Warehouse.At))
		row := all[site*len(lines):][:len(lines)]
		for line, wanted := range lines {
			units := max(0, s.sites[site].Free[wanted.Product])
			row[line] = units
			s.left[line] += units
			if units > 0 {
				s.some[line].add(site)
				holders[line]++
			}
			if units >= wanted.Quantity {
				s.whole[line].add(site)
			}
		}
		s.free = append(s.free, row)
	}
	slices.SortStableFunc(s.rarest, func(a, b int) int { return cmp.Compare(holders[a], holders[b]) })
	s.turn()
	return s
}

// turn gives the sets of lines by site from the sets of sites by line.
func (s *shelves) turn() {
	s.scarce = newSet(len(s.lines))
	s.has, s.all = newSets(len(s.scarce), 64*len(s.sites)), newSets(len(s.scarce), 64*len(s.sites))
	for rank, line := range s.rarest {
		word, bit, scarce := rank/64, uint64(1)<<(rank%64), true
		for site := range s.some[line].all() {
			s.has[word][site] |= bit
		}
		for site := range s.whole[line].all() {
			s.all[word][site] |= bit
			scarce = false
		}
		if scarce {
			s.scarce.add(rank)
		}
	}
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

// top is how many units of a line so many sites have at most.
func (s *shelves) top(line, sites int) int {
	if s.tops[line] == nil {
		units := make([]int, 0, len(s.sites))
		for site := range s.some[line].all() {
			units = append(units, s.free[site][line])
		}
		slices.SortFunc(units, func(a, b int) int { return cmp.Compare(b, a) })
		sums := make([]int, 1, len(units)+1)
		for _, n := range units {
			sums = append(sums, sums[len(sums)-1]+n)
		}
		s.tops[line] = sums
	}
	return s.tops[line][min(sites, len(s.tops[line])-1)]
}
