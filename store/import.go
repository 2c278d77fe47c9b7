package store

import "time"

// StockRow is one row of a file of counts: so many units of a product are on hand at a
// warehouse. Line is where it stands in the file, and Column where its units do.
type StockRow struct {
	Line      int    `json:"l"`
	Column    int    `json:"c,omitempty"`
	Warehouse string `json:"w"`
	Product   string `json:"p"`
	OnHand    int    `json:"n"`
	Reason    string `json:"r,omitempty"`

	Uncounted bool `json:"u,omitempty"` // the file has no counts: what is on hand stays as it is
	Threshold *int `json:"t,omitempty"` // below so many free units it runs low, 0 for no threshold; nil leaves it as it is
}

// StockFault is something in a file of counts that has to be mended before any of it can be
// booked. Line and Column begin at 1; Column is 0 when the whole line is at fault, Line when
// the whole file is.
type StockFault struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`

	// Promised is the row of which more is promised than was counted: it can be booked once orders
	// give way. Nil for all other faults.
	Promised *StockRow `json:"promised,omitempty"`
}

// StockChange is what booking a row would change.
type StockChange struct {
	Warehouse string
	Product   string
	Was       int // on hand by the books
	OnHand    int // on hand by the file
	Reserved  int

	WasThreshold, Threshold int // the same where it stays
}

// ImportState is how far a file of counts has come.
type ImportState string

// The states of an import. Only a preview can be confirmed; a refused one changed nothing.
const (
	ImportPreview ImportState = "preview" // read and compared, nothing booked
	ImportWaiting ImportState = "waiting" // confirmed
	ImportRunning ImportState = "running"
	ImportUndoing ImportState = "undoing" // a row was refused after all: what was booked is being put back
	ImportDone    ImportState = "done"
	ImportRefused ImportState = "refused"
)

// Import is a file of counts on its way into the books.
type Import struct {
	ID      string
	File    string // its name, as it was sent
	Who     Actor
	At      time.Time
	State   ImportState
	Rows    int // rows of the file
	Checked int // rows that have been dealt with
	Changes int // rows that have changed something
	Faults  []StockFault
}
