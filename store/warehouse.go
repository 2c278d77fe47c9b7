package store

import (
	"math"
	"regexp"
	"time"
)

// Point is a place on the earth in degrees.
type Point struct{ Lat, Lon float64 }

// Distance is the great-circle distance in metres, by the haversine formula with
// the mean earth radius of 6,371,008.8 m (IUGG).
func (p Point) Distance(q Point) float64 {
	const radius, rad = 6371008.8, math.Pi / 180
	dLat, dLon := (q.Lat-p.Lat)*rad, (q.Lon-p.Lon)*rad
	a := math.Pow(math.Sin(dLat/2), 2) + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * radius * math.Asin(math.Min(1, math.Sqrt(a)))
}

// Warehouse is a place that holds stock and assembles orders. ID is the name that
// Redis keys and messages bear ("warehouse1"); Name is the town that people say.
type Warehouse struct {
	ID      string
	Name    string
	Address string
	At      Point
	// CutOff is the time of day, in the shop's zone, at which the last courier and the
	// last transfer of the day leave: what is ready later leaves on the next working day.
	CutOff time.Duration
}

// idPattern is what a warehouse's or a product's ID may look like: it becomes a part
// of Redis keys, channels, messages and addresses, so it is kept plain.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// ValidID tells whether a warehouse's or product's ID is well formed.
func ValidID(id string) bool { return idPattern.MatchString(id) }

// Check says what is wrong with a warehouse that somebody wants to add; Invalid.
func (w Warehouse) Check() error {
	fields := map[string]string{}
	if !ValidID(w.ID) {
		fields["id"] = "Use letters, digits, dots and dashes, 64 at the most."
	}
	if !plain(w.Name, 1, 80) {
		fields["name"] = "Give the warehouse a name of at most 80 characters."
	}
	if math.Abs(w.At.Lat) > 90 || math.Abs(w.At.Lon) > 180 || w.At == (Point{}) {
		fields["at"] = "Give a latitude from −90 to 90 and a longitude from −180 to 180."
	}
	if w.CutOff < 0 || w.CutOff >= 24*time.Hour {
		fields["cut_off"] = "Give a time of day, such as 16:00."
	}
	return invalid(fields)
}
