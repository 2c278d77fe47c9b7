package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// sameDayRadius is how far a parcel goes on the day on which it was ordered, in metres.
const sameDayRadius = 30 * kilometre

// mayBeToday tells whether the same day is asked for, and this candidate is near enough and
// has everything.
func (req Request) mayBeToday(c *Candidate, site *Site) bool {
	return req.Speed == SameDay && req.To != nil && site.Warehouse.SameDay > 0 && c.Transfers == 0 && c.Distance <= sameDayRadius
}

// today is when a parcel leaves with those for the same day, and when it arrives; false if
// this candidate cannot have it packed by then.
func (req Request) today(c *Candidate, site *Site) (leavesAt, arrivesAt time.Time, ok bool) {
	w := site.Warehouse
	if !req.mayBeToday(c, site) {
		return time.Time{}, time.Time{}, false
	}
	leavesAt = req.Calendar.at(req.Now, w.SameDay)
	late := req.Calendar.packed(w, req.Now).After(leavesAt)
	if late || !req.Calendar.working(leavesAt) || !req.Calendar.open(w, leavesAt) || req.Calendar.full(w, leavesAt, site.Load) {
		return time.Time{}, time.Time{}, false
	}
	return leavesAt, req.Calendar.at(leavesAt, sameDayHour*time.Hour), true
}

// KeepsSameDay tells whether a plan keeps what Request asked for by the speed SameDay.
func (req Request) KeepsSameDay(plan Plan) bool {
	return req.Speed == SameDay && req.Calendar.SameDay(req.Now, plan.PromisedAt)
}

// OffersSameDay tells whether any warehouse sends parcels for the same day at all.
func OffersSameDay(sites []Site) bool {
	return slices.ContainsFunc(sites, func(s Site) bool { return s.Warehouse.SameDay > 0 })
}

// WhyNotToday says to a customer why no warehouse can send this order so that it arrives
// today.
func (req Request) WhyNotToday(sites []Site) string {
	sites = slices.DeleteFunc(slices.Clone(sites), func(s Site) bool { return s.Warehouse.SameDay == 0 })
	switch {
	case len(sites) == 0:
		return "We do not deliver on the same day."
	case req.To == nil:
		return "To tell whether it can come today we have to know the town."
	}
	away := func(s Site) float64 { return s.Warehouse.At.Distance(*req.To) }
	slices.SortFunc(sites, func(a, b Site) int { return cmp.Compare(away(a), away(b)) })
	nearest := sites[0]
	if away(nearest) > sameDayRadius {
		return fmt.Sprintf("Today is possible only within %.0f km of %s.", sameDayRadius/kilometre, townsOf(sites))
	}
	w, leaves := nearest.Warehouse, req.Calendar.at(req.Now, nearest.Warehouse.SameDay)
	switch {
	case !req.Calendar.working(leaves):
		return "Nothing is delivered on Sundays."
	case !req.Calendar.open(w, leaves):
		return fmt.Sprintf("Our warehouse in %s is closed today.", w.Name)
	case req.Calendar.packed(w, req.Now).After(leaves):
		return fmt.Sprintf("It is too late for today: what is to arrive the same day leaves %s at %s.", w.Name, leaves.In(req.Calendar.zone()).Format("15:04"))
	case req.Calendar.full(w, leaves, nearest.Load):
		return fmt.Sprintf("Our warehouse in %s has no room for another order today.", w.Name)
	}
	return fmt.Sprintf("Not all of it lies in %s, so it cannot leave there today.", w.Name)
}

// townsOf names a few towns: "Gdańsk, Warszawa and 3 other towns".
func townsOf(sites []Site) string {
	const named = 3
	var names []string
	for _, s := range sites {
		if !slices.Contains(names, s.Warehouse.Name) {
			names = append(names, s.Warehouse.Name)
		}
	}
	if more := len(names) - named; more > 0 {
		return strings.Join(names[:named], ", ") + " and " + count(more, "other town")
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
