package warehouse

import (
	"cmp"
	"fmt"

	"waybill/store"
	"waybill/views/ui"
)

// Slips is the page of packing slips of one warehouse, each for a sheet of paper.
type Slips struct {
	Title        string
	Board, Place string // the board's address and the warehouse's name
	Partly       bool   // some are missing, because a part of the records cannot be read
	More         int    // parcels whose slips follow when these have gone
	Slips        []Slip
}

// Slip goes into the box with an order: what is in it, for whom, and what to do if it is wrong.
type Slip struct {
	Number, Ordered, Hurry string
	Name                   string
	Address                []string
	Goods                  []SlipLine
	Units, Missing         int      // units of the order, and how many of them are not in the box yet
	Apart                  []string // what of the same purchase comes, or came, in another parcel
	Back                   string   // where a parcel is sent back to: the warehouse that packed it
}

// SlipLine is one product in the box.
type SlipLine struct {
	Picture, Name, Code string
	Units               int
}

// NewSlip draws up an order's slip. Rest is the order that holds the rest of it, as it stands now; the
// zero order while there is none, or it has not been made yet.
func NewSlip(o, rest store.Order, scene Scene, asset func(string) string) Slip {
	a := o.Recipient.Address
	slip := Slip{
		Number: o.Number.String(), Hurry: o.Speed.Hurry(), Name: cmp.Or(o.Recipient.Name, "No name"),
		Units: store.Units(o.Lines), Apart: apart(o, rest, scene), Back: cmp.Or(scene.Directory.Warehouses[o.Warehouse].Address, scene.Directory.WarehouseName(o.Warehouse)),
	}
	if !a.Missing() {
		slip.Address = a.Lines(scene.Country.Of(a.Country))
	}
	if !o.PlacedAt.IsZero() {
		slip.Ordered = ui.PaperDay(o.PlacedAt.In(scene.Zone))
	}
	for _, line := range o.Lines {
		product := scene.Directory.Products[line.Product]
		slip.Goods = append(slip.Goods, SlipLine{
			Picture: asset(product.PictureFile()), Name: scene.Directory.ProductName(line.Product),
			Code: codes(line.Product, product.GTIN), Units: line.Quantity,
		})
		slip.Missing += max(0, line.Quantity-o.Packed[line.Product])
	}
	return slip
}

// apart says what else belongs to the purchase.
func apart(o, rest store.Order, scene Scene) []string {
	var words []string
	if o.Parent.Number != 0 {
		words = append(words, fmt.Sprintf("This is the rest of order %s.", ui.OrderNumber(o.Parent.Number.String())))
	}
	if o.Child.Number == 0 {
		return words
	}
	lines, number := o.Rest, ui.OrderNumber(o.Child.Number.String())
	if rest.Number != 0 {
		lines = rest.Lines
	}
	switch goods := ui.Unbroken(scene.Directory.Goods(lines)); rest.Status {
	case store.Cancelled, store.Returned:
		return words
	case store.Sent, store.Delivered:
		return append(words, fmt.Sprintf("Sent in a parcel of its own, as order %s: %s.", number, goods))
	default:
		return append(words, fmt.Sprintf("Comes later, as order %s: %s.", number, goods))
	}
}

// codes are what people and scanners know a product by.
func codes(id, gtin string) string {
	if gtin == "" {
		return id
	}
	return id + " · " + gtin
}
