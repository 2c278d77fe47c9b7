package customer

import (
	"slices"

	"waybill/store"
	"waybill/views/ui"
)

// CheckoutModel is the order form as it was typed, with every fault at its field.
type CheckoutModel struct {
	ui.PageModel
	Key       string
	Lines     []OrderLine
	Typed     map[string]string
	Faults    map[string]string
	Problem   string   // what happened to the whole form
	Earlier   *Earlier // this form has made an order before
	Dates     DatesModel
	countries []ui.Option
}

// Earlier is the order that a form has already made. Href is empty if its page is not known.
type Earlier struct{ Number, Href string }

// OrderLine is one product of the order, with the quantity as it was typed.
type OrderLine struct{ ID, Name, Picture, Typed, Fault string }

// fields are the form's text fields from top to bottom, for the summary of faults.
var fields = []string{"name", "email", "phone", "line1", "line2", "postal_code", "city", "country"}

// Line adds a product to the form.
func (m *CheckoutModel) Line(p store.Product, typed, fault string) {
	m.Lines = append(m.Lines, OrderLine{ID: p.ID, Name: p.Name, Picture: m.Asset(p.PictureFile()), Typed: typed, Fault: fault})
}

// Country adds a country to choose from.
func (m *CheckoutModel) Country(code, name string) {
	m.countries = append(m.countries, ui.Option{Value: code, Label: name})
}

// Summary lists what is to be mended, from top to bottom, each with its field.
func (m *CheckoutModel) Summary() []ui.FieldError {
	var list []ui.FieldError
	for _, line := range m.Lines {
		if line.Fault != "" {
			list = append(list, ui.FieldError{Field: lineID(line.ID), Message: line.Name + ": " + line.Fault})
		}
	}
	for _, field := range fields {
		if fault := m.Faults[field]; fault != "" {
			list = append(list, ui.FieldError{Field: ui.FieldID(field), Message: fault})
		}
	}
	if fault := m.Faults["speed"]; fault != "" {
		list = append(list, ui.FieldError{Field: "speed-standard", Message: fault})
	}
	if fault := m.Faults["lines"]; fault != "" {
		list = append(list, ui.FieldError{Field: "order-lines", Message: fault})
	}
	return list
}

func (m *CheckoutModel) field(name, label, autocomplete string, most int) ui.FieldModel {
	return ui.FieldModel{
		ID: ui.FieldID(name), Name: name, Label: label, Value: m.Typed[name], Error: m.Faults[name],
		Autocomplete: autocomplete, MaxLength: most, Required: true, Type: "text",
	}
}

func (m *CheckoutModel) kind(f ui.FieldModel, kind string) ui.FieldModel {
	f.Type = kind
	return f
}

func wide(f ui.FieldModel) ui.FieldModel {
	f.Wide = true
	return f
}

func optional(f ui.FieldModel) ui.FieldModel {
	f.Required = false
	return f
}

func hint(f ui.FieldModel, text string) ui.FieldModel {
	f.Hint = text
	return f
}

// country is the choice of countries; one that is not in the list is shown as not chosen.
func (m *CheckoutModel) country() ui.SelectModel {
	value := m.Typed["country"]
	options := m.countries
	if !slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == value }) {
		value = ""
		options = append([]ui.Option{{Value: "", Label: "Choose the country"}}, options...)
	}
	return ui.SelectModel{
		ID: ui.FieldID("country"), Name: "country", Label: "Country", Value: value, Error: m.Faults["country"],
		Autocomplete: "country", Required: true, Options: options,
	}
}

func lineID(product string) string { return "q-" + product }
