package supply

import (
	"context"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/supply"
	"waybill/views/ui"
)

// Waiting lists the products that orders wait for.
func (h *Handlers) Waiting(c echo.Context) error {
	account, directory, err := h.person(c)
	if err != nil {
		return err
	}
	list, err := h.store.Waited(c.Request().Context())
	if err != nil {
		return err
	}
	model := h.kit.Model(c, "Waiting for stock")
	model.Class, model.LiveURL = "staff", "/waiting/live"
	return h.kit.Render(c, http.StatusOK, view.Waiting(model, view.NewWaiting(list, h.scene(directory, account.Role))))
}

// WaitingLive keeps the list up to date; it is the same for everybody who may see it.
func (h *Handlers) WaitingLive(c echo.Context) error {
	account, _, err := h.person(c)
	if err != nil {
		return err
	}
	return h.kit.Live(c, page.Topic{
		Name: "waiting:" + string(account.Role), Channels: []string{"waiting"},
		Render: func(ctx context.Context) (templ.Component, error) {
			directory, err := h.store.Directory(ctx)
			if err != nil {
				return nil, err
			}
			list, err := h.store.Waited(ctx)
			if err != nil {
				return nil, err
			}
			return view.LiveWaiting(view.NewWaiting(list, h.scene(directory, account.Role)), h.kit.Asset), nil
		},
	})
}

// Queue shows who waits for a product, and who would get what if so many units of it arrived.
func (h *Handlers) Queue(c echo.Context) error {
	return h.showQueue(c, http.StatusOK, view.MoveForm{})
}

func (h *Handlers) showQueue(c echo.Context, code int, form view.MoveForm) error {
	account, directory, err := h.person(c)
	if err != nil {
		return err
	}
	arriving := page.Field(c, "arriving")
	units, ok := page.Units(arriving, store.MaxDeliveryUnits)
	if !ok && arriving != "" {
		form.ArrivingError = "Give a whole number of units."
		code = http.StatusUnprocessableEntity
	}
	queue, err := h.store.Queue(c.Request().Context(), c.Param("product"), units)
	if err != nil {
		return err
	}
	form.Arriving = arriving
	model := h.kit.Model(c, "Waiting for "+queue.Product.Name)
	model.Class = "staff"
	return h.kit.Render(c, code, view.Queue(model, view.NewQueue(queue, units, h.scene(directory, account.Role)), form))
}

// AskAgain has the warehouses asked once more that have the product and did not send it to an order.
func (h *Handlers) AskAgain(c echo.Context) error {
	_, directory, err := h.person(c)
	if err != nil {
		return err
	}
	product := c.Param("product")
	n, known := store.ParseNumber(c.FormValue("order"))
	if directory.Products[product].ID == "" || !known {
		return h.kit.Failed(c, "/waiting", store.Errorf(store.NotFound, "There is no such order in this queue any more."))
	}
	if err := h.store.AskAgain(c.Request().Context(), h.kit.Actor(c), n, "", []string{product}); err != nil {
		return h.kit.Failed(c, "/waiting/"+product, err)
	}
	return h.kit.Done(c, "/waiting/"+product, ui.Flash{Text: fmt.Sprintf("Whoever has %s is asked once more for order %s.", directory.ProductName(product), ui.OrderNumber(n.String()))})
}

// Prioritize moves an order in the queue, by a person's decision and with their reason.
func (h *Handlers) Prioritize(c echo.Context) error {
	if _, _, err := h.person(c); err != nil {
		return err
	}
	n, known := store.ParseNumber(c.FormValue("order"))
	why, said := page.Reason(c, "reason")
	form := view.MoveForm{Order: n.String(), Move: page.Field(c, "move"), Why: why}
	to := "/waiting/" + c.Param("product")
	if !known {
		return h.kit.Failed(c, to, store.Errorf(store.NotFound, "There is no such order in this queue any more."))
	}
	if !said {
		form.Error = "Say in a few words why."
		return h.showQueue(c, http.StatusUnprocessableEntity, form)
	}
	err := h.store.Prioritize(c.Request().Context(), h.kit.Actor(c), n, store.QueueMove(form.Move), form.Why)
	switch store.KindOf(err) {
	case store.Invalid:
		form.Error = page.FlashText(err)
		return h.showQueue(c, http.StatusUnprocessableEntity, form)
	case store.Conflict, store.NotFound:
		return h.kit.Failed(c, to, err)
	}
	if err != nil {
		return err
	}
	return h.kit.Done(c, to+"#order-"+n.String(), ui.Flash{Text: "Order " + ui.OrderNumber(n.String()) + " stands at another place now. The reason is in its history."})
}
