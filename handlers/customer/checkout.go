package customer

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/customer"
)

// Checkout shows the order form for what is in the basket.
func (h *Handlers) Checkout(c echo.Context) error {
	dir, err := h.store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	f := h.newForm(h.basketOf(c, dir), dir)
	return h.showForm(c, http.StatusOK, dir, &f, answer{})
}

// Dates shows when each speed would arrive at the address typed so far. The page's script
// asks for that part alone; a browser without it gets the whole form.
func (h *Handlers) Dates(c echo.Context) error {
	ctx := c.Request().Context()
	f := readForm(c.QueryParams())
	c.Response().Header().Set("Vary", "HX-Request")
	dir, err := h.store.Directory(ctx)
	if c.Request().Header.Get("HX-Request") == "true" {
		model := h.dates(ctx, dir, &f, nil)
		return h.kit.Render(c, http.StatusOK, customer.Dates(model))
	}
	if err != nil {
		return err
	}
	f.key, f.faults = h.options.NewKey(), map[string]string{}
	if len(f.lines) == 0 {
		f = h.newForm(h.basketOf(c, dir), dir)
	}
	return h.showForm(c, http.StatusOK, dir, &f, answer{})
}

// answer is what became of an attempt to order, for the form that is shown again.
type answer struct {
	problem string            // what happened, for the whole form
	short   []store.Shortage  // what there was too little of
	earlier *customer.Earlier // the order that this form has made before
}

// shortOf says how much of a product can be had, if that was too little.
func (a answer) shortOf(product string) string {
	for _, s := range a.short {
		if s.Product == product {
			return s.Words()
		}
	}
	return ""
}

// showForm shows the order form as it was typed, with every fault at its field.
func (h *Handlers) showForm(c echo.Context, code int, dir store.Directory, f *form, a answer) error {
	model := customer.CheckoutModel{
		PageModel: h.kit.Model(c, "Your order"),
		Key:       f.key, Typed: f.typed, Faults: f.faults,
		Problem: a.problem, Earlier: a.earlier,
		Dates: h.dates(c.Request().Context(), dir, f, a.short),
	}
	if code == http.StatusUnprocessableEntity { // whoever mends the rest learns at once what is short too
		a.short = slices.DeleteFunc(slices.Clone(model.Dates.Lacks), func(s store.Shortage) bool { return f.wait != "" && s.Waits && !s.Full })
	}
	model.Class = "shop"
	for _, country := range h.options.Places.Countries() {
		if dir.Serves(country.Code) {
			model.Country(country.Code, country.Name)
		}
	}
	for _, line := range f.lines[:min(len(f.lines), store.MaxLines)] {
		product, sold := dir.Products[line.product]
		if !sold {
			product = store.Product{ID: line.product, Name: "Unknown product"}
			product.ID, _ = page.Line(line.product, page.LongestLine)
		}
		model.Line(product, line.raw, cmp.Or(line.fault, a.shortOf(line.product)))
	}
	return h.kit.Render(c, code, customer.Checkout(model))
}

// dates asks what each speed would promise. Without an answer the form still works: it only
// cannot say the dates. What an attempt to order found short counts more than what is
// found now.
func (h *Handlers) dates(ctx context.Context, dir store.Directory, f *form, short []store.Shortage) customer.DatesModel {
	at, name, exact := h.place(f)
	ask := customer.DatesAsk{
		Chosen: f.speed, Wait: f.wait, Place: name, Exact: exact, TownTyped: f.typed["city"] != "",
		Fault: f.faults["speed"], Directory: dir, Now: h.now(), Short: short, Path: "/order/dates",
	}
	if lines := f.orderable(dir); len(lines) > 0 {
		quotes, err := h.store.Quotes(ctx, lines, at)
		ask.Quotes, ask.Failed = quotes, err != nil
	}
	return customer.NewDates(ask)
}
