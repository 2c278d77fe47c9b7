package store

import "time"

// held says why a candidate's parcel leaves on a later day than its cut-off alone would let
// it; "" if nothing but the clock, or a Sunday, holds it.
func (req Request) held(c Candidate, site Site) string {
	w := site.Warehouse
	if w.ClosedOn == 0 && len(w.Closed) == 0 && w.Capacity == 0 || c.AtLeast {
		return ""
	}
	for day := req.Calendar.at(c.readyAt, 12*time.Hour); req.Calendar.DayOf(day) < req.Calendar.DayOf(c.leavesAt); day = req.Calendar.next(day, 1) {
		switch {
		case !req.Calendar.working(day):
		case !req.Calendar.open(w, day):
			return "Closed on " + req.day(day) + "."
		case req.Calendar.full(w, day, site.Load):
			return "Full on " + req.day(day) + "."
		}
	}
	return ""
}
