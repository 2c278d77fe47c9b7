package store

import (
	"fmt"
	"math"
	"regexp"
	"time"
)

// Point is a place on the earth in degrees.
type Point struct{ Lat, Lon float64 }

// Distance is the great-circle distance in metres, by the haversine formula with
// the mean earth radius of 6,371,008.8 m (IUGG).
func (p Point) Distance(q Point) float64 { return spotOf(p).distance(spotOf(q)) }

const earthRadius = 6371008.8 // metres

// spot is a Point as distances are worked out from it: in radians, with its cosine of latitude.
type spot struct{ lat, lon, cos float64 }

func spotOf(p Point) spot {
	const rad = math.Pi / 180
	return spot{p.Lat * rad, p.Lon * rad, math.Cos(p.Lat * rad)}
}

func (p spot) distance(q spot) float64 {
	lat, lon := math.Sin((q.lat-p.lat)/2), math.Sin((q.lon-p.lon)/2)
	return 2 * earthRadius * math.Asin(math.Min(1, math.Sqrt(lat*lat+p.cos*q.cos*lon*lon)))
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
	// SameDay is the time of day at which parcels leave that reach their recipients the same
	// day; zero if this warehouse sends none.
	SameDay time.Duration
	// Handling is how long it takes to pack an order once all of it is there; zero means an
	// hour. It stands still on closed days.
	Handling time.Duration
	ClosedOn Weekdays // on these days of the week nobody works and nothing leaves
	Closed   []Day    // nor on these single days, in their order
	// Capacity is how many orders can leave in a day; zero means any number. An order counts
	// on the day on which it is promised to leave, until it is cancelled or planned anew, also
	// when it really leaves earlier or later. Transfers do not count. A full day moves the
	// promise to the next day on which the warehouse works. The limit guides promises and is no
	// lock: orders placed in the very same instant may exceed it by their own number.
	Capacity int
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
	if !ValidText(w.Name, 1, 80) {
		fields["name"] = "Give the warehouse a name of at most 80 characters."
	}
	if math.Abs(w.At.Lat) > 90 || math.Abs(w.At.Lon) > 180 || w.At == (Point{}) {
		fields["at"] = "Give a latitude from −90 to 90 and a longitude from −180 to 180."
	}
	if w.CutOff < 0 || w.CutOff >= 24*time.Hour {
		fields["cut_off"] = "Give a time of day, such as 16:00."
	}
	w.checkWork(fields)
	return invalid(fields)
}

// Limits of a warehouse's working life.
const (
	MaxHandling = 14 * 24 * time.Hour
	MaxClosed   = 366       // single closed days
	MaxCapacity = 1_000_000 // orders a day
)

// checkWork says what is wrong with a warehouse's working life. It has to work on some day on
// which the couriers drive, or no promise could ever be made.
func (w Warehouse) checkWork(fields map[string]string) {
	if w.SameDay < 0 || w.SameDay >= sameDayHour*time.Hour {
		fields["same_day"] = fmt.Sprintf("Give a time of day before %d:00, or nothing: by then the parcels are at the door.", sameDayHour)
	}
	if w.Handling < 0 || w.Handling > MaxHandling {
		fields["handling"] = fmt.Sprintf("Give a time of at most %.0f hours.", MaxHandling.Hours())
	}
	if w.ClosedOn|WeekdaysOf(time.Sunday) == WeekdaysOf(Week()...) {
		fields["closed_on"] = "Leave one day open on which the couriers drive: Monday to Saturday."
	}
	if len(w.Closed) > MaxClosed {
		fields["closed"] = fmt.Sprintf("Give at most %d single days.", MaxClosed)
	}
	for _, day := range w.Closed {
		if _, ok := ParseDay(string(day)); !ok {
			fields["closed"] = fmt.Sprintf("Write each day as 2026-12-24; %q is none.", day)
		}
	}
	if w.Capacity < 0 || w.Capacity > MaxCapacity {
		fields["capacity"] = fmt.Sprintf("Give a number of orders up to %d, or 0 for no limit.", MaxCapacity)
	}
}
