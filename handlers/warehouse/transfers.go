package warehouse

import (
	"context"
	"fmt"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// Send notes that a transfer has left for the warehouse that asked for it.
func (h *Handlers) Send(c echo.Context) error {
	return h.move(c, handover{act: h.store.SendTransfer, from: true, opposite: "unsend", says: "%s are on their way to %s.", one: "%s is on its way to %s."})
}

// Unsend takes a sending back.
func (h *Handlers) Unsend(c echo.Context) error {
	return h.move(c, handover{act: h.store.UnsendTransfer, from: true, says: "%s are back on the list to send to %s.", one: "%s is back on the list to send to %s."})
}

// Receive notes that a transfer has arrived.
func (h *Handlers) Receive(c echo.Context) error {
	return h.move(c, handover{act: h.store.ReceiveTransfer, opposite: "unreceive", says: "%s from %s are here.", one: "%s from %s is here."})
}

// Unreceive takes a receipt back.
func (h *Handlers) Unreceive(c echo.Context) error {
	return h.move(c, handover{act: h.store.UnreceiveTransfer, says: "%s from %s are on their way again.", one: "%s from %s is on its way again."})
}

// handover is one step of a transfer as a form asks for it.
type handover struct {
	act       func(ctx context.Context, who store.Actor, id string) (store.Transfer, error)
	from      bool   // whether the step is the sender's, else the receiver's
	opposite  string // the route that undoes it, "" if there is none
	says, one string // what the person reads: of several units, of one
}

func (h *Handlers) move(c echo.Context, step handover) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	to := back(place.ID, "transfers")
	transfer, err := h.handed(c, place.ID, page.Field(c, "transfer"), step.from)
	if err != nil {
		return h.kit.Failed(c, to, err)
	}
	if transfer, err = step.act(c.Request().Context(), h.kit.Actor(c), transfer.ID); err != nil {
		return h.kit.Failed(c, to, err)
	}
	other := transfer.From
	if step.from {
		other = transfer.To
	}
	says := step.says
	if store.Units(transfer.Lines) == 1 {
		says = step.one
	}
	flash := ui.Flash{Kind: "ok", Text: fmt.Sprintf(says, ui.Units(store.Units(transfer.Lines)), directory.WarehouseName(other))}
	if step.opposite != "" {
		flash.Undo = undo(place.ID, step.opposite, "transfer", transfer.ID)
	}
	return h.kit.Done(c, to, flash)
}
