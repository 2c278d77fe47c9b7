package customer

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/customer"
	"waybill/views/ui"
)

// caller is who asks for orders made on the shop's pages.
const caller = "shop"

// Place makes the order and leads to its page. The form's key makes it one order, however
// often the form is sent. What cannot be ordered comes back as the form, with all that was
// typed. The small buttons within the form come here too: they change it and order nothing.
func (h *Handlers) Place(c echo.Context) error {
	values, err := page.Posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	dir, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	f := readForm(values)
	fresh := !keyPattern.MatchString(f.key)
	if fresh {
		f.key = h.options.NewKey()
	}
	if f.change(values) {
		f.faults = map[string]string{}
		if basket := f.orderable(dir); len(basket) == len(f.lines) && len(basket) <= basketProducts {
			h.keepBasket(c, basket)
		}
		return h.showForm(c, http.StatusOK, dir, &f, answer{})
	}
	draft := h.draft(&f, dir)
	switch {
	case f.faulty():
		return h.showForm(c, http.StatusUnprocessableEntity, dir, &f, answer{})
	case fresh:
		return h.showForm(c, http.StatusUnprocessableEntity, dir, &f, answer{problem: "This form was out of date, so nothing was ordered. What you typed is still here: please place the order once more."})
	}
	at, _, _ := h.place(&f)
	order, _, err := h.store.Place(ctx, store.Placement{
		Caller: caller, Key: f.key, Who: store.Actor{Role: store.Customer}, Draft: draft, To: at,
	})
	if err != nil {
		return h.refused(c, dir, &f, order, err)
	}
	h.keepBasket(c, nil)
	thanks := "Thank you. Your order is placed."
	if order.Status == store.Received {
		thanks = "Thank you. Your order is safely written down."
	}
	return h.kit.Done(c, trackURL(order), ui.Flash{Text: thanks})
}

// refused shows the form again after an order could not be made, and says what can be done.
func (h *Handlers) refused(c echo.Context, dir store.Directory, f *form, earlier store.Order, err error) error {
	var known *store.Error
	if !errors.As(err, &known) {
		return err
	}
	switch {
	case known.Fields["idempotency_key"] != "":
		f.key = h.options.NewKey()
		a := answer{earlier: &customer.Earlier{}}
		if earlier.Number != 0 && earlier.Token != "" {
			a.earlier = &customer.Earlier{Number: earlier.Number.String(), Href: trackURL(earlier)}
		}
		return h.showForm(c, http.StatusUnprocessableEntity, dir, f, a)
	case known.Kind == store.Invalid:
		f.note(known.Fields)
		return h.showForm(c, http.StatusUnprocessableEntity, dir, f, answer{problem: page.FlashText(err)})
	case known.Kind == store.Conflict:
		a := answer{problem: known.Message, short: known.Short}
		if len(known.Short) > 0 {
			a.problem += " Nothing is ordered yet: see below what is left, and choose."
		}
		return h.showForm(c, http.StatusConflict, dir, f, a)
	case known.Kind == store.Unavailable:
		c.Response().Header().Set("Retry-After", "2")
		return h.showForm(c, http.StatusServiceUnavailable, dir, f, answer{
			problem: known.Message + " Nothing is ordered yet, and what you typed is still here. Sending this form twice makes one order only.",
		})
	}
	return err
}

func trackURL(order store.Order) string { return "/track/" + order.Token }
