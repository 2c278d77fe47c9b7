package intake

import (
	"time"

	"waybill/store"
	"waybill/store/journal"
)

// Stats are figures for /metrics and for the administrators' page.
type Stats struct {
	journal.Stats
	Received int64 // orders answered with "we have it" since the start
	Replayed int64 // orders made later, since the start
	Refused  int64 // of these, those that had to be made as cancelled
	Away     bool  // Redis is not asked, for it does not answer
	Held     []string
	Disk     error // why nothing can be written down; nil when it can
	Troubled []Troubled
}

// Troubled is an accepted order that could not be made yet for a reason of its own.
type Troubled struct {
	Order store.Number
	Why   string
	Tries int
}

// Stats reads the figures.
func (i *Intake) Stats() Stats {
	s := Stats{
		Stats: i.Journal.Stats(), Received: i.received.Load(), Replayed: i.replayed.Load(), Refused: i.refused.Load(),
		Away: i.gate.closed() != nil, Held: i.gate.reasons(), Disk: i.Journal.Failing(),
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for n, t := range i.troubles {
		s.Troubled = append(s.Troubled, Troubled{n, t.why, t.tries})
	}
	return s
}

// Age is how long the oldest order that is not surely in Redis has waited; zero if there is none.
func (s Stats) Age(now time.Time) time.Duration {
	if s.Oldest.IsZero() {
		return 0
	}
	return now.Sub(s.Oldest)
}

// CanTake tells whether this node can take an order now: it can write it down, and has a number for it.
func (i *Intake) CanTake() bool { return i.Journal.Failing() == nil && i.Journal.NumbersLeft() > 0 }
