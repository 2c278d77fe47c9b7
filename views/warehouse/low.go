package warehouse

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"waybill/store"
	"waybill/views/ui"
)

// lowRows tells of what warehouses run low, and what can be done about it.
func lowRows(list []store.Low, scene Scene) []LowRow {
	rows := make([]LowRow, len(list))
	for i, low := range list {
		rows[i] = LowRow{
			ID: "low-" + low.Warehouse + "-" + low.Product, Warehouse: low.Warehouse, Place: scene.Directory.WarehouseName(low.Warehouse),
			Product: low.Product, Name: scene.Directory.ProductName(low.Product), Free: low.Free, Threshold: low.Threshold, Come: low.Coming, Revision: low.Revision,
		}
		if take := low.Take; take != nil {
			rows[i].From, rows[i].FromPlace = take.From, scene.Directory.WarehouseName(take.From)
			rows[i].Units, rows[i].FromFree, rows[i].Needs = take.Units, take.Free, take.Needs
		}
	}
	return rows
}

// says is how low it is: "2 free, low below 10, 8 on the way".
func (r LowRow) says() string {
	text := fmt.Sprintf("%d free, low below %d", r.Free, r.Threshold)
	if r.Come > 0 {
		text += fmt.Sprintf(", %d asked for", r.Come)
	}
	return text
}

// advice is where to take it from: "Take 20 from Warszawa, which has 80 free and needs 30 itself."
func (r LowRow) advice() string {
	switch {
	case r.From == "" && r.Free+r.Come >= r.Threshold:
		return "Enough is coming."
	case r.From == "":
		return "No other warehouse has plenty of it."
	case r.Needs > 0:
		return fmt.Sprintf("Take %d from %s, which has %d free and needs %d itself.", r.Units, r.FromPlace, r.FromFree, r.Needs)
	}
	return fmt.Sprintf("Take %d from %s, which has %d free.", r.Units, r.FromPlace, r.FromFree)
}

// Shelf is the page of one product at one warehouse: who else has it, and below how many it runs low.
type Shelf struct {
	Path          string // the board's own address
	Product, Name string
	Place         string
	Own           Supply
	Others        []Supply
	Revision      string
	Threshold     string // what was typed
	Units         string
	From          string // at which warehouse Units was typed
	Errors        map[string]string
}

// Supply is what one warehouse has of a product.
type Supply struct {
	ID, Name               string
	Free, Threshold, Spare int
	Coming                 int
}

// NewShelf draws up the page. Those with most to spare come first.
func NewShelf(warehouse, product string, supplies []store.Pile, scene Scene) Shelf {
	s := Shelf{
		Path: "/warehouses/" + warehouse, Product: product, Name: scene.Directory.ProductName(product),
		Place: scene.Directory.WarehouseName(warehouse),
	}
	for _, supply := range supplies {
		row := Supply{
			ID: supply.Warehouse.ID, Name: supply.Warehouse.Name, Free: supply.Free, Threshold: supply.Threshold,
			Spare: max(0, supply.Free-supply.Threshold), Coming: supply.Coming,
		}
		if row.ID == warehouse {
			s.Own, s.Revision = row, supply.Revision
		} else {
			s.Others = append(s.Others, row)
		}
	}
	slices.SortStableFunc(s.Others, func(a, b Supply) int { return cmp.Compare(b.Spare, a.Spare) })
	s.Threshold = strconv.Itoa(s.Own.Threshold)
	return s
}

// has says what the warehouse itself has.
func (s Shelf) has() string {
	text := ui.Units(s.Own.Free) + " free in " + s.Place
	if s.Own.Coming > 0 {
		text += ", " + strconv.Itoa(s.Own.Coming) + " more asked for"
	}
	return text
}

// typed is what stands in the field for one warehouse.
func (s Shelf) typed(other Supply) string {
	if s.From == other.ID {
		return s.Units
	}
	return ""
}

func (s Shelf) problem(other Supply) string {
	if s.From == other.ID {
		return s.Errors["units"]
	}
	return ""
}

// says is what another warehouse has: "80 units free, needs 30 itself".
func (s Supply) says() string {
	if s.Threshold == 0 {
		return ui.Units(s.Free) + " free"
	}
	return fmt.Sprintf("%s free, needs %d itself", ui.Units(s.Free), s.Threshold)
}
