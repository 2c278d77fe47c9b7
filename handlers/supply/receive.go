package supply

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/supply"
	"waybill/views/ui"
)

// delivery finds the delivery that the address names at its warehouse.
func (h *Handlers) delivery(c echo.Context) (store.Delivery, view.Scene, error) {
	place, scene, err := h.place(c)
	if err != nil {
		return store.Delivery{}, scene, err
	}
	delivery, err := h.store.Delivery(c.Request().Context(), c.Param("delivery"))
	if err == nil && delivery.Warehouse != place.ID {
		err = store.Errorf(store.NotFound, "There is no such delivery here.")
	}
	return delivery, scene, err
}

// receiving is delivery for those who book what has come: the clerks of the warehouse, and administrators.
func (h *Handlers) receiving(c echo.Context) (store.Delivery, view.Scene, error) {
	delivery, scene, err := h.delivery(c)
	if err == nil && !scene.Receives {
		err = store.Errorf(store.Forbidden, "Only the clerks here can book what has come. You can look on.")
	}
	return delivery, scene, err
}

func deliveryPath(d store.Delivery) string { return deliveriesPath(d.Warehouse) + "/" + d.ID }

// Delivery shows one delivery: what was announced, what has come, and the form to book more.
func (h *Handlers) Delivery(c echo.Context) error {
	delivery, scene, err := h.delivery(c)
	if err != nil {
		return err
	}
	return h.showDelivery(c, http.StatusOK, delivery, scene, view.ReceiveForm{})
}

func (h *Handlers) showDelivery(c echo.Context, code int, delivery store.Delivery, scene view.Scene, form view.ReceiveForm) error {
	waited, err := h.store.Waited(c.Request().Context())
	if err != nil {
		return err
	}
	model := h.kit.Model(c, "Delivery "+delivery.Reference)
	model.Class = "staff"
	return h.kit.Render(c, code, view.Delivery(model, view.NewDelivery(delivery, waited, form, scene), form))
}

// Scan counts one unit of what the scanner read; "back" takes a scan back. Nothing is booked by it.
func (h *Handlers) Scan(c echo.Context) error {
	delivery, scene, err := h.receiving(c)
	if err != nil {
		return err
	}
	code := page.Field(c, "code")
	product, known := scene.Directory.ProductByCode(code)
	if !known {
		return h.kit.Failed(c, deliveryPath(delivery), store.Errorf(store.NotFound, "“%s” is no product or barcode that we know. Scan it again, or type it.", code))
	}
	units := 1
	if c.FormValue("back") != "" {
		units = -1
	}
	counted, err := h.store.Scan(c.Request().Context(), delivery.ID, product, units)
	if err != nil {
		return h.kit.Failed(c, deliveryPath(delivery), err)
	}
	flash := ui.Flash{Text: fmt.Sprintf("%s: %d counted.", scene.Directory.ProductName(product), counted)}
	if coming := delivery.Line(product).Coming(); counted > coming {
		flash.Kind, flash.Text = "warn", fmt.Sprintf("%s: %d counted, %d more than announced.", scene.Directory.ProductName(product), counted, counted-coming)
	}
	if units > 0 {
		flash.Undo = &ui.UndoForm{Action: deliveryPath(delivery) + "/scan", Label: "Undo", Fields: []ui.HiddenField{{Name: "code", Value: product}, {Name: "back", Value: "1"}}}
	}
	return h.kit.Done(c, deliveryPath(delivery), flash)
}

