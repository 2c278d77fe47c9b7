package store

import (
	"cmp"
	"math"
)

// metres is how far a site is from the place of assembly.
func (s *coverSearch) metres(site int) float64 {
	if s.distance[site] < 0 {
		s.distance[site] = s.spots[site].distance(s.spots[s.at])
	}
	return s.distance[site]
}

func (s *coverSearch) nearer(a, b int) int {
	return cmp.Or(cmp.Compare(s.metres(a), s.metres(b)), cmp.Compare(a, b))
}

// place is a point of the unit sphere.
type place struct{ x, y, z float64 }

func placeOf(p spot) place {
	return place{p.cos * math.Cos(p.lon), p.cos * math.Sin(p.lon), math.Sin(p.lat)}
}

// chord is the square of the straight way between two places: it grows with their distance, and
// takes a tenth of the time to work out.
func (p place) chord(q place) float64 {
	x, y, z := p.x-q.x, p.y-q.y, p.z-q.z
	return x*x + y*y + z*z
}

// chordOf is a little more than the chord of places that are so many metres apart: it leaves
// room for what both have been rounded by.
func chordOf(metres float64) float64 {
	chord := 2 * math.Sin(metres/(2*earthRadius))
	return chord*chord*1.000_001 + 1e-12
}

// measure works out about how near each site is to the place of assembly.
func (s *coverSearch) measure() {
	if s.places == nil {
		for _, spot := range s.spots {
			s.places = append(s.places, placeOf(spot))
		}
	}
	for site, place := range s.places {
		s.near[site] = place.chord(s.places[s.at])
	}
	s.measured = true
}

// tooFar tells whether no cover with this site can be better than the best.
func (s *coverSearch) tooFar(site int) bool { return s.measured && s.near[site] > s.within }
