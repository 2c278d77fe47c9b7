package store

import (
	"iter"
	"math/bits"
)

// lack is what an order still lacks after some sites gave what they have. Of most lines it is
// all that is wanted or nothing, so sets say nearly everything.
type lack struct {
	lines  set   // of which anything is missing
	partly set   // of which something was given
	units  []int // line → how many are missing, where something was given
	count  int   // of the lines
}

func (s *shelves) newLack() lack {
	return lack{lines: newSet(len(s.lines)), partly: newSet(len(s.lines)), units: make([]int, len(s.lines))}
}

// order is the lack of an order to which nobody has given anything.
func (s *shelves) order() lack {
	l := s.newLack()
	for rank, line := range s.rarest {
		if s.lines[line].Quantity > 0 {
			l.lines.add(rank)
			l.count++
		}
	}
	return l
}

// lacks is what is missing where a site assembles the order.
func (s *shelves) lacks(at int) lack {
	wanted, rest := s.order(), s.newLack()
	s.give(&rest, &wanted, at)
	return rest
}

// missing is how many units of a line are missing, by its place in the sets.
func (s *shelves) missing(l *lack, word, bit int) int {
	line := s.rarest[word*64+bit]
	if l.partly[word]>>bit&1 == 1 {
		return l.units[line]
	}
	return s.lines[line].Quantity
}

// give writes into rest what is missing after a site gave what it has.
func (s *shelves) give(rest, from *lack, site int) {
	rest.count = 0
	for word, lines := range from.lines {
		partly, given := from.partly[word]&lines, lines&s.has[word][site]
		left, still := lines&^given, partly&^given
		for same := still; same != 0; same &= same - 1 {
			line := s.rarest[word*64+bits.TrailingZeros64(same)]
			rest.units[line] = from.units[line]
		}
		for little := given &^ (s.all[word][site] &^ partly); little != 0; little &= little - 1 {
			bit := bits.TrailingZeros64(little)
			line := s.rarest[word*64+bit]
			if units := s.missing(from, word, bit) - s.free[site][line]; units > 0 {
				rest.units[line] = units
				left, still = left|1<<bit, still|1<<bit
			}
		}
		rest.lines[word], rest.partly[word] = left, still
		rest.count += bits.OnesCount64(left)
	}
}

// brings counts the missing lines of which a site has any.
func (s *shelves) brings(site int, l *lack) int {
	n := 0
	for word, has := range s.has {
		n += bits.OnesCount64(has[site] & l.lines[word])
	}
	return n
}

// gives counts the missing units that a site has.
func (s *shelves) gives(site int, l *lack) int {
	units := 0
	for word, has := range s.has {
		for given := has[site] & l.lines[word]; given != 0; given &= given - 1 {
			bit := bits.TrailingZeros64(given)
			units += min(s.free[site][s.rarest[word*64+bit]], s.missing(l, word, bit))
		}
	}
	return units
}

// tooMuch tells whether so many sites cannot bring what is missing of some line, even if each
// were one that has the most.
func (s *shelves) tooMuch(l *lack, sites int) bool {
	for word, scarce := range s.scarce {
		for lines := scarce & l.lines[word]; lines != 0; lines &= lines - 1 {
			bit := bits.TrailingZeros64(lines)
			if s.missing(l, word, bit) > s.top(s.rarest[word*64+bit], sites) {
				return true
			}
		}
	}
	return false
}

// atLeast is a number of sites, other than the one at which the order is assembled, below
// which nothing can bring what is missing, found without a search. It is exact up to one.
func (s *shelves) atLeast(l *lack, at int) int {
	if l.count == 0 {
		return 0
	}
	for site := range s.alone(l) {
		if site != at {
			return 1
		}
	}
	fewest := 2
	for s.tooMuch(l, fewest) {
		fewest++
	}
	return fewest
}

// alone goes through the sites each of which has all that is missing. Only one such walk
// may be under way at a time.
func (s *shelves) alone(l *lack) iter.Seq[int] {
	return func(yield func(int) bool) {
		found := s.buffer
		found.fill(len(s.sites))
		for word, lines := range l.lines {
			for ; lines != 0; lines &= lines - 1 {
				bit := bits.TrailingZeros64(lines)
				holders := s.whole
				if l.partly[word]>>bit&1 == 1 {
					holders = s.some
				}
				if s.looks += len(found) / 4; !found.keep(holders[s.rarest[word*64+bit]]) {
					return
				}
			}
		}
		for site := range found.all() {
			if s.enough(site, l) && !yield(site) {
				return
			}
		}
	}
}

// enough tells whether a site has what is missing of the lines of which something was given.
func (s *shelves) enough(site int, l *lack) bool {
	for word, partly := range l.partly {
		for partly &= l.lines[word]; partly != 0; partly &= partly - 1 {
			line := s.rarest[word*64+bits.TrailingZeros64(partly)]
			if s.free[site][line] < l.units[line] {
				return false
			}
		}
	}
	return true
}
