package store

import (
	"cmp"
	"slices"
	"time"
)

// Calendar knows the shop's working days and the wall clock that its people live by.
// Couriers and transfers do not travel on Sundays.
type Calendar struct{ Zone *time.Location }

const (
	defaultHandling = time.Hour      // for a warehouse that names no handling time
	defaultCutOff   = 16 * time.Hour // for a warehouse that names no cut-off
	doorHour        = 18             // a parcel promised for a day is at the door by this hour
	sameDayHour     = 20             // one promised for the day of ordering, by this one
	dockHour        = 9              // a transfer reaches the other warehouse by this hour
	kilometre       = 1000.0         // metres
	horizon         = 800            // days that a promise looks ahead; beyond them nothing is closed or full
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

// DayOf is the day of the shop's calendar on which a time falls.
func (c Calendar) DayOf(t time.Time) Day { return Day(t.In(c.zone()).Format(time.DateOnly)) }

func (c Calendar) sameDate(a, b time.Time) bool {
	_, _, day := a.In(c.zone()).Date()
	_, _, other := b.In(c.zone()).Date()
	return day == other
}

// days lists the days of the shop's calendar from one time to another, both included.
func (c Calendar) days(from, to time.Time) []Day {
	last := c.DayOf(to)
	days := []Day{c.DayOf(from)}
	for noon := c.at(from, 12*time.Hour); days[len(days)-1] < last; {
		noon = c.next(noon, 1)
		days = append(days, c.DayOf(noon))
	}
	return days
}

// open tells whether people work in a warehouse on the day of t.
func (c Calendar) open(w Warehouse, t time.Time) bool {
	if w.ClosedOn == 0 && len(w.Closed) == 0 {
		return true
	}
	return !w.ClosedOn.Has(t.In(c.zone()).Weekday()) && !(len(w.Closed) > 0 && slices.Contains(w.Closed, c.DayOf(t)))
}

// packed is when a warehouse has packed what is all there at t. Its handling time runs by
// day and night, but stands still on the days on which it is closed.
func (c Calendar) packed(w Warehouse, t time.Time) time.Time {
	left := cmp.Or(w.Handling, defaultHandling)
	if done := t.Add(left); w.ClosedOn == 0 && len(w.Closed) == 0 || left < 24*time.Hour && c.open(w, t) && c.sameDate(t, done) {
		return done
	}
	for range horizon {
		midnight := c.at(c.next(t, 1), 0)
		if c.open(w, t) {
			if done := t.Add(left); !done.After(midnight) {
				return done
			}
			left -= midnight.Sub(t)
		}
		t = midnight
	}
	return t
}

// Departure is the first time at or after ready at which what is ready leaves a warehouse:
// its cut-off on the first day on which it is open, the couriers drive and it is not full.
// load is how many orders are already promised to leave, by day; nil for what the warehouse's
// capacity does not limit.
func (c Calendar) Departure(w Warehouse, ready time.Time, load map[Day]int) time.Time {
	cutOff := cmp.Or(w.CutOff, defaultCutOff)
	leaves := c.at(ready, cutOff)
	for range horizon {
		if !leaves.Before(ready) && c.working(leaves) && c.open(w, leaves) && !c.full(w, leaves, load) {
			break
		}
		leaves = c.at(c.next(leaves, 1), cutOff)
	}
	return leaves
}

// full tells whether no more orders may be promised to leave a warehouse on the day of t.
func (c Calendar) full(w Warehouse, t time.Time, load map[Day]int) bool {
	return w.Capacity > 0 && len(load) > 0 && load[c.DayOf(t)] >= w.Capacity
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

// docked is when a transfer that takes so many working days reaches a warehouse: in the
// morning of the first day from then on on which that warehouse is open.
func (c Calendar) docked(w Warehouse, departure time.Time, days int) time.Time {
	return c.unloaded(w, c.arrival(departure, days, dockHour))
}

// unloaded is the first morning from t on on which a transfer can join a warehouse's stock.
func (c Calendar) unloaded(w Warehouse, t time.Time) time.Time {
	for range horizon {
		if c.working(t) && c.open(w, t) {
			break
		}
		t = c.next(t, 1)
	}
	return t
}

// SameDay tells whether two times fall on one day of the shop's calendar.
func (c Calendar) SameDay(a, b time.Time) bool { return c.DayOf(a) == c.DayOf(b) }

// transferDays is how many working days a transfer over a distance in metres takes.
func transferDays(metres float64) int {
	if metres <= 700*kilometre {
		return 1
	}
	return 2 + int(metres/(1500*kilometre))
}

// parcelDays is how many working days a parcel over a distance in metres takes. They are
// the shop's own cautious terms, near to what parcel carriers in Europe state. What was
// wished for the same day and cannot come then is sent by express.
func parcelDays(metres float64, speed Speed) int {
	if speed == Express || speed == SameDay {
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
