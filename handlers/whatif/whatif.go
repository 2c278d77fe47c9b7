// Package whatif answers the page on which the owner and customer service type an order and see
// what would be decided for it. It places and reserves nothing.
package whatif

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/store/geo"
	views "waybill/views/service"
	"waybill/views/ui"
)

// Store is what deciding needs of the shop's records. It may be called by many requests at once.
type Store interface {
	Directory(ctx context.Context) (store.Directory, error)
	// WhatIf decides as if the order were placed; a zero Now means now.
	WhatIf(ctx context.Context, request store.Request) (store.Outcome, error)
}

// Places tells where a town lies; store/geo has it.
type Places interface {
	Find(city, postalCode, country string) (geo.Place, bool)
	Countries() []geo.Country
}

// Handlers answers the page. Many requests may use it at once.
type Handlers struct {
	kit    *page.Kit
	store  Store
	places Places
}

// New makes the handlers.
func New(kit *page.Kit, store Store, places Places) *Handlers {
	return &Handlers{kit: kit, store: store, places: places}
}

// Page shows the form, and the decision for what is in it. The order stands in the address, so
// that it can be looked at again and passed on.
func (h *Handlers) Page(c echo.Context) error {
	ctx := c.Request().Context()
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	f := read(c.QueryParams())
	if f.asked {
		h.check(&f, directory)
	}
	if !f.asked || len(f.shown.Errors) > 0 {
		return h.show(c, f, directory)
	}
	outcome, err := h.store.WhatIf(ctx, f.request)
	if err != nil {
		return err
	}
	at := f.request.Now
	if at.IsZero() {
		at = h.kit.Now()
	}
	f.shown.Decision = views.Decide(outcome, f.place, views.Scene{Now: at, Zone: h.kit.Zone(), Directory: directory})
	return h.show(c, f, directory)
}

func (h *Handlers) show(c echo.Context, f form, directory store.Directory) error {
	code := http.StatusOK
	if len(f.shown.Errors) > 0 {
		code = http.StatusUnprocessableEntity
	}
	for _, id := range directory.ProductIDs {
		f.shown.Products = append(f.shown.Products, ui.Option{Value: id, Label: directory.Products[id].Name})
	}
	f.shown.Countries = []ui.Option{{Value: "", Label: "Nobody knows"}}
	for _, country := range h.places.Countries() {
		f.shown.Countries = append(f.shown.Countries, ui.Option{Value: country.Code, Label: country.Name})
	}
	model := h.kit.Model(c, "What if?")
	model.Class = "staff"
	return h.kit.Render(c, code, views.WhatIfPage(model, f.shown))
}

// moment reads a day and a time by the shop's clock, as a browser sends or a person types them,
// at most two years from now.
func (h *Handlers) moment(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, text, h.kit.Zone()); err == nil {
			away := at.Sub(h.kit.Now()).Abs()
			return at, away < 2*366*24*time.Hour
		}
	}
	return time.Time{}, false
}
