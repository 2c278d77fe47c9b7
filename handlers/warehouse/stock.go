package warehouse

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
	view "waybill/views/warehouse"
)

// longestReason is how many characters the reason of a count may have.
const longestReason = 200

// Count books what somebody counted on a shelf.
func (h *Handlers) Count(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	form := view.CountForm{Product: posted(c, "product"), OnHand: posted(c, "on_hand"), Reason: posted(c, "reason"), Errors: map[string]string{}}
	onHand, err := wholeUnits(form.OnHand)
	if err != nil {
		form.Errors["on_hand"] = store.MessageOf(err)
	}
	if _, known := directory.Products[form.Product]; !known {
		form.Product, form.Errors["product"] = "", "Choose a product from the list."
	}
	if form.Reason == "" || !readable(form.Reason, longestReason) {
		form.Reason, form.Errors["reason"] = shown(form.Reason), "Say in a few words why the count differs."
	}
	if len(form.Errors) > 0 {
		form.OnHand = shown(form.OnHand)
		return h.show(c, http.StatusUnprocessableEntity, place, directory, view.Forms{Count: form})
	}
	level, err := h.store.SetStock(c.Request().Context(), h.kit.Actor(c), place.ID, form.Product, onHand, form.Reason)
	if err != nil {
		return h.countRefused(c, place, directory, form, err)
	}
	return h.kit.Done(c, back(place.ID, "stock-"+form.Product), ui.Flash{Kind: "ok", Text: fmt.Sprintf("%s: %s on the shelf, %d free to promise.",
		directory.ProductName(form.Product), ui.Units(level.OnHand), level.Free())})
}

// countRefused shows the count again with the store's reason at its field.
func (h *Handlers) countRefused(c echo.Context, place store.Warehouse, directory store.Directory, form view.CountForm, err error) error {
	code := http.StatusUnprocessableEntity
	switch store.KindOf(err) {
	case store.Conflict:
		code = http.StatusConflict
		query := url.Values{"product": {form.Product}, "count": {form.OnHand}, "reason": {form.Reason}, "back": {back(place.ID, "stock-"+form.Product)}}
		form.GiveWay = back(place.ID, "") + "/give-way?" + query.Encode()
	case store.Invalid:
	default:
		return err
	}
	form.Errors["on_hand"] = page.FlashText(err)
	return h.show(c, code, place, directory, view.Forms{Count: form})
}

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
	product, to := posted(c, "product"), back(place.ID, "stock")
	if !store.ValidID(product) {
		return h.kit.Failed(c, to, store.Errorf(store.NotFound, "There is no such proposal any more."))
	}
	if err := act(c.Request().Context(), h.kit.Actor(c), place.ID, product); err != nil {
		return h.kit.Failed(c, to, err)
	}
	return h.kit.Done(c, to, ui.Flash{Kind: "ok", Text: fmt.Sprintf(says, directory.ProductName(product))})
}

// readable tells whether s is text that a person could have meant, of at most so many
// characters.
func readable(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	})
}

// shown is what was typed, fit to be put into its field again.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > longestReason {
		s = string(runes[:longestReason])
	}
	return s
}

type proposalAct = func(ctx context.Context, who store.Actor, warehouse, product string) error
