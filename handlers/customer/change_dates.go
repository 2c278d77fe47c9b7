package customer

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/store"
	"waybill/views/customer"
)

// ChangeDates shows when the order would arrive, changed as typed so far. The page's script asks for
// it; a browser without scripts has its button in the form.
func (h *Handlers) ChangeDates(c echo.Context) error { return h.showChangeDates(c, h.byLink) }

// ChangeDatesFor shows it to customer service.
func (h *Handlers) ChangeDatesFor(c echo.Context) error { return h.showChangeDates(c, h.byNumber) }

func (h *Handlers) showChangeDates(c echo.Context, enter func(echo.Context) (door, error)) error {
	d, err := enter(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	dir, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	f := readForm(c.QueryParams())
	f.faults = map[string]string{}
	return h.kit.Render(c, http.StatusOK, customer.Dates(h.changeDates(ctx, d, dir, &f)))
}

// changeDates asks what each speed would promise for the changed order. Without an answer the form still
// works: it only cannot say the dates.
func (h *Handlers) changeDates(ctx context.Context, d door, dir store.Directory, f *form) customer.DatesModel {
	at, name, exact := h.place(f)
	ask := customer.DatesAsk{
		Chosen: f.speed, Place: name, Exact: exact, TownTyped: f.typed["city"] != "", Fault: f.faults["speed"],
		Path: d.back + "/change/dates", Changing: true, Directory: dir, Now: h.now(),
	}
	if lines := f.orderable(as(dir, d.order, h.kit.Country)); len(lines) > 0 {
		quotes, err := h.store.EditQuotes(ctx, d.order.Number, lines, at)
		ask.Quotes, ask.Failed = quotes, err != nil
	}
	return customer.NewDates(ask)
}
