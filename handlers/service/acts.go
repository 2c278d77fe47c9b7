package service

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/service"
	"waybill/views/ui"
)

// acting lets in those who may change an order, and says which one. The owner looks on.
func (h *Handlers) acting(c echo.Context) (store.Number, error) {
	if err := h.allowed(c); err != nil {
		return 0, err
	}
	if role := h.kit.Actor(c).Role; role != store.Service && role != store.Admin {
		return 0, store.Errorf(store.Forbidden, "Only customer service can change an order. You can look on.")
	}
	return page.Number(c)
}

// Cancel ends an order for its customer.
func (h *Handlers) Cancel(c echo.Context) error {
	n, err := h.acting(c)
	if err != nil {
		return err
	}
	reason, said := page.Reason(c, "reason")
	form := view.ReasonForm{Open: true, Reason: reason}
	if !said {
		form.Problem = "Say why: it stands in the order’s history."
		return h.show(c, http.StatusUnprocessableEntity, n, view.Forms{Cancel: form})
	}
	switch err = h.store.Cancel(c.Request().Context(), h.kit.Actor(c), n, form.Reason); {
	case err == nil:
		return h.kit.Done(c, orderURL(n), ui.Flash{Text: fmt.Sprintf("Order %s is cancelled. What it held is free again.", ui.OrderNumber(n.String()))})
	case store.KindOf(err) == store.Invalid:
		form.Problem = page.FlashText(err)
		return h.show(c, http.StatusUnprocessableEntity, n, view.Forms{Cancel: form})
	}
	return h.kit.Failed(c, orderURL(n), err)
}

// Return says that a parcel which had left comes back to a warehouse.
func (h *Handlers) Return(c echo.Context) error {
	n, err := h.acting(c)
	if err != nil {
		return err
	}
	reason, said := page.Reason(c, "reason")
	form := view.ReasonForm{Open: true, Reason: reason, Warehouse: c.FormValue("warehouse")}
	if !said {
		form.Problem = "Say why: it stands in the order’s history."
		return h.show(c, http.StatusUnprocessableEntity, n, view.Forms{Return: form})
	}
	switch err = h.store.Return(c.Request().Context(), h.kit.Actor(c), n, form.Warehouse, form.Reason); {
	case err == nil:
		return h.kit.Done(c, orderURL(n), ui.Flash{Text: fmt.Sprintf("Order %s comes back. The clerks there look into it when it has arrived.", ui.OrderNumber(n.String()))})
	case store.KindOf(err) == store.Invalid:
		form.Problem, form.Wrong = page.FieldsOf(err)["reason"], page.FieldsOf(err)["warehouse"]
		return h.show(c, http.StatusUnprocessableEntity, n, view.Forms{Return: form})
	}
	return h.kit.Failed(c, orderURL(n), err)
}
