// Package geo finds where a town lies, offline: it turns the address that a customer types
// into the coordinates by which an order is routed.
//
// Its towns come from GeoNames (geonames.org), licensed under Creative Commons Attribution 4.0;
// SOURCE.md says what was taken and how towns.gz is made again.
package geo

import (
	"math"
	"strings"
)

// Precision says what a Place was found by.
type Precision string

const (
	// ByTown: the town itself is known; its coordinates are right to a kilometre or so.
	ByTown Precision = "town"
	// ByArea: the town is not known, but its postal code is; the coordinates are those of the
	// chief town of that postal area, some tens of kilometres off.
	ByArea Precision = "area"
	// ByCountry: only the country is known; the coordinates are the mean of its towns,
	// each weighed by its population.
	ByCountry Precision = "country"
)

// Place is a place on the map. Name is what the source calls the town (the English name
// of the largest ones, such as Warsaw), the chief town of its postal area, or the country's
// English name. Country is its ISO 3166-1 alpha-2 code. Lat and Lon are degrees.
type Place struct {
	Name, Country string
	Lat, Lon      float64
	Precision     Precision
}

// Exact tells whether the town itself was found.
func (p Place) Exact() bool { return p.Precision == ByTown }

// Gazetteer is the list of towns in memory. It never changes, so that any number
// of goroutines may use it at once.
type Gazetteer struct {
	towns     *towns
	areas     map[string]Place // by country and postal prefix: "PL05"
	countries []Country
	names     map[string]string // a country's English name by its code
}

// Open unpacks the embedded list; once at the start is enough. It takes some tens of
// milliseconds and then about six megabytes. An error means that the binary was built
// with a damaged list.
func Open() (*Gazetteer, error) {
	towns, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	g := &Gazetteer{towns: towns, countries: readCountries(countryTable), names: map[string]string{}}
	for _, c := range g.countries {
		g.names[c.Code] = c.Name
	}
	g.areas, err = readAreas(areaTable, towns)
	return g, err
}

// Find gives the place that an address names, in the country of the given code. Accents,
// capitals, hyphens and apostrophes do not matter, and many towns are known by their
// names in several languages. Of towns of one name the postal code decides
// where its area is known (Poland), else the most populous wins. A town that is not known
// falls back on its postal area and then on its country; Precision says which. It is
// false only for a country that is not known. Any input is safe.
func (g *Gazetteer) Find(city, postalCode, country string) (Place, bool) {
	country = strings.ToUpper(strings.TrimSpace(country))
	name, known := g.names[country]
	if !known {
		return Place{}, false
	}
	area, inArea := g.areas[country+postalPrefix(postalCode)]
	for _, key := range []string{Fold(city), Fold(townOnly(city))} {
		found := g.towns.find(country, key)
		if len(found) == 0 {
			continue
		}
		if inArea {
			return nearest(area, found), true
		}
		return found[0], true
	}
	if inArea {
		return area, true
	}
	centre, known := g.towns.centre(country)
	centre.Name = name
	return centre, known
}

// townOnly leaves out what people write around a town's name: a postal code before it, a
// district's number after it, a remark after a comma, a slash or a bracket.
func townOnly(city string) string {
	if end := strings.IndexAny(city, ",;/("); end > 0 {
		city = city[:end]
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, city)
}

// nearest is the one of the towns, all of one country, that lies nearest to a place.
func nearest(at Place, towns []Place) Place {
	best, least := towns[0], math.Inf(1)
	narrow := math.Cos(at.Lat * math.Pi / 180)
	for _, t := range towns {
		if d := math.Hypot(t.Lat-at.Lat, (t.Lon-at.Lon)*narrow); d < least {
			best, least = t, d
		}
	}
	return best
}
