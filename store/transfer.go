package store

import (
	"cmp"
	"time"
)

// TransferState is how far a transfer has come.
type TransferState string

// The states of a transfer. Sent and Delivered can each be undone while nothing else
// has built upon them.
const (
	TransferRequested TransferState = "requested" // the source has been asked, the units are reserved there
	TransferSent      TransferState = "sent"      // left the source's stock, in transit
	TransferDelivered TransferState = "delivered" // joined the destination's stock
	TransferRefused   TransferState = "refused"   // the source did not send any of it; Why says why
	TransferClosed    TransferState = "closed"    // no longer needed, or lost on the way; Why says why
)

// Transfer brings products from one warehouse to another, so that an order can be
// assembled in one place, or so that a shelf is filled. Version counts its changes; each
// change of stock that it causes is keyed by id and version, so that none happens twice.
type Transfer struct {
	ID      string
	Order   Number // the order it serves; zero when it fills a shelf
	UID     string // that order's, which no other order of the same number has; "" in old ones and when it fills a shelf
	From    string
	To      string
	Lines   []Line // what it carries now: asked for, then sent, then arrived in good order
	State   TransferState
	Version int
	DueAt   time.Time // when it has to be there for the promise to hold
	At      time.Time // when it reached its present state
	Why     string

	Missing []Line  // asked for, but not sent
	Lost    []Line  // sent, but never arrived
	Damaged []Line  // arrived, but of no use
	Cause   Cause   // why units are missing or lost
	Given   []Given // what of Missing went because less was there than was promised

	// Unclaimed says that its order does not want it any more while it is in transit: what
	// arrives joins the destination's free stock.
	Unclaimed bool
}

// Fills tells whether a transfer fills a shelf rather than an order's box.
func (t Transfer) Fills() bool { return t.Order == 0 }

// MayMove tells whether a transfer may go from one state to another, undoing included.
func MayMove(from, to TransferState) bool {
	switch to {
	case TransferSent:
		return from == TransferRequested || from == TransferDelivered
	case TransferRequested, TransferDelivered:
		return from == TransferSent
	case TransferRefused:
		return from == TransferRequested
	case TransferClosed:
		return from == TransferRequested || from == TransferSent
	}
	return false
}

// ByDue puts transfers in the order in which they have to be there.
func ByDue(a, b Transfer) int { return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID)) }
