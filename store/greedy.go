package store

import "slices"

// greedy takes, again and again, the site that brings the most of the missing lines, then of
// their units, then the nearest; and drops what turned out not to be needed.
func (s *coverSearch) greedy(l *lack) []int {
	var chosen []int
	left, rest := l, s.newLack()
	for left.count > 0 {
		s.looks += len(s.sites)
		best, lines, units := -1, 1, 0
		for site := range s.sites {
			brings := s.brings(site, left)
			if brings < lines || site == s.at || slices.Contains(chosen, site) {
				continue
			}
			gives := s.gives(site, left)
			if brings > lines || gives > units || gives == units && s.nearer(site, best) < 0 {
				best, lines, units = site, brings, gives
			}
		}
		s.give(&rest, left, best)
		left, chosen = &rest, append(chosen, best)
	}
	slices.SortFunc(chosen, s.nearer)
	for i := len(chosen) - 1; i >= 0; i-- {
		if others := slices.Delete(slices.Clone(chosen), i, i+1); s.suffice(l, others) {
			chosen = others
		}
	}
	return chosen
}

// suffice tells whether some sites together have all that is missing.
func (s *coverSearch) suffice(l *lack, sites []int) bool {
	rest := s.newLack()
	for _, site := range sites {
		s.give(&rest, l, site)
		l = &rest
	}
	return l.count == 0
}
