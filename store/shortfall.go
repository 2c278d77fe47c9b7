package store

import "fmt"

// Cause is why units that somebody counted on did not come.
type Cause string

// The causes. The first three are a sender's; what they mean for the sender's books differs.
const (
	CauseGone    Cause = "gone"    // not on the shelf: the books are corrected
	CauseDamaged Cause = "damaged" // of no use any more: they leave the books as damaged
	CauseKept    Cause = "kept"    // there, but cannot be sent: they stay on the books
	CauseLost    Cause = "lost"    // sent, and not in the box that arrived
	CauseSold    Cause = "sold"    // promised to others too, while Redis had forgotten: they stay on the books
)

// SenderCauses lists what a sender may say.
func SenderCauses() []Cause { return []Cause{CauseGone, CauseDamaged, CauseKept} }

// Words says a cause to the staff.
func (r Cause) Words() string {
	switch r {
	case CauseGone:
		return "not on the shelf"
	case CauseDamaged:
		return "damaged"
	case CauseKept:
		return "cannot be sent now"
	case CauseLost:
		return "did not arrive"
	case CauseSold:
		return "promised to others too"
	}
	return string(r)
}

// Shortfall is a person's word on why fewer units come than were asked for. Note is what they add
// in their own words; customers never see it.
type Shortfall struct {
	Cause Cause
	Note  string
}

// String says it to the staff: "not on the shelf: looked twice".
func (s Shortfall) String() string {
	if s.Note == "" {
		return s.Cause.Words()
	}
	return s.Cause.Words() + ": " + s.Note
}

// Check says what is wrong with a shortfall; Invalid. A loss on the way needs words of its own.
func (s Shortfall) Check() error {
	fields := map[string]string{}
	switch s.Cause {
	case CauseGone, CauseDamaged, CauseKept, CauseLost:
	default:
		fields["reason"] = "Choose why."
	}
	if !ValidText(s.Note, 0, 200) {
		fields["note"] = "Keep the note under 200 characters, on one line."
	}
	return invalid(fields)
}

// Less gives what is left of lines when units are taken off; none is below zero, and lines of which
// nothing is left are dropped.
func Less(lines, off []Line) []Line {
	var left []Line
	for _, line := range lines {
		if line.Quantity -= Quantity(off, line.Product); line.Quantity > 0 {
			left = append(left, line)
		}
	}
	return left
}

// CheckPart says whether a part of lines is one: known products only, none twice, none below zero or
// above what the whole has; Invalid.
func CheckPart(part, whole []Line) error {
	seen := map[string]bool{}
	for _, line := range part {
		most := Quantity(whole, line.Product)
		if line.Quantity < 0 || line.Quantity > most || seen[line.Product] {
			return &Error{Kind: Invalid, Message: fmt.Sprintf("Give between 0 and %d units of %s.", most, line.Product)}
		}
		seen[line.Product] = true
	}
	return nil
}
