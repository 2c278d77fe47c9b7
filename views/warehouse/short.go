package warehouse

import (
	"strconv"

	"waybill/store"
	"waybill/views/ui"
)

// ShortForm is the page on which a clerk says that not all of a transfer is sent, or has arrived.
type ShortForm struct {
	Path      string // the board's own address
	ID, Place string // the transfer, and the town at the other end
	Order     string // "" for one that fills a shelf
	Receiving bool
	Lines     []ShortLine
	Reason    string
	Note      string
	Errors    map[string]string // by field: reason, note, sent:<product>, damaged:<product>
}

// ShortLine is one product of the transfer: how many there should be, and what was typed.
type ShortLine struct {
	Product, Name string
	Asked         int
	Units         string // sent, or arrived in good order
	Damaged       string // arrived, and of no use
}

// NewShortForm draws up the untouched form: all of it is there.
func NewShortForm(t store.Transfer, warehouse string, scene Scene) ShortForm {
	f := ShortForm{
		Path: "/warehouses/" + warehouse, ID: t.ID, Receiving: t.To == warehouse,
		Place: scene.Directory.WarehouseName(t.To), Reason: string(store.CauseGone),
	}
	if f.Receiving {
		f.Place = scene.Directory.WarehouseName(t.From)
	}
	if !t.Fills() {
		f.Order = t.Order.String()
	}
	for _, line := range t.Lines {
		f.Lines = append(f.Lines, ShortLine{
			Product: line.Product, Name: scene.Directory.ProductName(line.Product), Asked: line.Quantity,
			Units: strconv.Itoa(line.Quantity), Damaged: "0",
		})
	}
	return f
}

// Title says what the page is for.
func (f ShortForm) Title() string {
	if f.Receiving {
		return "Not all of it arrived from " + f.Place
	}
	return "Not all of it goes to " + f.Place
}

// then says what happens to the rest.
func (f ShortForm) then() string {
	switch {
	case f.Order == "":
		return "What is missing is written down. Nobody is kept waiting for it by itself: ask again, or ask another warehouse."
	case f.Receiving:
		return "What arrived joins order " + ui.OrderNumber(f.Order) + ". The rest comes from elsewhere, or the order waits for it, and its customer is told."
	}
	return "The rest of order " + ui.OrderNumber(f.Order) + " comes from elsewhere, or the order waits for it, and its customer is told."
}

func (f ShortForm) action() string {
	if f.Receiving {
		return f.Path + "/receive-part"
	}
	return f.Path + "/send-part"
}

func (f ShortForm) units(line ShortLine) ui.FieldModel {
	label := line.Name + ": how many of " + strconv.Itoa(line.Asked) + " do you send?"
	if f.Receiving {
		label = line.Name + ": how many of " + strconv.Itoa(line.Asked) + " arrived in good order?"
	}
	return f.number("sent:"+line.Product, label, line.Units)
}

func (f ShortForm) damaged(line ShortLine) ui.FieldModel {
	return f.number("damaged:"+line.Product, line.Name+": how many arrived damaged?", line.Damaged)
}

func (f ShortForm) number(name, label, value string) ui.FieldModel {
	return ui.FieldModel{
		Name: name, Label: label, Value: value, Required: true, InputMode: "numeric", Autocomplete: "off", MaxLength: 7, Error: f.Errors[name],
	}
}

func (f ShortForm) reason() ui.SelectModel {
	m := ui.SelectModel{Name: "reason", Label: "Why not all of it?", Value: f.Reason, Required: true, Error: f.Errors["reason"]}
	for _, reason := range store.SenderCauses() {
		m.Options = append(m.Options, ui.Option{Value: string(reason), Label: reasonChoice(reason)})
	}
	return m
}

// reasonChoice says a reason, and what it does to the books.
func reasonChoice(r store.Cause) string {
	switch r {
	case store.CauseGone:
		return "It is not on the shelf (taken off the books)"
	case store.CauseDamaged:
		return "It is damaged (taken off the books)"
	}
	return "It is here, but cannot be sent now (stays on the books)"
}

func (f ShortForm) note() ui.FieldModel {
	m := ui.FieldModel{Name: "note", Label: "In a few words", Value: f.Note, Autocomplete: "off", MaxLength: 200, Wide: f.Receiving, Error: f.Errors["note"]}
	if f.Receiving {
		m.Label, m.Required = "What happened to the rest?", true
	}
	return m
}

// problems lists what is wrong, in the order of the fields.
func (f ShortForm) problems() []ui.FieldError {
	var list []ui.FieldError
	add := func(field string) {
		if message := f.Errors[field]; message != "" {
			list = append(list, ui.FieldError{Field: ui.FieldID(field), Message: message})
		}
	}
	for _, line := range f.Lines {
		add("sent:" + line.Product)
		add("damaged:" + line.Product)
	}
	add("reason")
	add("note")
	return list
}
