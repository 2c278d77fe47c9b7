package store

import (
	"math/bits"
	"slices"
)

// bringer is a site, and how many of the missing lines it has any of, at most.
type bringer struct{ site, lines int32 }

// brought is how many lines the first so many sites bring at most.
func brought(among []bringer, sites int) int {
	sum := 0
	for _, b := range among[:min(sites, len(among))] {
		sum += int(b.lines)
	}
	return sum
}

// rank sorts sites by how many of the missing lines they bring, the most first; of equal ones
// those that came first stay first. Those that bring nothing, or are too far away, are left out.
func (s *coverSearch) rank(at *stage, among []bringer) {
	s.looks += 2 * len(among)
	clear(at.counts)
	at.ranked = slices.Grow(at.ranked[:0], 2*len(among))
	useful := at.ranked[len(among):len(among)]
	for _, b := range among {
		lines := 0
		for word, has := range s.has {
			lines += bits.OnesCount64(has[b.site] & at.lines[word])
		}
		if lines > 0 && int(b.site) != s.at && !s.tooFar(int(b.site)) {
			useful = append(useful, bringer{b.site, int32(lines)})
			at.counts[lines]++
		}
	}
	place := 0
	for lines := len(at.counts) - 1; lines > 0; lines-- {
		at.counts[lines], place = place, place+at.counts[lines]
	}
	at.ranked = at.ranked[:len(useful)]
	for _, b := range useful {
		at.ranked[at.counts[b.lines]] = b
		at.counts[b.lines]++
	}
}
