package warehouse

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/warehouse"
)

// List shows all warehouses to those who look after more than one, what is on its way between them and
// of what they run low; a clerk goes to their own.
func (h *Handlers) List(c echo.Context) error {
	account, ok := h.kit.Account(c)
	if ok && account.Role == store.Clerk {
		return c.Redirect(http.StatusSeeOther, page.Home(account))
	}
	overview, err := h.overview(c.Request().Context(), account.Role)
	if err != nil {
		return err
	}
	model := h.kit.Model(c, "Warehouses")
	model.Class = "staff"
	model.LiveURL = "/live/warehouses"
	return h.kit.Render(c, http.StatusOK, view.List(model, overview))
}

// ListLive keeps the list up to date: any change of any warehouse may show on it.
func (h *Handlers) ListLive(c echo.Context) error {
	account, _ := h.kit.Account(c)
	if !slices.Contains([]store.Role{store.Service, store.Owner, store.Admin}, account.Role) {
		return store.Errorf(store.NotFound, "There is no such page.")
	}
	directory, err := h.store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	channels := make([]string, len(directory.WarehouseIDs))
	for i, id := range directory.WarehouseIDs {
		channels[i] = "warehouse:" + id
	}
	return h.kit.Live(c, page.Topic{
		Name: "warehouses:" + string(account.Role), Channels: channels,
		Render: func(ctx context.Context) (templ.Component, error) {
			overview, err := h.overview(ctx, account.Role)
			if err != nil {
				return nil, err
			}
			return view.LiveList(overview, h.kit.Asset), nil
		},
	})
}

func (h *Handlers) overview(ctx context.Context, role store.Role) (view.Overview, error) {
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return view.Overview{}, err
	}
	travelling, err := h.store.InTransit(ctx)
	if err != nil {
		return view.Overview{}, err
	}
	low, err := h.store.LowStock(ctx)
	if err != nil {
		return view.Overview{}, err
	}
	return view.NewOverview(travelling, low, h.scene(directory, role)), nil
}
