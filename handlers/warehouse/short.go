package warehouse

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
	view "waybill/views/warehouse"
)

// Short is the page on which a clerk says that not all of a transfer is there: when it is to be sent, or
// when it arrives.
func (h *Handlers) Short(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	transfer, err := h.transferOf(c, place.ID, c.QueryParam("transfer"))
	if err != nil {
		return h.kit.Failed(c, back(place.ID, "transfers"), err)
	}
	return h.showShort(c, http.StatusOK, view.NewShortForm(transfer, place.ID, h.scene(directory, store.Clerk)))
}

// transferOf finds a transfer at which the next step is this warehouse's.
func (h *Handlers) transferOf(c echo.Context, warehouse, id string) (store.Transfer, error) {
	transfer, err := h.handed(c, warehouse, id, true)
	if store.KindOf(err) == store.NotFound {
		transfer, err = h.handed(c, warehouse, id, false)
	}
	if err != nil {
		return transfer, err
	}
	ours := transfer.From == warehouse && transfer.State == store.TransferRequested || transfer.To == warehouse && transfer.State == store.TransferSent
	if !ours {
		return transfer, store.Errorf(store.Conflict, "This transfer is %s by now, so it was left as it is.", transfer.State)
	}
	return transfer, nil
}

func (h *Handlers) showShort(c echo.Context, code int, form view.ShortForm) error {
	model := h.kit.Model(c, form.Title())
	model.Class = "staff"
	return h.kit.Render(c, code, view.Short(model, form))
}

// SendPart sends what there is of a transfer, or refuses all of it.
func (h *Handlers) SendPart(c echo.Context) error {
	return h.part(c, true, func(c echo.Context, id string, form view.ShortForm, units, _ []store.Line) (store.Transfer, error) {
		why := store.Shortfall{Cause: store.Cause(form.Reason), Note: form.Note}
		return h.store.SendPart(c.Request().Context(), h.kit.Actor(c), id, units, why)
	})
}

// ReceivePart receives what arrived of a transfer, whole or damaged.
func (h *Handlers) ReceivePart(c echo.Context) error {
	return h.part(c, false, func(c echo.Context, id string, form view.ShortForm, units, damaged []store.Line) (store.Transfer, error) {
		return h.store.ReceivePart(c.Request().Context(), h.kit.Actor(c), id, units, damaged, form.Note)
	})
}

type partAct func(c echo.Context, id string, form view.ShortForm, units, damaged []store.Line) (store.Transfer, error)

func (h *Handlers) part(c echo.Context, sender bool, act partAct) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	to := back(place.ID, "transfers")
	transfer, err := h.transferOf(c, place.ID, page.Field(c, "transfer"))
	if err == nil && sender != (transfer.From == place.ID) {
		err = store.Errorf(store.NotFound, "There is no such transfer here any more.")
	}
	if err != nil {
		return h.kit.Failed(c, to, err)
	}
	form := view.NewShortForm(transfer, place.ID, h.scene(directory, store.Clerk))
	units, damaged := readPart(c, &form)
	if len(form.Errors) == 0 {
		if transfer, err = act(c, transfer.ID, form, units, damaged); err == nil {
			return h.partDone(c, place, directory, transfer)
		}
		if store.KindOf(err) != store.Invalid {
			return h.kit.Failed(c, to, err)
		}
		for field, message := range page.FieldsOf(err) {
			form.Errors[field] = message
		}
		if len(form.Errors) == 0 {
			form.Errors["sent:"+transfer.Lines[0].Product] = store.MessageOf(err)
		}
	}
	return h.showShort(c, http.StatusUnprocessableEntity, form)
}

// readPart reads what was typed into the form, and notes what is wrong with it.
func readPart(c echo.Context, form *view.ShortForm) (units, damaged []store.Line) {
	form.Errors = map[string]string{}
	form.Reason = page.Field(c, "reason")
	note, whole := page.Line(c.FormValue("note"), page.LongestLine)
	if form.Note = note; !whole {
		form.Errors["note"] = "Keep the note under 200 characters that can be read. Please look at it again."
	}
	none := page.Field(c, "none") != ""
	read := func(name string, most int, typed *string) int {
		if *typed = page.Field(c, name); none {
			*typed = "0"
		}
		n, ok := page.Units(*typed, most)
		if !ok {
			form.Errors[name] = fmt.Sprintf("Give a whole number from 0 to %d.", most)
		}
		return n
	}
	for i := range form.Lines {
		line := &form.Lines[i]
		n := read("sent:"+line.Product, line.Asked, &line.Units)
		units = append(units, store.Line{Product: line.Product, Quantity: n})
		if form.Receiving {
			broken := read("damaged:"+line.Product, max(0, line.Asked-n), &line.Damaged)
			damaged = append(damaged, store.Line{Product: line.Product, Quantity: broken})
		}
	}
	return units, damaged
}

// partDone tells what became of the transfer, and of the order that waits for it. When units were not on
// the shelf, the clerk is asked to count what is.
func (h *Handlers) partDone(c echo.Context, place store.Warehouse, directory store.Directory, t store.Transfer) error {
	text := ""
	switch {
	case t.State == store.TransferRefused:
		text = "Nothing is sent to " + directory.WarehouseName(t.To) + "."
	case t.From == place.ID:
		text = fmt.Sprintf("%s on the way to %s.", ui.Units(store.Units(t.Lines)), directory.WarehouseName(t.To))
	case len(t.Lines) == 0:
		text = fmt.Sprintf("Nothing from %s is here in good order.", directory.WarehouseName(t.From))
	default:
		text = fmt.Sprintf("%s from %s here.", ui.Units(store.Units(t.Lines)), directory.WarehouseName(t.From))
	}
	if !t.Fills() {
		order, err := h.store.Order(c.Request().Context(), t.Order)
		if err != nil {
			return err
		}
		text += " " + becomes(order)
	}
	flash := ui.Flash{Kind: "ok"}
	to := back(place.ID, "transfers")
	if t.From == place.ID && t.Cause == store.CauseKept {
		flash.Undo = undo(place.ID, "unrefuse", "transfer", t.ID)
	}
	if t.From == place.ID && t.Cause == store.CauseGone && len(t.Missing) > 0 {
		product := t.Missing[0].Product
		text += fmt.Sprintf(" %s not found left the books. Please count %s now.", ui.Units(store.Units(t.Missing)), directory.ProductName(product))
		to = back(place.ID, "") + "/stock/" + product + "#count"
	}
	flash.Text = text
	return h.kit.Done(c, to, flash)
}

// Unrefuse takes a refusal back: the units are asked for once more, if they are still wanted.
func (h *Handlers) Unrefuse(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	to := back(place.ID, "transfers")
	transfer, err := h.handed(c, place.ID, page.Field(c, "transfer"), true)
	if err == nil {
		transfer, err = h.store.UnrefuseTransfer(c.Request().Context(), h.kit.Actor(c), transfer.ID)
	}
	if err != nil {
		return h.kit.Failed(c, to, err)
	}
	text := fmt.Sprintf("%s is asked once more for %s.", place.Name, directory.Goods(transfer.Missing))
	return h.kit.Done(c, to, ui.Flash{Kind: "ok", Text: text})
}

// becomes says how an order goes on that did not get all that it was to get.
func becomes(o store.Order) string {
	number := ui.OrderNumber(o.Number.String())
	switch o.Status {
	case store.Backordered:
		return "Order " + number + " waits for stock."
	case store.Placed:
		return "The rest of order " + number + " comes from elsewhere."
	}
	return "Order " + number + " is " + o.Status.Words() + "."
}
