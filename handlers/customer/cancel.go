package customer

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/customer"
	"waybill/views/ui"
)

// shopper is whoever has the link to an order's page: nobody signs in there.
var shopper = store.Actor{Role: store.Customer}

// Cancel ends the order whose link the customer has. When it is too late the page says what
// to do instead; a reason that cannot be kept comes back with the form.
func (h *Handlers) Cancel(c echo.Context) error {
	values, err := page.Posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	order, err := h.store.OrderByToken(ctx, c.Param("token"))
	if err != nil {
		return err
	}
	reason, _ := page.Line(values.Get("reason"), 2*page.LongestLine)
	err = h.store.Cancel(ctx, shopper, order.Number, reason)
	switch {
	case err == nil:
		return h.kit.Done(c, trackURL(order), ui.Flash{Text: "Your order is cancelled. Nothing will be sent."})
	case store.KindOf(err) == store.Invalid:
		return h.showTrack(c, http.StatusUnprocessableEntity, order, false, customer.CancelForm{Open: true, Reason: reason, Problem: page.FlashText(err)})
	}
	return h.kit.Failed(c, trackURL(order), err)
}
