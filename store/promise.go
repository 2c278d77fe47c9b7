package store

import "time"

// Calendar knows the shop's working days and the wall clock that its people live by.
// Couriers and transfers do not travel on Sundays.
type Calendar struct{ Zone *time.Location }

const (
	handling      = time.Hour      // from placing, or from the last arrival, to a packed box
	doorHour      = 18             // a parcel promised for a day is at the door by this hour
	dockHour      = 9              // a transfer reaches the other warehouse by this hour
	defaultCutOff = 16 * time.Hour // for a warehouse that names none
	kilometre     = 1000.0         // metres
)

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// at gives the wall-clock time since midnight on the day of t, in the shop's zone, as UTC.
func (c Calendar) at(t time.Time, clock time.Duration) time.Time {
	y, m, d := t.In(c.zone()).Date()
	return time.Date(y, m, d, int(clock/time.Hour), int(clock%time.Hour/time.Minute), 0, 0, c.zone()).UTC()
}

// next gives the same wall-clock time days later.
func (c Calendar) next(t time.Time, days int) time.Time {
	return t.In(c.zone()).AddDate(0, 0, days).UTC()
}

func (c Calendar) working(t time.Time) bool { return t.In(c.zone()).Weekday() != time.Sunday }

// Departure is the first time at or after ready at which what is ready leaves a warehouse
// with this cut-off: the cut-off of that day, or of the next working day.
func (c Calendar) Departure(ready time.Time, cutOff time.Duration) time.Time {
	if cutOff == 0 {
		cutOff = defaultCutOff
	}
	leaves := c.at(ready, cutOff)
	for leaves.Before(ready) || !c.working(leaves) {
		leaves = c.at(c.next(leaves, 1), cutOff)
	}
	return leaves
}

// arrival is the given hour of the day that is so many working days after departure.
func (c Calendar) arrival(departure time.Time, days, hour int) time.Time {
	t := c.at(departure, time.Duration(hour)*time.Hour)
	for days > 0 {
		if t = c.next(t, 1); c.working(t) {
			days--
		}
	}
	return t
}

// SameDay tells whether two times fall on one day of the shop's calendar.
func (c Calendar) SameDay(a, b time.Time) bool {
	return a.In(c.zone()).Format(time.DateOnly) == b.In(c.zone()).Format(time.DateOnly)
}

// transferDays is how many working days a transfer over a distance in metres takes.
func transferDays(metres float64) int {
	if metres <= 700*kilometre {
		return 1
	}
	return 2 + int(metres/(1500*kilometre))
}

// parcelDays is how many working days a parcel over a distance in metres takes. They are
// the shop's own cautious terms, near to what parcel carriers in Europe state.
func parcelDays(metres float64, speed Speed) int {
	if speed == Express {
		return 1 + int(metres/(900*kilometre))
	}
	switch {
	case metres <= 150*kilometre:
		return 1
	case metres <= 600*kilometre:
		return 2
	default:
		return 3 + int(metres/(1000*kilometre))
	}
}
