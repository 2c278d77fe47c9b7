package books

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"waybill/store"
	"waybill/views/ui"
)

// Shelf is one product at one warehouse, with what a person may do about it.
type Shelf struct {
	Path, Warehouse, Name string // Path is this page's own address, Name the town
	Product, Title        string
	OnHand, Reserved      int
	Free, Threshold       int // it runs low below Threshold free units; 0 is no threshold
	Coming                int // asked of other warehouses for this shelf
	Holds                 []Hold
	Others                []Supply // what other warehouses have of it
	Way                   []Way    // what is between two warehouses, and in the books of neither
	Acts, Asks            bool     // whether the person works here; may ask another warehouse for some
	Key                   string
	Revision              string // of the warehouse: asking twice from one page is one wish
	Forms                 ShelfForms
}

// ShelfForms is what was typed into a form that could not be taken; the empty one is untouched.
type ShelfForms struct {
	Count, Damaged, Adjust ShelfForm
	Ask                    AskForm
	Threshold              ThresholdForm
}

// blocked tells that a form was refused because too much is promised: then that is what matters.
func (f ShelfForms) blocked() bool {
	return f.Count.GiveWay+f.Damaged.GiveWay+f.Adjust.GiveWay != ""
}

// ShelfForm is what was typed, and messages by field: units, reason.
type ShelfForm struct {
	Units, Reason, Way string // Way is more or fewer
	Errors             map[string]string
	GiveWay            string // where it is asked who gives way, if it was refused because too much is promised
}

// AskForm is what was typed to ask one warehouse for units.
type AskForm struct{ From, Units, Problem string }

// ThresholdForm is what was typed as the threshold.
type ThresholdForm struct {
	Units, Problem string
	Typed          bool
}

// Way is units of the product that have left one warehouse and not reached another.
type Way struct {
	ID, Goods, From, To string
	Number, Text        string // the order that they are for; "" for a shelf
	Tells               bool   // whether the number leads to the order's story
	Due                 Moment
}

// Supply is what another warehouse has of the product.
type Supply struct {
	ID, Name        string
	Free, Threshold int
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

// NewShelf draws up the page. Warehouses with most to spare come first.
func NewShelf(place store.Warehouse, shelf store.Shelf, holds []store.Hold, piles []store.Pile, travelling []store.Transfer, scene Scene) Shelf {
	s := Shelf{
		Path: "/warehouses/" + place.ID + "/stock/" + shelf.Product.ID, Warehouse: place.ID, Name: place.Name,
		Product: shelf.Product.ID, Title: cmp.Or(shelf.Product.Name, shelf.Product.ID), Holds: NewHolds(holds, scene),
		OnHand: shelf.Level.OnHand, Reserved: shelf.Level.Reserved, Free: shelf.Level.Free(), Threshold: shelf.Threshold,
		Way: ways(shelf.Product.ID, travelling, scene),
	}
	slices.SortStableFunc(piles, func(a, b store.Pile) int {
		return cmp.Compare(max(0, b.Free-b.Threshold), max(0, a.Free-a.Threshold))
	})
	for _, pile := range piles {
		if pile.Warehouse.ID == place.ID {
			s.Coming, s.Revision = pile.Coming, pile.Revision
			continue
		}
		s.Others = append(s.Others, Supply{ID: pile.Warehouse.ID, Name: pile.Warehouse.Name, Free: pile.Free, Threshold: pile.Threshold})
	}
	return s
}

// ways tells of the transfers in transit that carry the product, the one that is due first at the head.
func ways(product string, travelling []store.Transfer, scene Scene) []Way {
	var list []Way
	for _, t := range travelling {
		units := store.Quantity(t.Lines, product)
		if units == 0 {
			continue
		}
		w := Way{
			ID: t.ID, Goods: ui.Units(units), From: scene.Directory.WarehouseName(t.From), To: scene.Directory.WarehouseName(t.To),
			Due: scene.moment(t.DueAt), Tells: scene.Tells,
		}
		if !t.Fills() {
			w.Number, w.Text = t.Order.String(), ui.OrderNumber(t.Order.String())
		}
		list = append(list, w)
	}
	return list
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

// low says when the shelf runs low.
func (s Shelf) low() string {
	switch {
	case s.Threshold == 0:
		return "no limit set"
	case s.Free < s.Threshold:
		return fmt.Sprintf("yes, below %d", s.Threshold)
	}
	return fmt.Sprintf("below %d", s.Threshold)
}

// threshold is what stands in the field.
func (s Shelf) threshold() string {
	if s.Forms.Threshold.Typed {
		return s.Forms.Threshold.Units
	}
	return strconv.Itoa(s.Threshold)
}

// asked is what was typed for this warehouse, and what is wrong with it.
func (s Shelf) asked(other Supply) (units, problem string) {
	if s.Forms.Ask.From == other.ID {
		return s.Forms.Ask.Units, s.Forms.Ask.Problem
	}
	return "", ""
}

// says is what another warehouse has: "80 units free, needs 30 itself".
func (s Supply) says() string {
	if s.Threshold == 0 {
		return ui.Units(s.Free) + " free"
	}
	return fmt.Sprintf("%s free, needs %d itself", ui.Units(s.Free), s.Threshold)
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

// units and reason are the fields that the forms of a shelf share.
func (f ShelfForm) units(prefix, label string) ui.FieldModel {
	return ui.FieldModel{
		ID: ui.FieldID(prefix + "-units"), Name: "units", Label: label, Value: f.Units, Error: f.Errors["units"],
		InputMode: "numeric", Autocomplete: "off", MaxLength: 10, Required: true,
	}
}

func (f ShelfForm) reason(prefix, label string) ui.FieldModel {
	return ui.FieldModel{
		ID: ui.FieldID(prefix + "-reason"), Name: "reason", Label: label, Value: f.Reason, Error: f.Errors["reason"],
		Autocomplete: "off", MaxLength: 200, Required: true,
	}
}

// counted is the form with the reason that most counts have.
func (f ShelfForm) counted() ShelfForm {
	if f.Errors == nil {
		f.Reason = "Counted on the shelf"
	}
	return f
}
