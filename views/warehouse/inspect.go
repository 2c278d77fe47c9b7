package warehouse

import (
	"strconv"

	"waybill/store"
	"waybill/views/ui"
)

// InspectForm asks what was found in a parcel that came back. Typed and Errors are by field,
// "sellable-prod1" and "damaged-prod1"; both are empty on an untouched form. Name says what
// people call a product.
type InspectForm struct {
	Order  store.Order
	Typed  map[string]string
	Errors map[string]string
	Name   func(product string) string
}

// Open tells whether somebody is looking into a parcel, so that the form stands on the page.
func (f InspectForm) Open() bool { return f.Order.Number != 0 }

// field is the input for the units of a product, as sellable or damaged. Untouched it says
// that all is well.
func (f InspectForm) field(kind, label string, line store.Line) ui.FieldModel {
	name := kind + "-" + line.Product
	value, typed := f.Typed[name]
	switch {
	case typed:
	case kind == "sellable":
		value = strconv.Itoa(line.Quantity)
	default:
		value = "0"
	}
	return ui.FieldModel{
		ID: "f-" + name, Name: name, Label: label, Value: value, Error: f.Errors[name], Required: true,
		InputMode: "numeric", Autocomplete: "off", MaxLength: 7,
	}
}

// problems lists what is wrong, in the order of the fields.
func (f InspectForm) problems() []ui.FieldError {
	var list []ui.FieldError
	for _, line := range f.Order.Lines {
		for _, kind := range []string{"sellable-", "damaged-"} {
			if message := f.Errors[kind+line.Product]; message != "" {
				list = append(list, ui.FieldError{Field: "f-" + kind + line.Product, Message: f.Name(line.Product) + ": " + message})
			}
		}
	}
	return list
}

// came draws up a parcel that came back.
func came(o store.Order, scene Scene) Came {
	c := Came{Number: o.Number.String(), From: "from " + to(o), Goods: scene.Directory.Goods(o.Lines)}
	if o.Failed != "" && o.ReceivedBy == "" {
		c.From += ": " + o.Failed.Words()
	}
	return c
}
