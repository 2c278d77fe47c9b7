package warehouse

import (
	"context"
	"fmt"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// Book takes over what an outside program said of the shelf.
func (h *Handlers) Book(c echo.Context) error {
	return h.proposal(c, h.store.BookProposal, "%s: booked as the outside program said.")
}

// Drop leaves the shelf as it is, whatever an outside program said.
func (h *Handlers) Drop(c echo.Context) error {
	return h.proposal(c, h.store.DropProposal, "%s: our own books stay as they are.")
}

func (h *Handlers) proposal(c echo.Context, act proposalAct, says string) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	product, to := page.Field(c, "product"), back(place.ID, "said")
	if !store.ValidID(product) {
		return h.kit.Failed(c, to, store.Errorf(store.NotFound, "There is no such proposal any more."))
	}
	if err := act(c.Request().Context(), h.kit.Actor(c), place.ID, product); err != nil {
		return h.kit.Failed(c, to, err)
	}
	return h.kit.Done(c, to, ui.Flash{Kind: "ok", Text: fmt.Sprintf(says, directory.ProductName(product))})
}

type proposalAct = func(ctx context.Context, who store.Actor, warehouse, product string) error
