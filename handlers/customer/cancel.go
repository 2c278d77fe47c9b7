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

// Cancel ends the order whose link the customer has, also one that cannot be looked up yet. When it is too late the page says what
// to do instead; a reason that cannot be kept comes back with the form.
func (h *Handlers) Cancel(c echo.Context) error {
	values, err := page.Posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	order, err := h.store.OrderByToken(ctx, c.Param("token"))
	if err != nil && !told(order, err) {
		return err
	}
	reason, _ := page.Line(values.Get("reason"), 2*page.LongestLine)
	done, failed := h.store.CancelByToken(ctx, shopper, c.Param("token"), reason)
	switch {
	case failed == nil && done:
		return h.kit.Done(c, trackURL(order), ui.Flash{Text: "Your order is cancelled. Nothing will be sent."})
	case failed == nil:
		return h.kit.Done(c, trackURL(order), ui.Flash{Text: "We have written down that you want to cancel. We do it as soon as our records answer. Nothing will be sent, unless your parcel has left by then."})
	case store.KindOf(failed) == store.Invalid:
		return h.showTrack(c, http.StatusUnprocessableEntity, order, err != nil, customer.CancelForm{Open: true, Reason: reason, Problem: page.FlashText(failed)})
	}
	return h.kit.Failed(c, trackURL(order), failed)
}
