package books

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/books"
)

// Stock shows what lies on a warehouse's shelves: of all products, or of those that are looked for. It
// follows every change while nobody looks for some of it: what many look at is drawn once for all.
func (h *Handlers) Stock(c echo.Context) error {
	place, _, err := h.place(c)
	if err != nil {
		return err
	}
	shelves, err := h.store.StockOf(c.Request().Context(), place.ID)
	if err != nil {
		return err
	}
	find := page.Field(c, "find")
	model := h.kit.Model(c, "Stock in "+place.Name)
	model.Class = "staff"
	if find == "" {
		model.LiveURL = "/warehouses/" + place.ID + "/live/stock"
	}
	stock := view.NewStock(place, shelves, find)
	stock.Acts = h.acts(c)
	return h.kit.Render(c, http.StatusOK, view.StockPage(model, stock))
}

// StockLive keeps the shelves up to date; they are the same for everybody.
func (h *Handlers) StockLive(c echo.Context) error {
	place, _, err := h.place(c)
	if err != nil {
		return err
	}
	return h.kit.Live(c, h.stockTopic(place))
}

func (h *Handlers) stockTopic(place store.Warehouse) page.Topic {
	return page.Topic{
		Name: "stock:" + place.ID, Channels: []string{"warehouse:" + place.ID},
		Render: func(ctx context.Context) (templ.Component, error) {
			shelves, err := h.store.StockOf(ctx, place.ID)
			if err != nil {
				return nil, err
			}
			return view.LiveStock(view.NewStock(place, shelves, "")), nil
		},
	}
}
