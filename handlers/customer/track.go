package customer

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/customer"
)

// Track shows a customer where their order is. Whoever has the link may see it; an unknown
// link is NotFound.
func (h *Handlers) Track(c echo.Context) error {
	ctx := c.Request().Context()
	found, err := h.store.OrderByToken(ctx, c.Param("token"))
	if err != nil {
		return err
	}
	return h.showTrack(c, http.StatusOK, found.Number, customer.CancelForm{})
}

// showTrack renders an order's page, with what was typed into a form that could not be taken.
func (h *Handlers) showTrack(c echo.Context, code int, n store.Number, cancel customer.CancelForm) error {
	story, err := h.story(c.Request().Context(), n)
	if err != nil {
		return err
	}
	story.Cancel = cancel
	model := customer.TrackPage{PageModel: h.kit.Model(c, story.Answer), Track: story}
	model.Class, model.LiveURL = "track", story.Path+"/live"
	return h.kit.Render(c, code, customer.TrackWhole(model))
}

// TrackLive is the socket of an order's page.
func (h *Handlers) TrackLive(c echo.Context) error {
	order, err := h.store.OrderByToken(c.Request().Context(), c.Param("token"))
	if err != nil {
		return err
	}
	n := order.Number
	return h.kit.Live(c, page.Topic{
		Name: "track:" + n.String(), Channels: []string{"order:" + n.String()},
		Render: func(ctx context.Context) (templ.Component, error) {
			story, err := h.story(ctx, n)
			if err != nil {
				return nil, err
			}
			return customer.Track(story), nil
		},
	})
}

func (h *Handlers) story(ctx context.Context, n store.Number) (customer.TrackModel, error) {
	order, err := h.store.Order(ctx, n)
	if err != nil {
		return customer.TrackModel{}, err
	}
	dir, err := h.store.Directory(ctx)
	if err != nil {
		return customer.TrackModel{}, err
	}
	address := &order.Recipient.Address
	if country, known := h.options.Places.Find("", "", address.Country); known {
		address.Country = country.Name // people read "Poland", not "PL"
	}
	return customer.NewTrack(order, dir, h.kit.Now().In(h.kit.Zone()), h.kit.Asset), nil
}
