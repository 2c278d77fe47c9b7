package books

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/books"
	"waybill/views/ui"
)

// Shelf shows one product at one warehouse: its figures, who holds it, who else has it, and all that one
// may do about it.
func (h *Handlers) Shelf(c echo.Context) error {
	return h.showShelf(c, http.StatusOK, view.ShelfForms{})
}

// showShelf fills in what is there around the forms.
func (h *Handlers) showShelf(c echo.Context, code int, forms view.ShelfForms) error {
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
	shelf := shelves[i]
	holds, err := h.store.Holds(ctx, place.ID, shelf.Product.ID)
	if err != nil {
		return err
	}
	var piles []store.Pile
	if directory.Products[shelf.Product.ID].ID != "" { // what the shop does not sell nobody asks for
		if piles, err = h.store.Piles(ctx, shelf.Product.ID); err != nil {
			return err
		}
	}
	travelling, err := h.store.InTransit(ctx)
	if err != nil {
		return err
	}
	s := view.NewShelf(place, shelf, holds, piles, travelling, h.scene(c, directory))
	s.Acts, s.Asks, s.Key, s.Forms = h.acts(c), h.asks(c), h.newKey(), forms
	model := h.kit.Model(c, s.Title+" in "+place.Name)
	model.Class = "staff"
	return h.kit.Render(c, code, view.ShelfPage(model, s))
}

func shelfPath(warehouse, product string) string {
	return "/warehouses/" + warehouse + "/stock/" + product
}

// booking is a form that changes what the books say of a shelf.
type booking struct {
	form  view.ShelfForm
	again func(view.ShelfForm) view.ShelfForms // the page's forms with this one as it was typed
	act   func(warehouse, product string) (store.Level, error)
	kind  store.MovementKind // and so many units counted, or taken off: for the question who gives way
	units int
}

// Count books what somebody counted on a shelf.
func (h *Handlers) Count(c echo.Context) error {
	form := view.ShelfForm{Units: page.Field(c, "units"), Errors: map[string]string{}}
	onHand, ok := page.Units(form.Units, store.MaxOnHand)
	if !ok {
		form.Errors["units"] = page.WrongUnits
	}
	if form.Reason, ok = page.Reason(c, "reason"); !ok {
		form.Errors["reason"] = "Say in a few words why the count differs."
	}
	return h.book(c, booking{form: form, kind: store.MoveCounted, units: onHand,
		again: func(f view.ShelfForm) view.ShelfForms { return view.ShelfForms{Count: f} },
		act: func(warehouse, product string) (store.Level, error) {
			return h.store.SetStock(c.Request().Context(), h.kit.Actor(c), warehouse, product, onHand, form.Reason)
		},
	})
}

// Damaged takes units off the shelf that cannot be sold.
func (h *Handlers) Damaged(c echo.Context) error {
	form, units := readShelf(c)
	return h.adjust(c, store.MoveDamaged, -units, form, func(f view.ShelfForm) view.ShelfForms { return view.ShelfForms{Damaged: f} })
}

// Adjust corrects the books by so many units, more or fewer.
func (h *Handlers) Adjust(c echo.Context) error {
	form, units := readShelf(c)
	if form.Way = "more"; c.FormValue("way") != "more" {
		form.Way, units = "fewer", -units
	}
	return h.adjust(c, store.MoveAdjusted, units, form, func(f view.ShelfForm) view.ShelfForms { return view.ShelfForms{Adjust: f} })
}

// readShelf reads units and reason. What is wrong stands in the form's Errors.
func readShelf(c echo.Context) (view.ShelfForm, int) {
	form := view.ShelfForm{Units: page.Field(c, "units"), Errors: map[string]string{}}
	units, ok := page.Units(form.Units, store.MaxOnHand)
	if !ok || units == 0 {
		form.Errors["units"] = "Give a whole number of units, in digits, at least 1."
	}
	if form.Reason, ok = page.Reason(c, "reason"); !ok {
		form.Errors["reason"] = "Say in a few words what happened."
	}
	return form, units
}

func (h *Handlers) adjust(c echo.Context, kind store.MovementKind, change int, form view.ShelfForm, again func(view.ShelfForm) view.ShelfForms) error {
	return h.book(c, booking{form: form, again: again, kind: kind, units: -change, act: func(warehouse, product string) (store.Level, error) {
		return h.store.Adjust(c.Request().Context(), h.kit.Actor(c), store.Adjustment{
			Warehouse: warehouse, Product: product, Kind: kind, Change: change, Reason: form.Reason, Key: c.FormValue("key"),
		})
	}})
}

// book does what a form asks for, or shows the shelf again with what was typed and what is wrong with it.
func (h *Handlers) book(c echo.Context, b booking) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	if len(b.form.Errors) > 0 {
		return h.showShelf(c, http.StatusUnprocessableEntity, b.again(b.form))
	}
	product := c.Param("product")
	level, err := b.act(place.ID, product)
	if code := refused(err); code > 0 {
		b.form.Errors["units"] = page.FlashText(err)
		if code == http.StatusConflict {
			if b.form.GiveWay, err = h.askWho(c, place.ID, b); err != nil {
				return err
			}
		}
		return h.showShelf(c, code, b.again(b.form))
	}
	if err != nil {
		return err
	}
	return h.kit.Done(c, shelfPath(place.ID, product), ui.Flash{Text: fmt.Sprintf("%s: %s on the shelf, %d free to promise.",
		directory.ProductName(product), ui.Units(level.OnHand), level.Free())})
}

// askWho is the address at which it is asked who gives way, so that a count or a loss can be booked
// although more is promised; "" when that would not help.
func (h *Handlers) askWho(c echo.Context, warehouse string, b booking) (string, error) {
	remains, number := store.Remains{Take: b.units}, "take"
	if b.kind == store.MoveCounted {
		remains, number = store.Remains{Units: b.units}, "count"
	}
	losers, err := h.store.Losers(c.Request().Context(), warehouse, c.Param("product"), remains, nil)
	if err != nil || losers.Need == 0 || b.kind != store.MoveCounted && (b.units < 1 || b.units > losers.Level.OnHand) {
		return "", err
	}
	query := url.Values{"product": {losers.Product}, number: {strconv.Itoa(b.units)}, "reason": {b.form.Reason}, "back": {shelfPath(warehouse, losers.Product)}}
	if b.kind != store.MoveCounted {
		query.Set("kind", string(b.kind))
	}
	return "/warehouses/" + warehouse + "/give-way?" + query.Encode(), nil
}

// refused is the status of an answer that a person can do something about, 0 for any other.
func refused(err error) int {
	switch {
	case err == nil:
		return 0
	case store.KindOf(err) == store.Conflict:
		return http.StatusConflict
	case store.KindOf(err) == store.Invalid:
		return http.StatusUnprocessableEntity
	}
	return 0
}

// acts tells whether a person works at warehouses, and does not only look on.
func (h *Handlers) acts(c echo.Context) bool {
	account, _ := h.kit.Account(c)
	return account.Role == store.Clerk || account.Role == store.Admin
}

// asks tells whether a person asks one warehouse for what another lacks: those who work there, and the
// owner, who looks after the shelves of all.
func (h *Handlers) asks(c echo.Context) bool {
	account, _ := h.kit.Account(c)
	return h.acts(c) || account.Role == store.Owner
}
