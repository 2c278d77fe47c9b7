package courier

import (
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/courier"
	"waybill/views/ui"
)

// Failed notes that a parcel could not be handed over, and why. It stays on board for another
// try, unless the courier brings it back.
func (h *Handlers) Failed(c echo.Context) error {
	account, err := h.courier(c)
	if err != nil {
		return err
	}
	n, err := number(c)
	if err != nil {
		return h.failed(c, home+"#run", err)
	}
	attempt, err := strconv.Atoi(c.FormValue("attempt"))
	if err != nil || attempt < 1 || attempt > 1000 {
		return h.failed(c, home+"#run", store.Errorf(store.Invalid, "This form was not whole. Please say it again."))
	}
	failure := store.Failure{Attempt: attempt, Problem: store.DeliveryProblem(c.FormValue("problem")), Note: c.FormValue("note"), Back: c.FormValue("next") == "back"}
	err = h.store.CouldNotDeliver(c.Request().Context(), h.kit.Actor(c), n, failure)
	if store.KindOf(err) == store.Invalid {
		rounds, readErr := h.read(c.Request().Context(), account.Login)
		if readErr != nil {
			return readErr
		}
		return h.refuse(c, rounds, view.Typed{Number: n.String(), Failed: true, Why: string(failure.Problem), Note: page.Field(c, "note"), Problem: page.FlashText(err)})
	}
	if err != nil {
		return h.failed(c, home+"#run", err)
	}
	says := "Order %s stays on board for another try."
	if failure.Back {
		says = "Order %s goes back to the warehouse. The clerks there know."
	}
	return h.done(c, home+"#run", fmt.Sprintf(says, ui.OrderNumber(n.String())))
}
