package whatif

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/store/geo"
	views "waybill/views/service"
)

const (
	fewest = 3                  // lines that the form shows at least
	most   = store.MaxLines + 3 // lines that are read at most
)

// form is what was typed, and the question that it asks.
type form struct {
	asked   bool // there is something to decide
	shown   views.WhatIf
	request store.Request
	place   views.Asked
}

// read takes over what stands in the address.
func read(values url.Values) form {
	f := form{shown: views.WhatIf{
		City: clean(values.Get("city")), Code: clean(values.Get("postal_code")), Country: strings.ToUpper(clean(values.Get("country"))),
		Speed: clean(values.Get("speed")), At: clean(values.Get("at")), Errors: map[string]string{},
	}}
	_, sent := values["product"]
	f.asked = sent && values.Get("more") == ""
	if !sent {
		f.shown.Country = "PL"
	}
	products, quantities := values["product"], values["quantity"]
	for i, product := range products[:min(len(products), most)] {
		line := views.WhatLine{Product: clean(product)}
		if i < len(quantities) {
			line.Quantity = clean(quantities[i])
		}
		if line.Product != "" || line.Quantity != "" {
			f.shown.Lines = append(f.shown.Lines, line)
		}
	}
	blank := 1
	if values.Get("more") != "" {
		blank = fewest
	}
	for blank > 0 && len(f.shown.Lines) < store.MaxLines || len(f.shown.Lines) < fewest {
		f.shown.Lines, blank = append(f.shown.Lines, views.WhatLine{}), blank-1
	}
	return f
}

func clean(typed string) string {
	text, _ := page.Line(typed, page.LongestLine)
	return text
}

// check makes a question of what was typed, or says at each field why it cannot.
func (h *Handlers) check(f *form, directory store.Directory) {
	for i, line := range f.shown.Lines {
		if line != (views.WhatLine{}) {
			f.addLine(i, line, directory)
		}
	}
	f.request.Lines = store.Merge(f.request.Lines)
	switch {
	case len(f.shown.Errors) > 0:
	case len(f.request.Lines) == 0:
		f.shown.Errors["product-0"] = "Name at least one product."
	case len(f.request.Lines) > store.MaxLines:
		f.shown.Errors["product-0"] = fmt.Sprintf("An order can hold at most %d different products.", store.MaxLines)
	case slices.ContainsFunc(f.request.Lines, func(l store.Line) bool { return l.Quantity > store.MaxQuantity }):
		f.shown.Errors["quantity-0"] = fmt.Sprintf("Name each product once, with at most %d units.", store.MaxQuantity)
	}
	if f.request.Speed = store.Speed(f.shown.Speed); f.shown.Speed == "" {
		f.request.Speed = store.Standard
	} else if !slices.Contains(store.Speeds(), f.request.Speed) {
		f.shown.Errors["speed"] = "Choose one of the speeds."
	}
	f.place.Speed = f.request.Speed
	h.locate(f)
	if f.shown.At != "" {
		at, ok := h.moment(f.shown.At)
		if f.request.Now = at; !ok {
			f.shown.Errors["at"] = "Give a day and a time within two years, such as 2026-12-24 15:30."
		}
	}
}

func (f *form) addLine(i int, typed views.WhatLine, directory store.Directory) {
	product, known := find(typed.Product, directory)
	if !known {
		f.shown.Errors[fmt.Sprintf("product-%d", i)] = "There is no such product. Type its ID or its name."
	}
	units, ok := page.Units(typed.Quantity, store.MaxQuantity)
	if !ok || units < 1 {
		f.shown.Errors[fmt.Sprintf("quantity-%d", i)] = fmt.Sprintf("Order between 1 and %d units.", store.MaxQuantity)
	}
	f.request.Lines = append(f.request.Lines, store.Line{Product: product, Quantity: units})
}

// find gives the product that was meant by its ID or by its name.
func find(typed string, directory store.Directory) (string, bool) {
	if _, ok := directory.Products[typed]; ok {
		return typed, true
	}
	for _, id := range directory.ProductIDs {
		if typed != "" && geo.Fold(directory.Products[id].Name) == geo.Fold(typed) {
			return id, true
		}
	}
	return "", false
}

// locate finds where the order goes. Without a country nobody knows, and then nothing of the
// address may be typed.
func (h *Handlers) locate(f *form) {
	if f.shown.Country == "" {
		if f.shown.City != "" || f.shown.Code != "" {
			f.shown.Errors["country"] = "Choose the country of this town."
		}
		return
	}
	found, known := h.places.Find(f.shown.City, f.shown.Code, f.shown.Country)
	if !known {
		f.shown.Errors["country"] = "Choose the country."
		return
	}
	f.request.To = &store.Point{Lat: found.Lat, Lon: found.Lon}
	f.place.To, f.place.Place, f.place.TownKnown = f.request.To, found.Name, found.Precision != geo.ByCountry
}
