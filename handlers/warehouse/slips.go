package warehouse

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/store"
	"waybill/views/ui"
	view "waybill/views/warehouse"
)

// Slip shows the packing slip of one order that is in the house, to be printed and put into its box.
func (h *Handlers) Slip(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	order, err := h.assembled(c, place.ID, c.Param("number"))
	if err != nil {
		return err
	}
	number := ui.OrderNumber(order.Number.String())
	if order.Status != store.Placed && order.Status != store.Ready {
		return store.Errorf(store.Conflict, "Order %s is %s: nothing of it is to be packed.", number, order.Status.Words())
	}
	return h.showSlips(c, place, directory, []store.Order{order}, view.Slips{Title: "Slip of order " + number})
}

// Slips shows the slips of all orders on the board that wait for the courier.
func (h *Handlers) Slips(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	board, err := h.store.Board(c.Request().Context(), place.ID)
	if err != nil {
		return err
	}
	return h.showSlips(c, place, directory, view.ByPromise(board.Ready), view.Slips{Title: "Slips for the courier's parcels", Partly: board.Partly, More: board.MoreReady})
}

func (h *Handlers) showSlips(c echo.Context, place store.Warehouse, directory store.Directory, orders []store.Order, page view.Slips) error {
	account, _ := h.kit.Account(c)
	scene := h.scene(directory, account.Role)
	page.Board, page.Place = back(place.ID, ""), place.Name
	for _, order := range orders {
		rest, err := h.rest(c.Request().Context(), order)
		if err != nil {
			return err
		}
		page.Slips = append(page.Slips, view.NewSlip(order, rest, scene, h.kit.Asset))
	}
	model := h.kit.Model(c, page.Title)
	model.Class = "staff"
	return h.kit.Render(c, http.StatusOK, view.SlipsPage(model, page))
}

// rest is the order that holds the rest of one that is sent in parts; the zero order if there is none, or
// it has not been made yet.
func (h *Handlers) rest(ctx context.Context, order store.Order) (store.Order, error) {
	if order.Child.Number == 0 {
		return store.Order{}, nil
	}
	rest, err := h.store.Order(ctx, order.Child.Number)
	if store.KindOf(err) == store.NotFound {
		return store.Order{}, nil
	}
	return rest, err
}
