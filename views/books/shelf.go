package books

import (
	"waybill/store"
	"waybill/views/ui"
)

// Shelf is one product at one warehouse, with what a person may do about it.
type Shelf struct {
	Path, Warehouse, Name string // Path is this page's own address, Name the town
	Product, Title        string
	OnHand, Reserved      int
	Free                  int
	Holds                 []Hold
	Acts                  bool // whether the person works here
	Key                   string
	Damaged, Adjust       ShelfForm
}

// ShelfForm is what was typed, and messages by field: units, reason.
type ShelfForm struct {
	Units, Reason, Way string // Way is more or fewer
	Errors             map[string]string
	GiveWay            string // where it is asked who gives way, if it was refused because too much is promised
}

// Hold is an order, or a transfer for the shelf of another warehouse, that holds units of the product.
type Hold struct {
	Shelf        string // says for which shelf; the number is that of an order otherwise
	Number, Text string
	Status       string
	Units        string
	Due          Moment
	Tells        bool // whether the number leads to the order's story
}

// NewHolds draws up the orders that hold units of a product.
func NewHolds(holds []store.Hold, scene Scene) []Hold {
	var list []Hold
	for _, h := range holds {
		if h.Transfer != "" {
			list = append(list, Hold{Shelf: "For the shelf in " + scene.Directory.WarehouseName(h.To), Units: ui.Units(h.Units)})
			continue
		}
		list = append(list, Hold{
			Number: h.Order.String(), Text: ui.OrderNumber(h.Order.String()), Status: string(h.Status), Units: ui.Units(h.Units),
			Due: scene.moment(h.PromisedAt), Tells: scene.Tells,
		})
	}
	return list
}

func (f ShelfForm) problems(prefix string) []ui.FieldError {
	var list []ui.FieldError
	for _, field := range []string{"units", "reason"} {
		if message := f.Errors[field]; message != "" {
			list = append(list, ui.FieldError{Field: ui.FieldID(prefix + "-" + field), Message: message})
		}
	}
	return list
}

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
