// Package courier draws the courier's page: the parcels that wait at each warehouse, and the
// run of those on board. It is made for a phone and a thumb.
package courier

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// Rounds is what the live part of the page shows.
type Rounds struct {
	Places  []Place
	Waiting int // parcels over all places
	Run     []Stop
	KeptAt  string // when a phone kept the page; "" for the truth
	Partly  bool   // something is not shown, because a part of the records cannot be read
}

// Place is a warehouse at which parcels wait.
type Place struct {
	ID, Name, Address string
	Stops             []Stop
}

// Stop is one parcel and where it goes.
type Stop struct {
	Number        string // plain digits
	Name          string
	Street, Town  string
	Phone         string // E.164, "" if there is none
	Remark        string
	NoAddress     bool
	Late          bool
	Due, DueISO   string
	ReceivedBy    string // what stands in the field for who took it
	Took          string // the chosen chip: recipient, neighbour or reception
	Problem       string // what is wrong with it
	Open, Primary bool   // whether the delivery form is unfolded; whether it is the next stop
	Tried         string // what came of the last try, "" before the first
	Attempt       string // the number of the next try that fails
	Failed        FailedForm
}

// FailedForm is a failure that could not be taken; the empty one is untouched.
type FailedForm struct {
	Open               bool
	Why, Note, Problem string
}

// Typed is a delivery that could not be taken: what the courier wrote, and what is wrong.
// With Failed it is the form of one that could not be delivered.
type Typed struct {
	Number, ReceivedBy, Took, Problem string
	Failed                            bool
	Why, Note                         string
}

// Scene is the moment that the page is drawn for.
type Scene struct {
	Now       time.Time
	Zone      *time.Location
	Directory store.Directory
	Country   ui.Names
}

// New draws up the page. What is promised first is first: the parcels of a warehouse, the
// stops of the run, and the warehouses by their first parcel. An address is shown only
// while the parcel is ready or on its way.
func New(r store.Rounds, scene Scene) Rounds {
	rounds := Rounds{Partly: r.Partly}
	pickups := slices.Clone(r.Ready)
	for i := range pickups {
		pickups[i].Orders = byPromise(pickups[i].Orders)
	}
	slices.SortStableFunc(pickups, func(a, b store.Pickup) int { return first(a).Compare(first(b)) })
	for _, pickup := range pickups {
		if len(pickup.Orders) == 0 {
			continue
		}
		place := Place{
			ID: pickup.Warehouse, Name: scene.Directory.WarehouseName(pickup.Warehouse),
			Address: scene.Directory.Warehouses[pickup.Warehouse].Address,
		}
		for _, order := range pickup.Orders {
			place.Stops = append(place.Stops, stop(order, scene))
		}
		rounds.Waiting += len(place.Stops)
		rounds.Places = append(rounds.Places, place)
	}
	for i, order := range byPromise(r.Run) {
		s := stop(order, scene)
		s.Primary = i == 0
		rounds.Run = append(rounds.Run, s)
	}
	return rounds
}

// With puts what the courier typed back into the form that it came from.
func (r Rounds) With(typed Typed) Rounds {
	r.Run = slices.Clone(r.Run)
	for i := range r.Run {
		s := &r.Run[i]
		if s.Number != typed.Number || typed.Problem == "" {
			continue
		}
		if typed.Failed {
			s.Failed = FailedForm{Open: true, Why: typed.Why, Note: typed.Note, Problem: typed.Problem}
		} else {
			s.ReceivedBy, s.Took, s.Problem, s.Open = typed.ReceivedBy, typed.Took, typed.Problem, true
		}
	}
	return r
}

func stop(o store.Order, scene Scene) Stop {
	s := Stop{
		Number: o.Number.String(), Name: cmp.Or(o.Recipient.Name, "No name"),
		Took: tookRecipient, ReceivedBy: o.Recipient.Name, Remark: remark(o), Due: "no date promised",
	}
	s.Attempt = strconv.Itoa(o.Failures + 1)
	if o.Failures > 0 {
		s.Tried = fmt.Sprintf("Tried %s: %s", ui.Count(o.Failures, "time"), o.Failed.Words())
	}
	if !o.PromisedAt.IsZero() {
		s.Due, s.DueISO = ui.BriefMoment(o.PromisedAt.In(scene.Zone), scene.Now.In(scene.Zone)), ui.ISO(o.PromisedAt)
		s.Late = o.PromisedAt.Before(scene.Now)
	}
	if o.Status != store.Ready && o.Status != store.Sent {
		return s
	}
	a := o.Recipient.Address
	s.NoAddress, s.Phone = a.Missing(), o.Recipient.Phone
	s.Street = join(", ", a.Line1, a.Line2)
	s.Town = join(" ", a.PostalCode, a.City)
	if a.Country != "" && a.Country != "PL" {
		s.Town = join(", ", s.Town, scene.Country.Of(a.Country))
	}
	return s
}

func remark(o store.Order) string {
	words := ui.Units(store.Units(o.Lines))
	if hurry := o.Speed.Hurry(); hurry != "" {
		words += " · " + hurry
	}
	return words
}

func join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
}

// first is when the first parcel of a warehouse is promised.
func first(p store.Pickup) time.Time {
	if len(p.Orders) == 0 || p.Orders[0].PromisedAt.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return p.Orders[0].PromisedAt
}

// byPromise puts what was promised first first; what has no date comes last.
func byPromise(orders []store.Order) []store.Order {
	sorted := slices.Clone(orders)
	at := func(o store.Order) time.Time { return first(store.Pickup{Orders: []store.Order{o}}) }
	slices.SortStableFunc(sorted, func(a, b store.Order) int {
		return cmp.Or(at(a).Compare(at(b)), cmp.Compare(a.Number, b.Number))
	})
	return sorted
}
