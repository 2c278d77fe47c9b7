package store

import (
	"fmt"
	"strconv"
	"time"
)

// reasons says in words what made the best candidate better than the others. It writes each day
// once: in a large shop many candidates promise the same.
type reasons struct {
	Request
	best *Candidate
	days map[time.Time]string
}

func newReasons(req Request, best *Candidate) *reasons {
	return &reasons{req, best, map[time.Time]string{}}
}

// why says what made the best candidate better than this one.
func (r *reasons) why(c *Candidate) string {
	atLeast, atBest := "", ""
	if c.AtLeast {
		atLeast, atBest = "at least ", "at best "
	}
	best := r.best
	switch {
	case c.AtLeast && r.compare(best, c) > 0:
		return "Could not be worked out in time: this order needs too many warehouses."
	case r.To == nil && c.Transfers > best.Transfers, c.Transfers != best.Transfers && c.PromisedAt.Equal(best.PromisedAt):
		return "Needs " + atLeast + count(c.Transfers, "transfer") + ", " + best.Warehouse + " needs " + orNone(best.Transfers) + "."
	case !c.PromisedAt.Equal(best.PromisedAt):
		return "Would arrive " + atBest + "on " + r.on(c.PromisedAt) + ", from " + best.Warehouse + " on " + r.on(best.PromisedAt) + "."
	case c.Distance != best.Distance:
		return fmt.Sprintf("Is %.0f km from the recipient, %s is %.0f km.", c.Distance/kilometre, best.Warehouse, best.Distance/kilometre)
	default:
		return "Is " + atBest + "as good as " + best.Warehouse + ", which comes first by name."
	}
}

func (r *reasons) on(t time.Time) string {
	if r.days[t] == "" {
		r.days[t] = r.day(t)
	}
	return r.days[t]
}

// held says why a candidate's parcel leaves on a later day than its cut-off alone would let
// it; "" if nothing but the clock, or a Sunday, holds it.
func (req Request) held(c Candidate, site *Site) string {
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

// day says a day by the shop's calendar.
func (req Request) day(t time.Time) string { return BriefDay(t.In(req.Calendar.zone())) }

// BriefDay is a day in a table, where many stand below each other: "Tue 1 Dec". The zone is that of t.
func BriefDay(t time.Time) string { return t.Format("Mon 2 Jan") }

// orNone says a number, or that there is none.
func orNone(n int) string {
	if n == 0 {
		return "none"
	}
	return strconv.Itoa(n)
}

// count says a number of things in words: "1 transfer", "2 transfers".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