// Receive books what has come. "last" says that nothing more is coming.
func (h *Handlers) Receive(c echo.Context) error {
	delivery, scene, err := h.receiving(c)
	if err != nil {
		return err
	}
	why, whole := page.Line(c.FormValue("reason"), page.LongestLine)
	form := view.ReceiveForm{Why: why, Units: map[string]string{}, Errors: map[string]string{}}
	if !whole {
		form.Errors["reason"] = "Keep it under 200 characters that can be read. Please look at it again."
	}
	receipt := store.DeliveryReceipt{Last: c.FormValue("last") != "", Why: form.Why}
	values, err := c.FormParams()
	if err != nil {
		return store.Errorf(store.Invalid, "The form did not arrive whole. Nothing was booked. Please send it again.")
	}
	products, units := values["product"], values["units"]
	for i, product := range products[:min(len(products), len(units), 2*store.MaxDeliveryLines)] {
		if _, known := scene.Directory.Products[product]; !known {
			continue
		}
		text, _ := page.Line(units[i], page.LongestLine)
		form.Units[product] = text
		n, ok := page.Units(text, store.MaxDeliveryUnits)
		switch {
		case text == "":
		case !ok:
			form.Errors[product] = "Give a whole number of units."
		case n > 0:
			receipt.Lines = append(receipt.Lines, store.Line{Product: product, Quantity: n})
		}
	}
	if len(form.Errors) > 0 {
		return h.showDelivery(c, http.StatusUnprocessableEntity, delivery, scene, form)
	}
	version, _ := strconv.Atoi(c.FormValue("version")) // 0 is no version: refused below
	after, err := h.store.ReceiveDelivery(c.Request().Context(), h.kit.Actor(c), delivery.ID, version, receipt)
	if err != nil {
		return h.notReceived(c, delivery, scene, form, err, version, receipt)
	}
	return h.kit.Done(c, deliveryPath(delivery), ui.Flash{Text: received(receipt, after)})
}

// notReceived shows the form again with what stands in the way. A form that was sent twice is done.
func (h *Handlers) notReceived(c echo.Context, delivery store.Delivery, scene view.Scene, form view.ReceiveForm, err error, version int, receipt store.DeliveryReceipt) error {
	switch store.KindOf(err) {
	case store.Invalid:
		for field, message := range page.FieldsOf(err) {
			form.Errors[field] = message
		}
		if len(form.Errors) == 0 {
			form.Errors["units"] = store.MessageOf(err)
		}
		return h.showDelivery(c, http.StatusUnprocessableEntity, delivery, scene, form)
	case store.Conflict: // as it is now, with what was typed: whoever counted need not count again
		now, gone := h.store.Delivery(c.Request().Context(), delivery.ID)
		switch {
		case gone == nil && now.Booked(h.kit.Actor(c), version, receipt):
			return h.kit.Done(c, deliveryPath(delivery), ui.Flash{Text: received(receipt, now)})
		case gone != nil || now.State != store.DeliveryAnnounced:
			return h.kit.Failed(c, deliveryPath(delivery), err)
		}
		form.Errors["units"] = store.MessageOf(err)
		return h.showDelivery(c, http.StatusConflict, now, scene, form)
	}
	return err
}

func received(receipt store.DeliveryReceipt, after store.Delivery) string {
	text := ui.Units(store.Units(receipt.Lines)) + " are on the shelf."
	if store.Units(receipt.Lines) == 1 {
		text = "1 unit is on the shelf."
	}
	if after.State == store.DeliveryReceived {
		return text + " The delivery is closed."
	}
	return text + " " + ui.Units(after.Coming()) + " still to come."
}

// Move changes the day on which a delivery is due.
func (h *Handlers) Move(c echo.Context) error {
	delivery, scene, err := h.delivery(c)
	if err != nil {
		return err
	}
	if !scene.Announces {
		return store.Errorf(store.Forbidden, "Only the clerks here and the owner can change this.")
	}
	why, said := page.Reason(c, "why")
	form := view.ReceiveForm{Due: page.Field(c, "due"), MoveWhy: why, Errors: map[string]string{}}
	due, err := store.DueOn(form.Due, scene.Now)
	if err != nil {
		form.Errors["due"] = store.MessageOf(err)
	}
	if !said {
		form.Errors["why"] = "Say in a few words why."
	}
	if len(form.Errors) > 0 {
		return h.showDelivery(c, http.StatusUnprocessableEntity, delivery, scene, form)
	}
	if _, err := h.store.MoveDelivery(c.Request().Context(), h.kit.Actor(c), store.Delivery{ID: delivery.ID, Due: due}, form.MoveWhy); err != nil {
		return h.kit.Failed(c, deliveryPath(delivery), err)
	}
	return h.kit.Done(c, deliveryPath(delivery), ui.Flash{Text: "It is now due " + ui.DayWord(due.In(h.kit.Zone()), scene.Now) + ". Waiting customers read the new day on their pages."})
}
