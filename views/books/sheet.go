package books

import "waybill/views/ui"

// Sheet is a count of many products. What the books say is not on it.
type Sheet struct {
	Path, Warehouse, Name string
	Find                  string // what the products on the sheet have in their names
	Rows                  []SheetRow
	More                  int // products that are not on the sheet
	Errors                []ui.FieldError
}

// SheetRow is one product of a sheet, with what was typed.
type SheetRow struct{ Product, Name, Value, Error string }

// Compare is a sheet beside the books, before anything is booked.
type Compare struct {
	Path, Warehouse, Name string
	Rows                  []Difference
	Agree                 int // products that were counted as the books say
	Blocked               bool
	Reason, ReasonError   string
	Problem               string // why it was not booked
}

// Difference is a product that was counted otherwise than the books say.
type Difference struct {
	Product, Name string
	Counted, Seen int
	Change        string
	Reserved      int
	Short         bool // fewer were counted than are promised
	Holds         []Hold
}

// Signed writes a change of units: "+3", "−2".
func Signed(units int) string { return signed(units) }
