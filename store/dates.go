package store

import (
	"slices"
	"time"
)

// dates works out promises for one Route. Many warehouses live by one clock and differ only in
// their single closed days and in how many orders they take: what the clock alone would give is
// worked out once, and worked out anew only where those come in its way.
type dates struct {
	Request
	departures map[clock]span
	arrivals   map[journey]time.Time
}

// clock is what a departure depends on, apart from single days.
type clock struct {
	readyAt          time.Time
	cutOff, handling time.Duration
	closedOn         Weekdays
}

// span is a departure, and all days from that of the beginning to its own.
type span struct {
	leavesAt time.Time
	days     []Day
}

type journey struct {
	leavesAt   time.Time
	days, hour int
}

func newDates(req Request) *dates {
	return &dates{req, map[clock]span{}, map[journey]time.Time{}}
}

// departure is when what is all there at a time leaves a site. Parcels count for its capacity,
// transfers do not.
func (d *dates) departure(site *Site, readyAt time.Time, parcel bool) time.Time {
	w := &site.Warehouse
	c := clock{readyAt, w.CutOff, w.Handling, w.ClosedOn}
	known, ok := d.departures[c]
	if !ok {
		plain := Warehouse{CutOff: w.CutOff, Handling: w.Handling, ClosedOn: w.ClosedOn}
		known.leavesAt = d.Calendar.Departure(plain, d.Calendar.packed(plain, readyAt), nil)
		known.days = d.Calendar.days(readyAt, known.leavesAt)
		d.departures[c] = known
	}
	var load map[Day]int
	if parcel {
		load = site.Load
	}
	last := known.days[len(known.days)-1]
	closed := slices.ContainsFunc(w.Closed, func(day Day) bool { return slices.Contains(known.days, day) })
	switch {
	case closed:
		return d.Calendar.Departure(*w, d.Calendar.packed(*w, readyAt), load)
	case w.Capacity > 0 && load[last] >= w.Capacity:
		return d.Calendar.Departure(*w, known.leavesAt, load)
	}
	return known.leavesAt
}

// arrival is Calendar.arrival, remembered.
func (d *dates) arrival(leavesAt time.Time, days, hour int) time.Time {
	j := journey{leavesAt, days, hour}
	arrives, ok := d.arrivals[j]
	if !ok {
		arrives = d.Calendar.arrival(leavesAt, days, hour)
		d.arrivals[j] = arrives
	}
	return arrives
}

// promise is when an order that is assembled at a site leaves it, and when it reaches the
// recipient.
func (d *dates) promise(c *Candidate, site *Site) (leavesAt, arrivesAt time.Time) {
	if leavesAt, arrivesAt, ok := d.today(c, site); ok {
		return leavesAt, arrivesAt
	}
	leavesAt = d.departure(site, c.readyAt, true)
	return leavesAt, d.arrival(leavesAt, parcelDays(c.Distance, d.Speed), doorHour)
}

// soonest is a time before which no transfer can arrive anywhere.
func (d *dates) soonest(sites []Site) time.Time {
	var first time.Time
	for i := range sites {
		if leaves := d.departure(&sites[i], d.Now, false); i == 0 || leaves.Before(first) {
			first = leaves
		}
	}
	return d.Calendar.arrival(first, 1, dockHour)
}
