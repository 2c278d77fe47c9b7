package books

import (
	"cmp"
	"strings"

	"waybill/store"
	"waybill/views/ui"
)

// rowsShown is how many products stand on one page of stock; the others are looked for.
const rowsShown = 500

// Stock is what lies on a warehouse's shelves.
type Stock struct {
	Path, Name string
	Find       string // what the products on the page have in their names
	Rows       []StockRow
	More       int // products that are not on the page
	Acts       bool
}

// StockRow is one product on the shelf.
type StockRow struct {
	Product, Name          string
	OnHand, Reserved, Free int
	Threshold              int    // below so many free units it runs low, 0 for no threshold
	State                  string // low, none or empty
}

// NewStock draws up the shelves: of all products, or of those with find in their name or ID.
func NewStock(place store.Warehouse, shelves []store.Shelf, find string) Stock {
	s := Stock{Path: "/warehouses/" + place.ID, Name: place.Name, Find: find}
	for _, shelf := range shelves {
		if !strings.Contains(strings.ToLower(shelf.Product.Name+" "+shelf.Product.ID+" "+shelf.Product.GTIN), strings.ToLower(find)) {
			continue
		}
		if len(s.Rows) == rowsShown {
			s.More++
			continue
		}
		s.Rows = append(s.Rows, stockRow(shelf))
	}
	return s
}

func stockRow(s store.Shelf) StockRow {
	r := StockRow{
		Product: s.Product.ID, Name: cmp.Or(s.Product.Name, s.Product.ID),
		OnHand: s.Level.OnHand, Reserved: s.Level.Reserved, Free: s.Level.Free(), Threshold: s.Threshold,
	}
	switch {
	case r.Free < r.Threshold:
		r.State = "low"
	case r.Free == 0:
		r.State = "none"
	}
	return r
}

// left says that more products are in the shop than on the page.
func (s Stock) left() string {
	return ui.Count(s.More, "product") + " more do not fit here: look for them by name."
}
