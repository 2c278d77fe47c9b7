package warehouse

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/warehouse"
)

// Board shows a warehouse: what to assemble, what to send and to receive, what is ready, and
// what is being said.
func (h *Handlers) Board(c echo.Context) error {
	var forms view.Forms
	if n, ok := store.ParseNumber(c.QueryParam("order")); ok {
		forms.Selected = n.String()
	}
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	if order, err := h.returned(c, place.ID, c.QueryParam("inspect")); err == nil && order.ToInspect() {
		forms.Inspect.Order = order
	}
	return h.show(c, http.StatusOK, place, directory, forms)
}

// show renders the board, with what was typed into a form that could not be taken.
func (h *Handlers) show(c echo.Context, code int, place store.Warehouse, directory store.Directory, forms view.Forms) error {
	board, err := h.store.Board(c.Request().Context(), place.ID)
	if err != nil {
		return err
	}
	account, _ := h.kit.Account(c)
	forms.Products, forms.Places = view.Choices(directory)
	forms.Inspect.Name = directory.ProductName
	model := h.kit.Model(c, place.Name)
	model.Class = "warehouse"
	model.LiveURL = back(place.ID, "") + "/live"
	return h.kit.Render(c, code, view.Page(model, view.New(board, h.scene(directory, account.Role)), forms))
}

func (h *Handlers) scene(directory store.Directory, role store.Role) view.Scene {
	return view.Scene{Now: h.kit.Now(), Zone: h.kit.Zone(), Directory: directory, Country: h.kit.Country, Role: role}
}

// BoardLive keeps the board up to date: everybody with the same role sees the same board.
func (h *Handlers) BoardLive(c echo.Context) error {
	place, _, err := h.place(c)
	if err != nil {
		return err
	}
	account, _ := h.kit.Account(c)
	return h.kit.Live(c, h.topic(place.ID, account.Role))
}

func (h *Handlers) topic(warehouse string, role store.Role) page.Topic {
	return page.Topic{
		Name:     "board:" + warehouse + ":" + string(role),
		Channels: []string{"warehouse:" + warehouse},
		Render: func(ctx context.Context) (templ.Component, error) {
			directory, err := h.store.Directory(ctx)
			if err != nil {
				return nil, err
			}
			board, err := h.store.Board(ctx, warehouse)
			if err != nil {
				return nil, err
			}
			return view.Live(view.New(board, h.scene(directory, role)), h.kit.Asset), nil
		},
	}
}
