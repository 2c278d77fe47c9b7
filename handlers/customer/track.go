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
// link is NotFound. Of an order that is not in our books yet, or that cannot be looked up
// now, the page shows what the link itself tells, and becomes whole when it can.
func (h *Handlers) Track(c echo.Context) error {
	reference := h.reference(c)
	order, err := h.store.OrderByToken(c.Request().Context(), reference)
	if err != nil && !told(order, err) {
		return err
	}
	h.keepNote(c, order)
	if token, _ := store.SplitReference(reference); order.Token != "" && order.Token != reference && order.Token != token {
		return c.Redirect(http.StatusSeeOther, trackURL(order)) // the same wish had made it already, its number was taken, or there is a new note
	}
	return h.showTrack(c, http.StatusOK, order, err != nil, customer.CancelForm{})
}

// told tells whether an order could not be looked up, but its link tells of it.
func told(order store.Order, err error) bool {
	return store.KindOf(err) == store.Unavailable && order.Number != 0
}

// showTrack renders an order's page, with what was typed into a form that could not be taken.
func (h *Handlers) showTrack(c echo.Context, code int, order store.Order, away bool, cancel customer.CancelForm) error {
	story, err := h.story(c.Request().Context(), order, away)
	if err != nil {
		return err
	}
	story.Cancel = cancel
	model := customer.TrackPage{PageModel: h.kit.Model(c, story.Answer), Track: story}
	model.Class, model.LiveURL = "track", story.Path+"/live"
	return h.kit.Render(c, code, customer.TrackWhole(model))
}

// TrackLive is the socket of an order's page. Pages of an order that is not in our books yet have a topic
// of their own: they look for it by their link, because somebody else's order may bear its number, and because
// what their customer was told elsewhere comes with it.
func (h *Handlers) TrackLive(c echo.Context) error {
	reference := h.reference(c)
	order, err := h.store.OrderByToken(c.Request().Context(), reference)
	if err != nil && !told(order, err) {
		return err
	}
	number := "order:" + order.Number.String()
	topic := page.Topic{Name: "track:" + order.Number.String(), Channels: []string{number}}
	find := func(ctx context.Context) (store.Order, error) { return h.store.Order(ctx, order.Number) }
	if order.Version == 0 || !order.Unwanted.IsZero() {
		token, _ := store.SplitReference(reference)
		topic.Name, topic.Channels = "link:"+reference, []string{number, "link:" + token}
		find = func(ctx context.Context) (store.Order, error) { return h.store.OrderByToken(ctx, reference) }
	}
	topic.Render = func(ctx context.Context) (templ.Component, error) {
		now, err := find(ctx)
		if err != nil {
			return nil, err
		}
		story, err := h.story(ctx, now, false)
		return customer.Track(story), err
	}
	return h.kit.Live(c, topic)
}

func (h *Handlers) story(ctx context.Context, order store.Order, away bool) (customer.TrackModel, error) {
	dir, err := h.store.Directory(ctx)
	if err != nil {
		return customer.TrackModel{}, err
	}
	address := &order.Recipient.Address
	address.Country = h.kit.Country(address.Country)
	now := h.kit.Now().In(h.kit.Zone())
	if away {
		return customer.NewTold(order, dir, now, h.kit.Asset), nil
	}
	return customer.NewTrack(order, dir, now, h.kit.Asset), nil
}
