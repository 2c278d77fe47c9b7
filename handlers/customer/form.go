package customer

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"waybill/handlers/contact"
	"waybill/handlers/page"
	"waybill/store"
	"waybill/store/geo"
	"waybill/views/customer"
)

// home is the country that a new form begins with, where the shop sends there.
const home = "PL"

// longestField is more characters than any form can hold: how long each may be is the domain's to say.
const longestField = 1 << 20

// formLines is how many lines a posted form may hold, repeats of a product included.
const formLines = 1000

// form is the order form as it was typed: nothing in it has been judged yet.
type form struct {
	key    string
	typed  map[string]string // field → what was typed, fit to be shown again
	faults map[string]string // field → what is wrong with it
	lines  []typedLine
	speed  store.Speed
	wait   string // "allow" to wait for all of it, "parts" to have sent now what is there
}

// typedLine is one product of the form. Units counts only where fault is empty.
type typedLine struct {
	product, raw string
	units        int
	fault        string
}

// textFields are the fields of the form that hold text, with the names that the domain
// gives them.
var textFields = []struct{ name, domain string }{
	{"name", "recipient.name"},
	{"email", "recipient.email"},
	{"phone", "recipient.phone"},
	{"line1", "recipient.address.line1"},
	{"line2", "recipient.address.line2"},
	{"postal_code", "recipient.address.postal_code"},
	{"city", "recipient.address.city"},
	{"country", "recipient.address.country"},
}

// newForm is an empty form for a basket.
func (h *Handlers) newForm(basket []store.Line, dir store.Directory) form {
	country := home
	if !dir.Serves(country) {
		country = dir.Served[0].Code
	}
	f := form{
		key:   h.options.NewKey(),
		typed: map[string]string{"country": country}, faults: map[string]string{},
		speed: store.Standard,
	}
	for _, line := range basket {
		f.lines = append(f.lines, typedLine{product: line.Product, raw: strconv.Itoa(line.Quantity), units: line.Quantity})
	}
	return f
}

// readForm takes over what was posted. Only the fields that the form has are read.
func readForm(values url.Values) form {
	f := form{
		key:   values.Get("key"),
		typed: map[string]string{}, faults: map[string]string{},
		speed: store.Speed(values.Get("speed")),
	}
	if wait := values.Get("backorder"); wait == customer.WaitForAll || wait == customer.SendInParts {
		f.wait = wait
	}
	for _, field := range textFields {
		text, clean := page.Line(values.Get(field.name), longestField)
		f.typed[field.name] = text
		if !clean {
			f.faults[field.name] = "This held signs that cannot be printed. We took them out: please look it over."
		}
	}
	products, quantities := values["product"], values["quantity"]
	if len(products) > formLines {
		products = products[:store.MaxLines]
		f.faults["lines"] = tooManyLines()
	}
	for i, product := range products {
		quantity := ""
		if i < len(quantities) {
			quantity = quantities[i]
		}
		f.add(product, quantity)
	}
	if len(f.lines) > store.MaxLines {
		f.faults["lines"] = tooManyLines()
	}
	return f
}

// add puts one posted line into the form; a product that is named twice is added up.
func (f *form) add(product, quantity string) {
	raw, _ := page.Line(quantity, page.LongestLine)
	units, ok := parseUnits(quantity)
	line := typedLine{product: product, raw: raw, units: units}
	if !ok {
		line.fault = wrongUnits()
	}
	i := slices.IndexFunc(f.lines, func(l typedLine) bool { return l.product == product })
	switch {
	case i < 0:
		f.lines = append(f.lines, line)
	case f.lines[i].fault != "":
	case line.fault != "":
		f.lines[i] = line
	default:
		f.set(product, f.lines[i].units+units)
	}
}

// set changes a product's quantity; more than an order takes is a fault, and none takes the
// product out.
func (f *form) set(product string, units int) {
	i := slices.IndexFunc(f.lines, func(l typedLine) bool { return l.product == product })
	if i < 0 {
		return
	}
	if units == 0 {
		f.lines = slices.Delete(f.lines, i, i+1)
		return
	}
	f.lines[i] = typedLine{product: product, raw: strconv.Itoa(units), units: units}
	if units > store.MaxQuantity {
		f.lines[i].fault = wrongUnits()
	}
}

