// Package admin draws the page on which a shop is set up: its people, its warehouses, its
// products, and what it runs on.
package admin

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// OverviewPage leads to all that is set up.
type OverviewPage struct {
	UI      ui.PageModel
	Ways    []Way
	Running []Fact
	Mended  []MendedRow
}

// MendedRow is something that was put right by itself.
type MendedRow struct {
	At, ISO       string
	Subject, What string
}

// Mended draws up what was put right. The zone of now is the one in which times are said.
func Mended(list []store.Mending, now time.Time) []MendedRow {
	rows := make([]MendedRow, len(list))
	for i, m := range list {
		at := m.At.In(now.Location())
		rows[i] = MendedRow{At: ui.BriefMoment(at, now), ISO: ui.ISO(at), Subject: m.Subject, What: m.What}
	}
	return rows
}

// Way leads to one page of the set-up. Says is how things stand there.
type Way struct{ ID, Href, Name, Says string }

func (w Way) icon() string {
	icons := map[string]string{"accounts": "person", "warehouses": "home", "products": "box", "countries": "truck", "stock": "list", "audit": "check-circle", "keys": "lock"}
	return icons[w.ID]
}

// PeoplePage is who can sign in.
type PeoplePage struct {
	UI         ui.PageModel
	Accounts   []Account
	Warehouses []store.Warehouse
	Form       AccountForm
}

// WarehousesPage is where goods lie. Open tells that somebody is in the middle of the form.
type WarehousesPage struct {
	UI         ui.PageModel
	Warehouses []store.Warehouse
	Form       WarehouseForm
	Open       bool
}

// ProductsPage is what the shop sells: of All products those with Find in their name, ID or barcode, and
// More that do not fit.
type ProductsPage struct {
	UI       ui.PageModel
	Products []store.Product
	All      int
	Find     string
	More     int
	Pictures []string // names of pictures that a product may have
	Zone     *time.Location
	Form     ProductForm
	Open     bool
}

// ServedPage is where the shop sends to.
type ServedPage struct {
	UI   ui.PageModel
	Form ServedForm
}

// rowsShown is how many products stand on one page.
const rowsShown = 500

// Show takes the products with find in their name, ID or barcode into the page.
func (p *ProductsPage) Show(products []store.Product, find string) {
	p.All, p.Find = len(products), find
	for _, product := range products {
		if !strings.Contains(strings.ToLower(product.Name+" "+product.ID+" "+product.GTIN), strings.ToLower(find)) {
			continue
		}
		if len(p.Products) == rowsShown {
			p.More++
			continue
		}
		p.Products = append(p.Products, product)
	}
}

func (p WarehousesPage) title() string {
	for _, w := range p.Warehouses {
		if w.ID == p.Form.ID {
			return "Change " + w.Name
		}
	}
	return "Add a warehouse"
}

func (p ProductsPage) title() string {
	if p.Form.Known {
		return "Change " + cmp.Or(p.Form.Name, p.Form.ID)
	}
	return "Add a product"
}

// Fact is one line of what is running.
type Fact struct{ Name, Value string }

// Account is one row of the table of people. Self marks the person who looks: nobody can
// delete themselves.
type Account struct {
	Login, Name, Role string
	Self              bool
}

// AccountForm is what was typed to add a person, and messages by field.
type AccountForm struct {
	Login, Name, Role, Warehouse string
	Errors                       map[string]string
}

// WarehouseForm is what was typed about a warehouse, and messages by field.
type WarehouseForm struct {
	ID, Name, Address, Lat, Lon, CutOff string
	SameDay, Handling, Closed, Capacity string
	ClosedOn                            store.Weekdays
	Errors                              map[string]string
}

// NewWarehouse is the form of a warehouse that is not there yet: most are closed on Sundays.
func NewWarehouse() WarehouseForm {
	return WarehouseForm{Handling: "1", Capacity: "0", ClosedOn: store.WeekdaysOf(time.Sunday)}
}

// ProductForm is what was typed about a product, and messages by field.
type ProductForm struct {
	ID, Name, Description, GTIN, Picture string
	Terms, Cap, Release                  string
	Limit                                string // most units in one order, as it was typed
	Withdrawn                            bool
	Known                                bool // there is a product of this ID: it is changed
	Errors                               map[string]string
}

// ServedForm is where the shop sends to, as it was typed, and messages by field.
type ServedForm struct {
	Countries string // one a line; nothing means everywhere
	Errors    map[string]string
}

// FormOfServed fills the form with the countries as they are.
func FormOfServed(countries []store.Country) ServedForm {
	var form ServedForm
	for _, c := range countries {
		form.Countries += c.Name + "\n"
	}
	return form
}

