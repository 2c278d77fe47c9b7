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

// Page is the whole page. Accounts are there only for those who may change them.
type Page struct {
	UI         ui.PageModel
	Running    []Fact
	Accounts   []Account
	MayAccount bool
	Warehouses []store.Warehouse
	Products   []store.Product
	Pictures   []string // names of pictures that a product may have
	Zone       *time.Location
	Account    AccountForm
	Warehouse  WarehouseForm
	Product    ProductForm
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
	Errors                               map[string]string
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
	form := ProductForm{ID: p.ID, Name: p.Name, Description: p.Description, GTIN: p.GTIN, Picture: p.Picture, Terms: string(p.Terms.Kind)}
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

func roleOptions(words func(store.Role) string) []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose"}}
	for _, role := range Roles() {
		options = append(options, ui.Option{Value: string(role), Label: words(role)})
	}
	return options
}

func (p Page) warehouseOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "None"}}
	for _, w := range p.Warehouses {
		options = append(options, ui.Option{Value: w.ID, Label: w.Name})
	}
	return options
}

func (p Page) pictureOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "A plain box"}}
	names := p.Pictures
	if current := p.Product.Picture; current != "" && !slices.Contains(names, current) {
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
