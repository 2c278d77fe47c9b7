package main

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"waybill/store/geo"
)

// near is how far apart, in degrees, two records of one town may lie.
const near = 0.15

// merge joins today's towns with what the older dump knows of them. A town is the same
// if it bears one of the other's names and lies near it. A known town takes today's name
// and position and keeps its older name beside it; a town that only one side has stays.
func merge(known, today []town) []town {
	byKey := map[string][]int{}
	for i, t := range known {
		for _, key := range t.keys() {
			byKey[t.country+key] = append(byKey[t.country+key], i)
		}
	}
	taken := make([]bool, len(known))
	merged := slices.Clone(known)
	for _, t := range today {
		best := -1
		for _, i := range byKey[t.country+geo.Fold(t.name)] {
			k := known[i]
			close := math.Abs(k.lat-t.lat) < near && math.Abs(k.lon-t.lon) < near
			if close && !taken[i] && (best < 0 || better(t, k, known[best])) {
				best = i
			}
		}
		if best < 0 {
			merged = append(merged, t)
			continue
		}
		taken[best] = true
		m := &merged[best]
		m.others = append(m.others, m.name)
		m.name, m.lat, m.lon = t.name, t.lat, t.lon
	}
	return merged
}

// better tells whether a is rather the town t than b is: by its very name, then by nearness.
func better(t, a, b town) bool {
	if (a.name == t.name) != (b.name == t.name) {
		return a.name == t.name
	}
	return math.Hypot(a.lat-t.lat, a.lon-t.lon) < math.Hypot(b.lat-t.lat, b.lon-t.lon)
}

// dense are the countries of which every town in the sources is kept.
const dense = "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE " +
	"LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE SI SJ SK SM UA VA XK"

// Outside the dense countries a town has at least elsewhere people, and bears other
// names than its own only with famous ones.
const elsewhere, famous = 15000, 100000

// choose keeps the towns and the names that are worth their bytes, ordered by country
// and then by population, the most populous first.
func choose(towns []town) []town {
	kept := towns[:0]
	largest := map[string]int{}
	for _, t := range towns {
		largest[t.country] = max(largest[t.country], t.people)
	}
	for _, t := range towns {
		far := !strings.Contains(dense, t.country)
		if t.country == "" || t.country == "AQ" || far && t.people < min(elsewhere, largest[t.country]) {
			continue
		}
		if far && t.people < famous {
			t.others = t.others[:min(1, len(t.others))] // without accents
		}
		t.others = slices.DeleteFunc(slices.Clone(t.others), func(n string) bool { return !worth(n, t) })
		kept = append(kept, t)
	}
	slices.SortStableFunc(kept, func(a, b town) int {
		return cmp.Or(cmp.Compare(a.country, b.country), cmp.Compare(b.people, a.people),
			cmp.Compare(a.name, b.name), cmp.Compare(a.lat, b.lat), cmp.Compare(a.lon, b.lon))
	})
	return kept
}

// scripts are those besides Latin in which addresses of a country are written.
var scripts = map[string]*unicode.RangeTable{
	"BA": unicode.Cyrillic, "BG": unicode.Cyrillic, "BY": unicode.Cyrillic, "CY": unicode.Greek,
	"GR": unicode.Greek, "ME": unicode.Cyrillic, "MK": unicode.Cyrillic, "RS": unicode.Cyrillic,
	"RU": unicode.Cyrillic, "UA": unicode.Cyrillic,
}

// worth tells whether an address might bear this other name of the town. Left out
// are foreign scripts, airports' codes ("WAW") and machine transliterations, which the source
// writes without capitals ("hua sha").
func worth(name string, t town) bool {
	capitals, small := 0, 0
	local := scripts[t.country]
	for _, r := range name {
		if !unicode.IsLetter(r) {
			continue
		}
		if !unicode.Is(unicode.Latin, r) && (local == nil || !unicode.Is(local, r)) {
			return false
		}
		if unicode.IsUpper(r) {
			capitals++
		} else {
			small++
		}
	}
	return capitals > 0 && small > 0
}
