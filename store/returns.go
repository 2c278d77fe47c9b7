package store

import (
	"fmt"
	"slices"
)

// DeliveryProblem is why a courier could not hand a parcel over.
type DeliveryProblem string

// The problems at the door. With ProblemOther the courier says which.
const (
	ProblemNobody  DeliveryProblem = "nobody"  // nobody was at home
	ProblemRefused DeliveryProblem = "refused" // the recipient did not take it
	ProblemAddress DeliveryProblem = "address" // the address could not be found
	ProblemDamaged DeliveryProblem = "damaged" // the parcel was damaged on the way
	ProblemOther   DeliveryProblem = "other"
)

// DeliveryProblems lists the problems, the most usual first.
func DeliveryProblems() []DeliveryProblem {
	return []DeliveryProblem{ProblemNobody, ProblemRefused, ProblemAddress, ProblemDamaged, ProblemOther}
}

// Words says a problem to people: "nobody was at home".
func (p DeliveryProblem) Words() string {
	switch p {
	case ProblemNobody:
		return "nobody was at home"
	case ProblemRefused:
		return "it was not accepted at the door"
	case ProblemAddress:
		return "the address could not be found"
	case ProblemDamaged:
		return "it was damaged on the way"
	}
	return "it could not be handed over"
}

// Failure is an attempt to deliver that failed. Attempt counts them from 1, so that saying it
// twice is one attempt. With Back the courier brings the parcel back to the warehouse; else
// it stays on board for another try.
type Failure struct {
	Attempt int
	Problem DeliveryProblem
	Note    string // the courier's own words, for staff
	Back    bool
}

// Clean tidies a failure and says what is wrong with it; Invalid at "problem" or "note".
func (f Failure) Clean() (Failure, error) {
	if !slices.Contains(DeliveryProblems(), f.Problem) {
		return f, invalid(map[string]string{"problem": "Say what went wrong."})
	}
	f.Note = tidy(f.Note)
	if !ValidText(f.Note, 0, longestReason) || f.Note == "" && f.Problem == ProblemOther {
		return f, invalid(map[string]string{"note": "Say in a few words what went wrong, in at most 200 characters."})
	}
	return f, nil
}

// Inspected is what became of one product of a parcel that came back: Sellable units go on
// the shelf again, Damaged ones do not. What is in neither is missing.
type Inspected struct {
	Product  string `json:"product"`
	Sellable int    `json:"sellable"`
	Damaged  int    `json:"damaged"`
}

// CheckInspection says what is wrong with what was found in an order's parcel; Invalid, by the
// field "sellable-<product>" or "damaged-<product>".
func (o Order) CheckInspection(found []Inspected) error {
	fields := map[string]string{}
	for _, line := range found {
		sent := Quantity(o.Lines, line.Product)
		switch {
		case line.Sellable < 0:
			fields["sellable-"+line.Product] = "Give 0 or more units."
		case line.Damaged < 0:
			fields["damaged-"+line.Product] = "Give 0 or more units."
		case line.Sellable > sent || line.Damaged > sent-line.Sellable:
			fields["sellable-"+line.Product] = fmt.Sprintf("Only %s were in the parcel.", count(sent, "unit"))
		}
	}
	return invalid(fields)
}

// BackAt is the warehouse to which a returned parcel comes, "" if nobody knows.
func (o Order) BackAt() string {
	if o.ReturnTo != "" {
		return o.ReturnTo
	}
	return o.Warehouse
}

// ToInspect tells whether a parcel has come back and nobody has looked into it yet.
func (o Order) ToInspect() bool { return o.Status == Returned && o.Inspection == nil }
