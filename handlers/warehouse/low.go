package warehouse

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	view "waybill/views/warehouse"
)

// farthest is where the last page of what runs low may begin.
const farthest = 100_000_000

// Low shows all that a warehouse runs low of, a page at a time. A page behind the last one is the first.
func (h *Handlers) Low(c echo.Context) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	from, ok := page.Units(c.QueryParam("from"), farthest)
	if !ok {
		from = 0
	}
	low, err := h.store.LowAt(c.Request().Context(), place.ID, from)
	if err != nil {
		return err
	}
	if from > 0 && from >= low.Count() {
		return c.Redirect(http.StatusSeeOther, back(place.ID, "")+"/low")
	}
	account, _ := h.kit.Account(c)
	model := h.kit.Model(c, "Running low in "+place.Name)
	model.Class = "staff"
	return h.kit.Render(c, http.StatusOK, view.LowAll(model, view.NewLowPage(place, low, from, h.scene(directory, account.Role))))
}
