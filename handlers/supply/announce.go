package supply

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/supply"
	"waybill/views/ui"
)

// Deliveries shows what is announced to a warehouse, with the form to announce more.
func (h *Handlers) Deliveries(c echo.Context) error {
	place, scene, err := h.place(c)
	if err != nil {
		return err
	}
	return h.showDeliveries(c, http.StatusOK, place, scene, view.AnnounceForm{})
}

func (h *Handlers) showDeliveries(c echo.Context, code int, place store.Warehouse, scene view.Scene, form view.AnnounceForm) error {
	open, closed, err := h.store.Deliveries(c.Request().Context(), place.ID)
	if err != nil {
		return err
	}
	model := h.kit.Model(c, "Deliveries to "+place.Name)
	model.Class = "staff"
	return h.kit.Render(c, code, view.Deliveries(model, view.NewDeliveries(place, open, closed, scene), form))
}

// Announce takes down what a supplier will deliver.
func (h *Handlers) Announce(c echo.Context) error {
	place, scene, err := h.place(c)
	if err != nil {
		return err
	}
	if !scene.Announces {
		return store.Errorf(store.Forbidden, "Only the clerks of %s and the owner announce deliveries.", place.Name)
	}
	form := view.AnnounceForm{
		Supplier: page.Field(c, "supplier"), Reference: page.Field(c, "reference"), Due: page.Field(c, "due"),
		Goods: goodsTyped(c.FormValue("goods")), Errors: map[string]string{},
	}
	delivery := store.Delivery{Warehouse: place.ID, Supplier: form.Supplier, Reference: form.Reference}
	if delivery.Due, err = store.DueOn(form.Due, scene.Now); err != nil {
		form.Errors["due"] = store.MessageOf(err)
	}
	delivery.Lines = readGoods(form.Goods, scene.Directory, form.Errors)
	for field, message := range page.FieldsOf(delivery.Check()) {
		name, _, _ := strings.Cut(field, "[")
		if name == "lines" {
			name = "goods"
		}
		if form.Errors[name] == "" {
			form.Errors[name] = message
		}
	}
	if len(form.Errors) > 0 {
		return h.showDeliveries(c, http.StatusUnprocessableEntity, place, scene, form)
	}
	announced, _, err := h.store.Announce(c.Request().Context(), h.kit.Actor(c), delivery)
	switch store.KindOf(err) {
	case store.Conflict:
		form.Errors["reference"] = store.MessageOf(err)
		return h.showDeliveries(c, http.StatusConflict, place, scene, form)
	case store.Invalid:
		form.Errors["goods"] = page.FlashText(err)
		return h.showDeliveries(c, http.StatusUnprocessableEntity, place, scene, form)
	}
	if err != nil {
		return err
	}
	return h.kit.Done(c, deliveriesPath(place.ID)+"#delivery-"+announced.ID, ui.Flash{Text: fmt.Sprintf(
		"%s from %s are announced for %s.", ui.Units(announced.Coming()), announced.Supplier, ui.DayWord(announced.Due.In(h.kit.Zone()), scene.Now))})
}

// goodsTyped is what was typed about the goods, line by line, fit to be shown again.
func goodsTyped(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if r != '\n' && store.Unseen(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return string([]rune(text)[:min(utf8.RuneCountInString(text), 40_000)])
}

// readGoods reads lines such as "prod6 40": a product's ID or barcode, and units. The same product twice
// is added up. The first fault stands under "goods", with its line.
func readGoods(text string, directory store.Directory, faults map[string]string) []store.DeliveryLine {
	var lines []store.DeliveryLine
	at := map[string]int{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		units, ok := page.Units(words[len(words)-1], store.MaxDeliveryUnits)
		product, known := directory.ProductByCode(words[0])
		switch {
		case len(words) != 2 || !ok || units == 0:
			faults["goods"] = fmt.Sprintf("Line %d: write a product and its units, such as “prod6 40”.", number)
			return nil
		case !known:
			name, _ := page.Line(words[0], 40)
			faults["goods"] = fmt.Sprintf("Line %d: there is no product %s.", number, name)
			return nil
		}
		if i, twice := at[product]; twice {
			lines[i].Announced += units
			continue
		}
		at[product], lines = len(lines), append(lines, store.DeliveryLine{Product: product, Announced: units})
	}
	return lines
}
