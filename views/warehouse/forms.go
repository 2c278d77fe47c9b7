package warehouse

import (
	"cmp"

	"waybill/store"
	"waybill/views/ui"
)

// Moves counts what stands on the board to be sent, received, looked into or put back.
func (b Board) Moves() int { return b.toSend() + len(b.ToGet) + len(b.Returned) + len(b.PutBack) }

func (b Board) toSend() int {
	sum := 0
	for _, lane := range b.Lanes {
		sum += len(lane.Moves)
	}
	return sum
}

// place is the warehouse that a message names: one's own, until another is chosen.
func (f SayForm) place(own string) string { return cmp.Or(f.Warehouse, own) }

// Open tells whether somebody is in the middle of saying something, so that the form stands on the
// page at once.
func (f SayForm) Open() bool { return f.Errors != nil }

func (f SayForm) problem() string {
	return cmp.Or(f.Errors["product"], f.Errors["kind"], f.Errors["warehouse"])
}

func kinds() []Choice {
	var choices []Choice
	for _, s := range Sayings() {
		choices = append(choices, Choice{string(s.Kind), s.Words})
	}
	return choices
}

// Choices lists what can be named on a board's forms: all products and all warehouses.
func Choices(d store.Directory) (products, places []Choice) {
	for _, id := range d.ProductIDs {
		products = append(products, Choice{id, d.ProductName(id)})
	}
	for _, id := range d.WarehouseIDs {
		places = append(places, Choice{id, d.WarehouseName(id)})
	}
	return products, places
}

// Label says what a press of the box does.
func (c Check) Label() string {
	switch {
	case c.State != "packed" && !c.Can:
		return c.Name + " is not here yet"
	case c.Set == 0:
		return "Take " + c.Name + " out of the box"
	}
	return "Pack " + ui.Units(c.Set) + " of " + c.Name
}

// Icon is the picture of where the product is.
func (c Check) Icon() string {
	switch c.State {
	case "packed":
		return "check"
	case "here":
		return "home"
	case "travelling":
		return "truck"
	}
	return "alert"
}

// Booking says what booking the hint does to the shelf.
func (h Hint) Booking() string {
	if h.Present {
		return "Book it as here"
	}
	return "Book 0 units"
}
