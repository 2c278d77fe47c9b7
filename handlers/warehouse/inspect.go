package warehouse

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
	view "waybill/views/warehouse"
)

// Inspect books what was found in a parcel that came back: what can be sold again, and what
// is damaged.
func (h *Handlers) Inspect(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	order, err := h.returned(c, place.ID, page.Field(c, "order"))
	if err != nil {
		return h.kit.Failed(c, back(place.ID, "returned"), err)
	}
	form := view.InspectForm{Order: order, Typed: map[string]string{}, Errors: map[string]string{}}
	found := make([]store.Inspected, len(order.Lines))
	units := func(field string) int {
		form.Typed[field] = page.Field(c, field)
		n, ok := page.Units(form.Typed[field], store.MaxOnHand)
		if !ok {
			form.Errors[field] = "Give whole units, such as 0 or 2."
		}
		return n
	}
	for i, line := range order.Lines {
		found[i] = store.Inspected{Product: line.Product, Sellable: units("sellable-" + line.Product), Damaged: units("damaged-" + line.Product)}
	}
	if len(form.Errors) == 0 {
		err = h.store.Inspect(c.Request().Context(), h.kit.Actor(c), order.Number, found)
		if invalid, ok := err.(*store.Error); ok && invalid.Kind == store.Invalid {
			form.Errors = invalid.Fields
		}
	}
	switch {
	case len(form.Errors) > 0:
		return h.show(c, http.StatusUnprocessableEntity, place, directory, view.Forms{Inspect: form})
	case err != nil:
		return h.kit.Failed(c, back(place.ID, "returned"), err)
	}
	return h.kit.Done(c, back(place.ID, "returned"), ui.Flash{Kind: "ok", Text: says(order, found)})
}

// returned finds the parcel that came back to this warehouse: NotFound for any other.
func (h *Handlers) returned(c echo.Context, warehouse, number string) (store.Order, error) {
	missing := store.Errorf(store.NotFound, "There is no such parcel to look into here.")
	n, ok := store.ParseNumber(number)
	if !ok {
		return store.Order{}, missing
	}
	order, err := h.store.Order(c.Request().Context(), n)
	if err != nil {
		return store.Order{}, err
	}
	if order.Status != store.Returned || order.BackAt() != warehouse {
		return store.Order{}, missing
	}
	return order, nil
}

// says tells what an inspection came to.
func says(o store.Order, found []store.Inspected) string {
	sellable, damaged := 0, 0
	for _, f := range found {
		sellable += f.Sellable
		damaged += f.Damaged
	}
	text := fmt.Sprintf("Order %s: %s back on the shelf, %d damaged.", ui.OrderNumber(o.Number.String()), ui.Units(sellable), damaged)
	if missing := store.Units(o.Lines) - sellable - damaged; missing > 0 {
		text += fmt.Sprintf(" %s missing.", ui.Units(missing))
	}
	return text
}
