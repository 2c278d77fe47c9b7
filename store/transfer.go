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
	TransferClosed    TransferState = "closed"    // no longer needed; Why says why
)

// Transfer brings products from one warehouse to another, so that an order can be
// assembled in one place. Version counts its changes; each change of stock that it
// causes is keyed by id and version, so that none happens twice.
type Transfer struct {
	ID      string
	Order   Number // the order it serves
	From    string
	To      string
	Lines   []Line
	State   TransferState
	Version int
	DueAt   time.Time // when it has to be there for the promise to hold
	At      time.Time // when it reached its present state
	Why     string
}

// MayMove tells whether a transfer may go from one state to another, undoing included.
func MayMove(from, to TransferState) bool {
	switch to {
	case TransferSent:
		return from == TransferRequested || from == TransferDelivered
	case TransferRequested, TransferDelivered:
		return from == TransferSent
	case TransferClosed:
		return from == TransferRequested || from == TransferSent
	}
	return false
}

// ByDue puts transfers in the order in which they have to be there.
func ByDue(a, b Transfer) int { return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID)) }