// FormOfWarehouse fills the form with a warehouse as it is.
func FormOfWarehouse(w store.Warehouse) WarehouseForm {
	form := WarehouseForm{
		ID: w.ID, Name: w.Name, Address: w.Address,
		Lat: strconv.FormatFloat(w.At.Lat, 'f', -1, 64), Lon: strconv.FormatFloat(w.At.Lon, 'f', -1, 64),
		CutOff: ClockOf(w.CutOff), Handling: hours(w), Capacity: strconv.Itoa(w.Capacity), ClosedOn: w.ClosedOn,
	}
	if w.SameDay > 0 {
		form.SameDay = ClockOf(w.SameDay)
	}
	for _, day := range w.Closed {
		form.Closed += string(day) + "\n"
	}
	return form
}

// hours writes a handling time: "1.5".
func hours(w store.Warehouse) string {
	return strconv.FormatFloat(cmp.Or(w.Handling, time.Hour).Hours(), 'f', -1, 64)
}

// works says a warehouse's working life in a few words, for the table.
func works(w store.Warehouse) string {
	words := []string{hours(w) + " h to pack"}
	if days := w.ClosedOn.List(); len(days) > 0 {
		names := make([]string, len(days))
		for i, day := range days {
			names[i] = day.String()
		}
		words = append(words, "closed on "+strings.Join(names, ", "))
	}
	if len(w.Closed) > 0 {
		words = append(words, "and on "+ui.Count(len(w.Closed), "single day"))
	}
	if w.SameDay > 0 {
		words = append(words, "same day until "+ClockOf(w.SameDay))
	}
	if w.Capacity > 0 {
		words = append(words, ui.Count(w.Capacity, "order")+" a day")
	}
	return strings.Join(words, ", ")
}

// FormOfProduct fills the form with a product as it is.
// The zone is the one in which the shop's days begin.
func FormOfProduct(p store.Product, zone *time.Location) ProductForm {
	form := ProductForm{ID: p.ID, Name: p.Name, Description: p.Description, GTIN: p.GTIN, Picture: p.Picture, Terms: string(p.Terms.Kind), Withdrawn: p.Withdrawn}
	if p.Limit > 0 {
		form.Limit = strconv.Itoa(p.Limit)
	}
	if p.Terms.Cap > 0 {
		form.Cap = strconv.Itoa(p.Terms.Cap)
	}
	if !p.Terms.Release.IsZero() {
		form.Release = p.Terms.Release.In(zone).Format(time.DateOnly)
	}
	return form
}

func termsOptions() []ui.Option {
	return []ui.Option{
		{Value: string(store.TermsNone), Label: "It cannot be ordered"},
		{Value: string(store.TermsBackorder), Label: "Orders may wait for more"},
		{Value: string(store.TermsPreOrder), Label: "Pre-order: it is sent from a day on"},
	}
}

// TermsWords says a product's terms in a row of the table.
func TermsWords(t store.Terms, zone *time.Location) string {
	words := "cannot be ordered"
	switch t.Kind {
	case store.TermsBackorder:
		words = "can be ordered, waits for stock"
	case store.TermsPreOrder:
		words = "pre-order, sent from " + t.Release.In(zone).Format("2 January 2006")
	}
	if t.MayWait() && t.Cap > 0 {
		words += fmt.Sprintf("; %s at most", ui.Units(t.Cap))
	}
	return words
}

// ClockOf writes a time of day: "16:00".
func ClockOf(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// Roles are what a person of the staff can be.
func Roles() []store.Role {
	return []store.Role{store.Clerk, store.Courier, store.Service, store.Owner, store.Admin}
}

func roleOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose"}}
	for _, role := range Roles() {
		options = append(options, ui.Option{Value: string(role), Label: role.Words()})
	}
	return options
}

func (p PeoplePage) warehouseOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "None"}}
	for _, w := range p.Warehouses {
		options = append(options, ui.Option{Value: w.ID, Label: w.Name})
	}
	return options
}

func (p ProductsPage) pictureOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "A plain box"}}
	names := p.Pictures
	if current := p.Form.Picture; current != "" && !slices.Contains(names, current) {
		names = append(slices.Clip(names), current)
	}
	for _, name := range names {
		options = append(options, ui.Option{Value: name, Label: name})
	}
	return options
}

// problems lists the messages of a form in the order of its fields. Each form of the page
// has a prefix for the ids of its inputs.
func problems(prefix string, messages map[string]string, fields ...string) []ui.FieldError {
	var list []ui.FieldError
	for _, field := range fields {
		if messages[field] != "" {
			list = append(list, ui.FieldError{Field: id(prefix, field), Message: messages[field]})
		}
	}
	return list
}

func id(prefix, field string) string {
	return ui.FieldID(prefix + "-" + strings.ReplaceAll(field, "_", "-"))
}