func wrongUnits() string { return fmt.Sprintf("Order between 1 and %d units.", store.MaxQuantity) }

// change does what the small buttons within the form ask for: "remove" takes a product out,
// "take" is "prod1:2" and sets its quantity, "do" is "dates". It tells whether one of them was
// pressed.
func (f *form) change(values url.Values) bool {
	if product := values.Get("remove"); product != "" {
		f.set(product, 0)
		return true
	}
	if take := values.Get("take"); take != "" {
		for _, line := range parseBasket(take) {
			f.set(line.Product, line.Quantity)
		}
		return true
	}
	return values.Get("do") == "dates"
}

// orderable gives the lines that could be ordered as they are typed.
func (f *form) orderable(dir store.Directory) []store.Line {
	var lines []store.Line
	for _, line := range f.lines {
		if dir.Sold(line.product) && line.fault == "" {
			lines = append(lines, store.Line{Product: line.product, Quantity: line.units})
		}
	}
	return lines[:min(len(lines), store.MaxLines)]
}

// draft reads the whole form as an order, noting every fault at its field.
func (h *Handlers) draft(f *form, dir store.Directory) store.Draft {
	for i, line := range f.lines {
		switch product, known := dir.Products[line.product]; {
		case !known:
			f.lines[i].fault = "There is no such product."
		case product.Withdrawn:
			f.lines[i].fault = "This is not sold any more. Take it out to order the rest."
		case line.fault == "" && line.units > product.Most():
			f.lines[i].fault = mostUnits(product)
		}
	}
	d := store.Draft{
		Recipient: store.Recipient{
			Name: f.typed["name"], Email: f.typed["email"], Phone: f.typed["phone"],
			Address: store.Address{
				Line1: f.typed["line1"], Line2: f.typed["line2"], City: f.typed["city"],
				PostalCode: f.typed["postal_code"], Country: f.typed["country"],
			},
		},
		Speed: f.speed, Backorder: f.wait != "", Parts: f.wait == customer.SendInParts,
	}
	for _, line := range f.lines {
		if line.fault == "" {
			d.Lines = append(d.Lines, store.Line{Product: line.product, Quantity: line.units})
		}
	}
	messages := contact.Fix(&d)
	if _, known := h.options.Places.Find("", "", d.Recipient.Address.Country); !known {
		f.fault("country", "Choose the country.")
	} else if !dir.Serves(d.Recipient.Address.Country) {
		f.fault("country", dir.NotServed())
	}
	if d.Recipient.Email == "" {
		f.fault("email", "Give your e-mail address.")
	}
	f.note(messages)
	return d
}

// note puts the domain's messages at the form's fields; a fault that is already known stays.
func (f *form) note(messages map[string]string) {
	for _, field := range textFields {
		if message, bad := messages[field.domain]; bad {
			f.fault(field.name, message)
		}
	}
	if message, bad := messages["speed"]; bad {
		f.speed = store.Standard
		f.fault("speed", message)
	}
	for i := range f.lines { // the form's lines are those of the draft: each product once
		message := cmp.Or(messages[fmt.Sprintf("lines[%d].product", i)], messages[fmt.Sprintf("lines[%d].quantity", i)])
		f.lines[i].fault = cmp.Or(f.lines[i].fault, message)
	}
	if message, bad := messages["lines"]; bad && len(f.lines) == 0 {
		f.fault("lines", message)
	}
}

func tooManyLines() string {
	return fmt.Sprintf("An order can hold at most %d different products.", store.MaxLines)
}

func (f *form) fault(field, message string) {
	if f.faults[field] == "" {
		f.faults[field] = message
	}
}

// faulty tells whether anything in the form has to be mended before it can be ordered.
func (f *form) faulty() bool {
	return len(f.faults) > 0 || slices.ContainsFunc(f.lines, func(l typedLine) bool { return l.fault != "" })
}

// place finds where the typed address is. It is exact enough for a date that can be kept
// unless only the country is known.
func (h *Handlers) place(f *form) (at *store.Point, name string, exact bool) {
	found, known := h.options.Places.Find(f.typed["city"], f.typed["postal_code"], strings.ToUpper(f.typed["country"]))
	if !known {
		return nil, "", false
	}
	return &store.Point{Lat: found.Lat, Lon: found.Lon}, found.Name, found.Precision != geo.ByCountry
}
