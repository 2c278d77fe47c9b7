package store

import "time"

// LedgerQuery asks for a page of a warehouse's ledger, newest entries first. Empty fields do
// not narrow it.
type LedgerQuery struct {
	Before  string // only entries older than this one
	Product string
	Order   Number
	Kind    MovementKind
	Limit   int // entries of a page
}

// LedgerPage is a part of a warehouse's ledger. When so much was searched that a page took
// its time, it may hold fewer entries than asked for, though older ones exist.
type LedgerPage struct {
	Entries []Movement
	Older   string // Before of the next page; "" at the end of the ledger
}

// AuditLine is what a warehouse's books say of one product in three ways: its counters, the
// sum of the ledger, and the sum of what orders hold.
type AuditLine struct {
	Product        string
	OnHand         int // counter
	Reserved       int // counter
	LedgerOnHand   int
	LedgerReserved int
	Held           int
	Moving         bool // units were reserved or freed while Held was added up: it says nothing yet
}

// Drifts tells whether the books contradict one another.
func (l AuditLine) Drifts() bool {
	return l.OnHand != l.LedgerOnHand || l.Reserved != l.LedgerReserved || !l.Moving && l.Reserved != l.Held
}

// Short is how many more units are promised than there are, by the ledger and the
// reservations. It is zero unless somebody has written into Redis by hand, and no repair
// can mend it: an order has to give way.
func (l AuditLine) Short() int {
	if l.Moving {
		return 0
	}
	return max(0, l.Held-l.LedgerOnHand)
}

// Audit is the books of one warehouse at one moment.
type Audit struct {
	Warehouse string
	At        time.Time
	Lines     []AuditLine // by product
	Entries   int         // entries of the ledger that were added up
	Lost      int         // of those, how many somebody has since removed from Redis; their sums are kept
}

// Drifting lists the lines whose books contradict one another.
func (a Audit) Drifting() []AuditLine {
	var lines []AuditLine
	for _, line := range a.Lines {
		if line.Drifts() {
			lines = append(lines, line)
		}
	}
	return lines
}

// BookRepair is one entry of the history of repairs: counters as they were and as they
// were made.
type BookRepair struct {
	Warehouse   string
	At          time.Time
	Who         string
	Product     string
	OnHandWas   int
	OnHand      int
	ReservedWas int
	Reserved    int
}
