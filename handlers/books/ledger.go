package books

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/books"
)

// entriesShown is how many entries of a ledger stand on one page.
const entriesShown = 50

// Ledger shows a warehouse's ledger, newest entries first.
func (h *Handlers) Ledger(c echo.Context) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	filter := view.LedgerFilter{
		Product: page.Field(c, "product"), Order: page.Field(c, "order"), Kind: page.Field(c, "kind"), Before: c.QueryParam("before"),
	}
	query := store.LedgerQuery{Before: filter.Before, Product: filter.Product, Kind: store.MovementKind(filter.Kind), Limit: entriesShown}
	code, ok := http.StatusOK, true
	if filter.Order != "" {
		if query.Order, ok = orderNumber(filter.Order); !ok {
			code, filter.Problem = http.StatusUnprocessableEntity, "This is not an order's number: it has digits only."
		}
	}
	var found store.LedgerPage
	if ok {
		if found, err = h.store.Ledger(c.Request().Context(), place.ID, query); err != nil {
			return err
		}
	}
	scene, err := h.named(c, directory)
	if err != nil {
		return err
	}
	model := h.kit.Model(c, "Ledger of "+place.Name)
	model.Class = "staff"
	return h.kit.Render(c, code, view.LedgerPage(model, view.NewLedger(place, found, filter, scene)))
}

// orderNumber reads a number as people write it: "100 123", "order:126".
func orderNumber(s string) (store.Number, bool) {
	return store.ParseNumber(strings.TrimPrefix(strings.ReplaceAll(s, " ", ""), "order:"))
}
