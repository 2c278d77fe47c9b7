package warehouse

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// mostTogether is how many transfers one press may move: more than a board shows.
const mostTogether = 100

// SendAll sends every transfer of a lane. Each is a move of its own: what somebody else has changed
// meanwhile is left as it is and told, the others go.
func (h *Handlers) SendAll(c echo.Context) error {
	return h.moveAll(c, h.store.SendTransfer, func(l lot, d store.Directory) string {
		return fmt.Sprintf("%s on the way to %s.", ui.Units(l.units), towns(l.to, d))
	}, "unsend-all")
}

// UnsendAll takes back what SendAll did.
func (h *Handlers) UnsendAll(c echo.Context) error {
	return h.moveAll(c, h.store.UnsendTransfer, func(l lot, d store.Directory) string {
		return fmt.Sprintf("%s back on the list to send to %s.", ui.Units(l.units), towns(l.to, d))
	}, "")
}

// lot is the transfers that one press has moved.
type lot struct {
	ids   []string
	to    []string
	units int
}

func (h *Handlers) moveAll(c echo.Context, act func(context.Context, store.Actor, string) (store.Transfer, error), says func(lot, store.Directory) string, opposite string) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	to := back(place.ID, "transfers")
	ids := strings.Split(c.FormValue("transfers"), ",")
	if len(ids) > mostTogether {
		return h.kit.Failed(c, to, store.Errorf(store.Invalid, "At most %d transfers can be moved at once.", mostTogether))
	}
	moved, refusal, err := h.moveEach(c, place.ID, ids, act)
	if len(moved.ids) == 0 && err != nil {
		return err
	}
	if refusal = cmp.Or(err, refusal); len(moved.ids) == 0 {
		return h.kit.Failed(c, to, refusal)
	}
	flash := ui.Flash{Kind: "ok", Text: says(moved, directory)}
	if left := len(ids) - len(moved.ids); left > 0 {
		flash.Kind, flash.Text = "warn", fmt.Sprintf("%s %s left as before: %s", flash.Text, ui.Count(left, "transfer"), store.MessageOf(refusal))
	}
	if opposite != "" {
		flash.Undo = undo(place.ID, opposite, "transfers", strings.Join(moved.ids, ","))
	}
	return h.kit.Done(c, to, flash)
}

// moveEach moves one transfer after the other. Refusal is why the last of those was left that could not be moved; err is
// what kept it from going on at all.
func (h *Handlers) moveEach(c echo.Context, place string, ids []string, act func(context.Context, store.Actor, string) (store.Transfer, error)) (moved lot, refusal, err error) {
	for _, id := range ids {
		transfer, err := h.handed(c, place, id, true)
		if err == nil {
			transfer, err = act(c.Request().Context(), h.kit.Actor(c), transfer.ID)
		}
		switch kind := store.KindOf(err); {
		case err == nil:
			moved.add(transfer)
		case kind == store.Conflict || kind == store.NotFound:
			refusal = err
		default:
			return moved, refusal, err
		}
	}
	return moved, refusal, nil
}

func (l *lot) add(t store.Transfer) {
	l.ids, l.units = append(l.ids, t.ID), l.units+store.Units(t.Lines)
	for _, to := range l.to {
		if to == t.To {
			return
		}
	}
	l.to = append(l.to, t.To)
}

func towns(ids []string, d store.Directory) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = d.WarehouseName(id)
	}
	return strings.Join(names, ", ")
}

// Unask takes back what was asked for this warehouse's shelf.
func (h *Handlers) Unask(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	to := back(place.ID, "transfers")
	transfer, err := h.handed(c, place.ID, page.Field(c, "transfer"), false)
	if err == nil {
		transfer, err = h.store.CancelAsk(c.Request().Context(), h.kit.Actor(c), transfer.ID)
	}
	if err != nil {
		return h.kit.Failed(c, to, err)
	}
	return h.kit.Done(c, to, ui.Flash{Kind: "ok", Text: fmt.Sprintf("%s is not asked any more.", directory.WarehouseName(transfer.From))})
}

// handed finds a transfer that is this warehouse's to send, or to receive: NotFound for any other.
func (h *Handlers) handed(c echo.Context, warehouse, id string, sender bool) (store.Transfer, error) {
	missing := store.Errorf(store.NotFound, "There is no such transfer here any more.")
	if !store.ValidID(id) {
		return store.Transfer{}, missing
	}
	transfer, err := h.store.Transfer(c.Request().Context(), id)
	switch {
	case store.KindOf(err) == store.NotFound:
		return store.Transfer{}, missing
	case err != nil:
		return store.Transfer{}, err
	case sender && transfer.From == warehouse, !sender && transfer.To == warehouse:
		return transfer, nil
	}
	return store.Transfer{}, missing
}
