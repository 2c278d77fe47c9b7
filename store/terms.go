package store

import "time"

// TermsKind says whether a product may be ordered when there is none to send.
type TermsKind string

// The kinds of terms.
const (
	TermsNone      TermsKind = ""          // only what is there can be ordered
	TermsBackorder TermsKind = "backorder" // when none is left, orders may wait for more
	TermsPreOrder  TermsKind = "preorder"  // not sent before its release date; orders may wait for it
)

// Terms are what a shop allows for a product that cannot be sent now. After its release date a
// pre-order is like a backorder.
type Terms struct {
	Kind    TermsKind
	Cap     int       // units that may wait at once, 0 for no cap
	Release time.Time // pre-orders only: the first moment at which it is sent
}

// MaxCap is the largest cap that one can set.
const MaxCap = 1_000_000

// MayWait tells whether an order may wait for this product at all.
func (t Terms) MayWait() bool { return t.Kind != TermsNone }

// Unreleased tells whether the product must not be sent yet, even if it is on the shelf.
func (t Terms) Unreleased(now time.Time) bool {
	return t.Kind == TermsPreOrder && now.Before(t.Release)
}

// Full tells whether so many units more would be above the cap, with those that wait already.
func (t Terms) Full(waiting, more int) bool { return t.Cap > 0 && waiting+more > t.Cap }

// Room is how many units may wait beside those that wait already, where there is a cap.
func (t Terms) Room(waiting int) int { return max(0, t.Cap-waiting) }

func (t Terms) check(fields map[string]string) {
	switch t.Kind {
	case TermsNone, TermsBackorder, TermsPreOrder:
	default:
		fields["terms"] = "Choose what happens when none is left."
	}
	if t.Cap < 0 || t.Cap > MaxCap {
		fields["cap"] = "Give a number of units up to 1,000,000, or 0 for no limit."
	}
	if t.Kind == TermsPreOrder && t.Release.IsZero() {
		fields["release"] = "Give the day from which it is sent."
	}
}
