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

// Shelf shows one product at one warehouse: who else has it, to ask them for some, and below how many it
// runs low.
func (h *Handlers) Shelf(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	return h.showShelf(c, http.StatusOK, place, directory, c.QueryParam("product"), nil)
}

// showShelf renders the page; with fills in what was typed into a form that could not be taken.
func (h *Handlers) showShelf(c echo.Context, code int, place store.Warehouse, directory store.Directory, product string, with func(*view.Shelf)) error {
	if directory.Products[product].ID == "" {
		return store.Errorf(store.NotFound, "There is no such product.")
	}
	supplies, err := h.store.Piles(c.Request().Context(), product)
	if err != nil {
		return err
	}
	shelf := view.NewShelf(place.ID, product, supplies, h.scene(directory, store.Clerk))
	if with != nil {
		with(&shelf)
	}
	model := h.kit.Model(c, shelf.Name)
	model.Class = "staff"
	return h.kit.Render(c, code, view.ShelfPage(model, shelf))
}

// mayAsk is work, and the owner beside: they look after the shelves of all warehouses.
func (h *Handlers) mayAsk(c echo.Context) (store.Warehouse, store.Directory, error) {
	if account, ok := h.kit.Account(c); ok && account.Role == store.Owner {
		return h.place(c)
	}
	return h.work(c)
}

// Ask asks another warehouse for units, for this one's shelf.
func (h *Handlers) Ask(c echo.Context) error {
	place, directory, err := h.mayAsk(c)
	if err != nil {
		return err
	}
	ask := store.Ask{To: place.ID, From: posted(c, "from"), Product: posted(c, "product"), Key: posted(c, "key")}
	to := back(place.ID, "transfers")
	if posted(c, "back") == "list" {
		to = "/warehouses#running-low"
	}
	if ask.Units, err = wholeUnits(posted(c, "units")); err == nil {
		err = ask.Check(directory)
	}
	if err == nil {
		var transfer store.Transfer
		if transfer, err = h.store.AskTransfer(c.Request().Context(), h.kit.Actor(c), ask); err == nil {
			return h.asked(c, place, directory, transfer, to)
		}
	}
	return h.notAsked(c, place, directory, ask, to, err)
}

func (h *Handlers) asked(c echo.Context, place store.Warehouse, directory store.Directory, t store.Transfer, to string) error {
	flash := ui.Flash{Kind: "ok", Text: fmt.Sprintf("%s is asked for %s for the shelf in %s.", directory.WarehouseName(t.From), ui.Units(store.Units(t.Lines)), place.Name)}
	if account, _ := h.kit.Account(c); account.Role != store.Owner {
		flash.Undo = undo(place.ID, "unask", "transfer", t.ID)
	}
	return h.kit.Done(c, to, flash)
}

// notAsked shows the page again with the message at its field, when that is where it was typed.
func (h *Handlers) notAsked(c echo.Context, place store.Warehouse, directory store.Directory, ask store.Ask, to string, err error) error {
	code := http.StatusUnprocessableEntity
	switch kind := store.KindOf(err); {
	case kind == store.Conflict:
		code = http.StatusConflict
	case kind != store.Invalid:
		return err
	}
	account, _ := h.kit.Account(c)
	known := directory.Products[ask.Product].ID != "" && directory.Warehouses[ask.From].ID != "" && ask.From != place.ID
	if account.Role == store.Owner || !known || posted(c, "back") == "list" {
		return h.kit.Failed(c, to, err)
	}
	return h.showShelf(c, code, place, directory, ask.Product, func(s *view.Shelf) {
		s.From, s.Units, s.Errors = ask.From, shown(posted(c, "units")), map[string]string{"units": page.FlashText(err)}
	})
}

// Unask takes back what was asked for this warehouse's shelf.
func (h *Handlers) Unask(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	to := back(place.ID, "transfers")
	transfer, err := h.handed(c, place.ID, posted(c, "transfer"), false)
	if err == nil {
		transfer, err = h.store.CancelAsk(c.Request().Context(), h.kit.Actor(c), transfer.ID)
	}
	if err != nil {
		return h.kit.Failed(c, to, err)
	}
	return h.kit.Done(c, to, ui.Flash{Kind: "ok", Text: fmt.Sprintf("%s is not asked any more.", directory.WarehouseName(transfer.From))})
}

// Threshold says below how many free units this warehouse runs low of a product.
func (h *Handlers) Threshold(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	product, typed := posted(c, "product"), posted(c, "threshold")
	units, err := wholeUnits(typed)
	if err == nil {
		err = h.store.SetThreshold(c.Request().Context(), h.kit.Actor(c), place.ID, product, units)
	}
	switch kind := store.KindOf(err); {
	case err == nil:
	case kind == store.Invalid:
		return h.showShelf(c, http.StatusUnprocessableEntity, place, directory, product, func(s *view.Shelf) {
			s.Threshold, s.Errors = shown(typed), map[string]string{"threshold": page.FlashText(err)}
		})
	default:
		return h.kit.Failed(c, back(place.ID, "stock"), err)
	}
	text := fmt.Sprintf("%s runs low in %s below %s.", directory.ProductName(product), place.Name, ui.Units(units))
	if units == 0 {
		text = fmt.Sprintf("Nobody is told any more when %s runs low in %s.", directory.ProductName(product), place.Name)
	}
	return h.kit.Done(c, back(place.ID, "stock-"+product), ui.Flash{Kind: "ok", Text: text})
}
