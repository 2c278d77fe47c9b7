package warehouse

import (
	"context"
	"fmt"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// Pack notes how many units of a product are in an order's box.
func (h *Handlers) Pack(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	order, err := h.order(c, place.ID)
	if err != nil {
		return h.kit.Failed(c, back(place.ID, ""), err)
	}
	to := back(place.ID, anchor(order))
	product := page.Field(c, "product")
	wanted := store.Quantity(order.Lines, product)
	if wanted == 0 {
		return h.kit.Failed(c, to, store.Errorf(store.Invalid, "Order %s has no such product.", ui.OrderNumber(order.Number.String())))
	}
	units, ok := page.Units(page.Field(c, "units"), wanted)
	if !ok {
		return h.kit.Failed(c, to, store.Errorf(store.Invalid, "Between 0 and %d units of %s can be in the box of order %s.",
			wanted, directory.ProductName(product), ui.OrderNumber(order.Number.String())))
	}
	if err := h.store.Pack(c.Request().Context(), h.kit.Actor(c), order.Number, product, units); err != nil {
		return h.kit.Failed(c, to, err)
	}
	return h.kit.Done(c, to, ui.Flash{})
}

// Ready marks an order as packed: the courier can have it.
func (h *Handlers) Ready(c echo.Context) error {
	place, _, err := h.work(c)
	if err != nil {
		return err
	}
	order, err := h.order(c, place.ID)
	if err != nil {
		return h.kit.Failed(c, back(place.ID, ""), err)
	}
	number := order.Number.String()
	if err := h.store.Ready(c.Request().Context(), h.kit.Actor(c), order.Number); err != nil {
		return h.kit.Failed(c, back(place.ID, anchor(order)), err)
	}
	return h.kit.Done(c, back(place.ID, "ready"), ui.Flash{
		Kind: "ok", Text: fmt.Sprintf("Order %s is ready. The courier has been told.", ui.OrderNumber(number)),
		Undo: undo(place.ID, "unready", "order", number),
	})
}

// Unready takes a slip back: the order is being assembled again.
func (h *Handlers) Unready(c echo.Context) error {
	return h.backwards(c, h.store.Unready, "ready", anchor, "Order %s is being assembled again.")
}

// PutBack notes that what was packed for a cancelled order is on its shelf again.
func (h *Handlers) PutBack(c echo.Context) error {
	put := func(store.Order) string { return "put-back" }
	return h.backwards(c, h.store.PutBack, "put-back", put, "Everything of order %s is back on its shelf.")
}

// backwards does an act on the order that a form names. It leads to where the order stood when the act was
// refused, and to where it stands then when it was done.
func (h *Handlers) backwards(c echo.Context, act func(context.Context, store.Actor, store.Number) error, stood string, stands func(store.Order) string, says string) error {
	place, _, err := h.work(c)
	if err != nil {
		return err
	}
	order, err := h.order(c, place.ID)
	if err != nil {
		return h.kit.Failed(c, back(place.ID, ""), err)
	}
	if err := act(c.Request().Context(), h.kit.Actor(c), order.Number); err != nil {
		return h.kit.Failed(c, back(place.ID, stood), err)
	}
	return h.kit.Done(c, back(place.ID, stands(order)), ui.Flash{Text: fmt.Sprintf(says, ui.OrderNumber(order.Number.String()))})
}

// order finds the order that a form names. One that is assembled elsewhere is not this
// warehouse's: NotFound.
func (h *Handlers) order(c echo.Context, warehouse string) (store.Order, error) {
	return h.assembled(c, warehouse, page.Field(c, "order"))
}

// assembled finds an order that is this warehouse's by its number.
func (h *Handlers) assembled(c echo.Context, warehouse, number string) (store.Order, error) {
	missing := store.Errorf(store.NotFound, "There is no such order at this warehouse.")
	n, ok := store.ParseNumber(number)
	if !ok {
		return store.Order{}, missing
	}
	order, err := h.store.Order(c.Request().Context(), n)
	if err != nil {
		return store.Order{}, err
	}
	if order.Warehouse != warehouse {
		return store.Order{}, missing
	}
	return order, nil
}

func anchor(o store.Order) string { return "order-" + o.Number.String() }
