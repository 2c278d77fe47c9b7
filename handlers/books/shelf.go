package books

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/books"
	"waybill/views/ui"
)

// mostReason is how many characters a reason may have.
const mostReason = 200

// Shelf shows one product at one warehouse.
func (h *Handlers) Shelf(c echo.Context) error {
	return h.showShelf(c, http.StatusOK, view.Shelf{})
}

// showShelf fills in the figures around the forms.
func (h *Handlers) showShelf(c echo.Context, code int, s view.Shelf) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	shelves, err := h.store.StockOf(ctx, place.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(shelves, func(s store.Shelf) bool { return s.Product.ID == c.Param("product") })
	if i < 0 {
		return store.Errorf(store.NotFound, "There is no such product here.")
	}
	product, level := shelves[i].Product, shelves[i].Level
	holds, err := h.store.Holds(ctx, place.ID, product.ID)
	if err != nil {
		return err
	}
	scene := h.scene(c, directory)
	s.Path, s.Warehouse, s.Name = shelfPath(place.ID, product.ID), place.ID, place.Name
	s.Product, s.Title, s.OnHand, s.Reserved, s.Free = product.ID, product.Name, level.OnHand, level.Reserved, level.Free()
	s.Holds, s.Acts, s.Key = view.NewHolds(holds, scene), h.acts(c), h.newKey()
	model := h.kit.Model(c, product.Name+" in "+place.Name)
	model.Class = "staff"
	return h.kit.Render(c, code, view.ShelfPage(model, s))
}

func shelfPath(warehouse, product string) string {
	return "/warehouses/" + warehouse + "/stock/" + product
}

// Damaged takes units off the shelf that cannot be sold.
func (h *Handlers) Damaged(c echo.Context) error {
	form, units := readShelf(c)
	return h.adjust(c, store.MoveDamaged, -units, form, func(f view.ShelfForm) view.Shelf { return view.Shelf{Damaged: f} })
}

// Adjust corrects the books by so many units, more or fewer.
func (h *Handlers) Adjust(c echo.Context) error {
	form, units := readShelf(c)
	if form.Way = "more"; c.FormValue("way") != "more" {
		form.Way, units = "fewer", -units
	}
	return h.adjust(c, store.MoveAdjusted, units, form, func(f view.ShelfForm) view.Shelf { return view.Shelf{Adjust: f} })
}

// readShelf reads units and reason. What is wrong stands in the form's Errors.
func readShelf(c echo.Context) (view.ShelfForm, int) {
	form := view.ShelfForm{Units: typed(c.FormValue("units")), Reason: typed(c.FormValue("reason")), Errors: map[string]string{}}
	units, ok := wholeUnits(form.Units)
	if !ok || units == 0 {
		form.Errors["units"] = "Give a whole number of units, in digits, at least 1."
	}
	if reason := strings.TrimSpace(c.FormValue("reason")); !readable(reason) {
		form.Errors["reason"] = "Say in a few words what happened."
	}
	return form, units
}

// adjust books a change, or shows the shelf again with what was typed and what is wrong with it.
func (h *Handlers) adjust(c echo.Context, kind store.MovementKind, change int, form view.ShelfForm, again func(view.ShelfForm) view.Shelf) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	if len(form.Errors) > 0 {
		return h.showShelf(c, http.StatusUnprocessableEntity, again(form))
	}
	product := c.Param("product")
	level, err := h.store.Adjust(c.Request().Context(), h.kit.Actor(c), store.Adjustment{
		Warehouse: place.ID, Product: product, Kind: kind, Change: change, Reason: form.Reason, Key: c.FormValue("key"),
	})
	switch store.KindOf(err) {
	case store.Conflict, store.Invalid:
		form.Errors["units"] = page.FlashText(err)
		code := http.StatusUnprocessableEntity
		if store.KindOf(err) == store.Conflict {
			code = http.StatusConflict
			if form.GiveWay, err = h.takeLess(c, place.ID, kind, -change, form.Reason); err != nil {
				return err
			}
		}
		return h.showShelf(c, code, again(form))
	}
	if err != nil {
		return err
	}
	return h.kit.Done(c, shelfPath(place.ID, product), ui.Flash{Text: fmt.Sprintf("%s: %s on the shelf, %d free to promise.",
		directory.ProductName(product), ui.Units(level.OnHand), level.Free())})
}

// takeLess is the address at which it is asked who gives way, so that so many units can be taken off a
// shelf; "" when that would not help, because fewer are there at all.
func (h *Handlers) takeLess(c echo.Context, warehouse string, kind store.MovementKind, units int, reason string) (string, error) {
	losers, err := h.store.Losers(c.Request().Context(), warehouse, c.Param("product"), store.Remains{Take: units}, nil)
	if err != nil || units < 1 || units > losers.Level.OnHand || losers.Need == 0 {
		return "", err
	}
	query := url.Values{"product": {losers.Product}, "kind": {string(kind)}, "take": {strconv.Itoa(units)}, "reason": {reason}, "back": {shelfPath(warehouse, losers.Product)}}
	return "/warehouses/" + warehouse + "/give-way?" + query.Encode(), nil
}

// acts tells whether a person works at warehouses, and does not only look on.
func (h *Handlers) acts(c echo.Context) bool {
	account, _ := h.kit.Account(c)
	return account.Role == store.Clerk || account.Role == store.Admin
}

// wholeUnits reads a number of units in plain digits.
func wholeUnits(s string) (int, bool) {
	if s == "" || len(s) > 10 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= store.MaxOnHand
}

// readable tells whether s is a reason that a person could have meant.
func readable(s string) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= mostReason && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	})
}
