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
	ctx, reference := c.Request().Context(), h.reference(c)
	reason, _ := page.Line(values.Get("reason"), 2*page.LongestLine)
	order, done, err := h.store.CancelByToken(ctx, shopper, reference, reason)
	if err == nil {
		h.keepNote(c, order)
	}
	switch {
	case err == nil && done:
		return h.kit.Done(c, trackURL(order), ui.Flash{Text: "Your order is cancelled. Nothing will be sent."})
	case err == nil:
		return h.kit.Done(c, trackURL(order), ui.Flash{Text: "We have written down that you want to cancel. We do it as soon as our records answer. Nothing will be sent, unless your parcel has left by then."})
	case store.KindOf(err) == store.Invalid:
		order, failed := h.store.OrderByToken(ctx, reference)
		if failed != nil && !told(order, failed) {
			return failed
		}
		return h.showTrack(c, http.StatusUnprocessableEntity, order, failed != nil, customer.CancelForm{Open: true, Reason: reason, Problem: page.FlashText(err)})
	case order.Number == 0:
		return err
	}
	return h.kit.Failed(c, trackURL(order), err)
}
