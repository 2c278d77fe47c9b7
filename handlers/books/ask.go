package books

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/books"
	"waybill/views/ui"
)

// Ask asks another warehouse for units, for this one's shelf.
func (h *Handlers) Ask(c echo.Context) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	form := view.AskForm{From: page.Field(c, "from"), Units: page.Field(c, "units")}
	ask := store.Ask{To: place.ID, From: form.From, Product: c.Param("product"), Key: page.Field(c, "key")}
	ask.Units, _ = page.Units(form.Units, store.MaxAsk) // none where it cannot be read: refused by Check
	if err = ask.Check(directory); err == nil {
		var transfer store.Transfer
		if transfer, _, err = h.store.AskTransfer(c.Request().Context(), h.kit.Actor(c), ask); err == nil {
			return h.asked(c, place, directory, transfer)
		}
	}
	code := refused(err)
	typedHere := directory.Products[ask.Product].ID != "" && directory.Warehouses[ask.From].ID != "" && ask.From != place.ID && c.FormValue("back") == ""
	if code == 0 || !typedHere {
		return h.kit.Failed(c, backFrom(c, place.ID), err)
	}
	form.Problem = page.FlashText(err)
	return h.showShelf(c, code, view.ShelfForms{Ask: form})
}

func (h *Handlers) asked(c echo.Context, place store.Warehouse, directory store.Directory, t store.Transfer) error {
	flash := ui.Flash{Text: fmt.Sprintf("%s is asked for %s for the shelf in %s.", directory.WarehouseName(t.From), ui.Units(store.Units(t.Lines)), place.Name)}
	if h.acts(c) {
		flash.Undo = &ui.UndoForm{Action: "/warehouses/" + place.ID + "/unask", Fields: []ui.HiddenField{{Name: "transfer", Value: t.ID}}}
	}
	return h.kit.Done(c, backFrom(c, place.ID), flash)
}

// backFrom is the page on which the button stood: a list of what runs low, the board, or the product's own.
func backFrom(c echo.Context, warehouse string) string {
	switch c.FormValue("back") {
	case "list":
		return "/warehouses#running-low"
	case "low":
		return "/warehouses/" + warehouse + "/low"
	case "board":
		return "/warehouses/" + warehouse + "#transfers"
	}
	if !store.ValidID(c.Param("product")) {
		return "/warehouses/" + warehouse + "/stock"
	}
	return shelfPath(warehouse, c.Param("product"))
}

// Threshold says below how many free units this warehouse runs low of the product.
func (h *Handlers) Threshold(c echo.Context) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	form := view.ThresholdForm{Units: page.Field(c, "threshold"), Typed: true}
	units, ok := page.Units(form.Units, store.MaxOnHand)
	if !ok {
		err = store.Errorf(store.Invalid, page.WrongUnits)
	} else {
		err = h.store.SetThreshold(c.Request().Context(), h.kit.Actor(c), place.ID, c.Param("product"), units)
	}
	if code := refused(err); code > 0 {
		form.Problem = page.FlashText(err)
		return h.showShelf(c, code, view.ShelfForms{Threshold: form})
	}
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s runs low in %s below %s.", directory.ProductName(c.Param("product")), place.Name, ui.Units(units))
	if units == 0 {
		text = fmt.Sprintf("Nobody is told any more when %s runs low in %s.", directory.ProductName(c.Param("product")), place.Name)
	}
	return h.kit.Done(c, shelfPath(place.ID, c.Param("product")), ui.Flash{Text: text})
}
