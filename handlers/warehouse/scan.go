package warehouse

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
	view "waybill/views/warehouse"
)

// longestCode is more characters than any code that Waybill prints or knows.
const longestCode = 128

// Scan answers the scan field: a product goes into the first box that still needs it, an
// order's number finds its card.
func (h *Handlers) Scan(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	code, err := clean(c.FormValue("code"))
	if err != nil {
		return h.kit.Failed(c, back(place.ID, ""), err)
	}
	board, err := h.store.Board(c.Request().Context(), place.ID)
	if err != nil {
		return err
	}
	found, err := find(code, board, directory)
	if err != nil {
		return h.kit.Failed(c, back(place.ID, ""), err)
	}
	number := found.order.Number.String()
	to := "/warehouses/" + place.ID + "?order=" + number + "#" + anchor(found.order)
	if found.product == "" {
		return h.kit.Done(c, to, ui.Flash{})
	}
	if err := h.store.Pack(c.Request().Context(), h.kit.Actor(c), found.order.Number, found.product, found.packed); err != nil {
		return h.kit.Failed(c, to, err)
	}
	return h.kit.Done(c, to, ui.Flash{
		Kind: "ok", Text: found.says(directory),
		Undo: undo(place.ID, "pack", "order", number, "product", found.product, "units", strconv.Itoa(found.packed-1)),
	})
}

// finding is what a code stands for: an order, and, for a product's code, the product and
// how many units of it are in the order's box with this one.
type finding struct {
	order   store.Order
	product string
	packed  int
}

// find looks a code up: a product's id or barcode first, then an order's number. NotFound
// says what else to do.
func find(code string, board store.Board, directory store.Directory) (finding, error) {
	if product, ok := directory.ProductByCode(code); ok {
		return nextBox(product, board, directory)
	}
	n, ok := store.ParseNumber(bare(code))
	if !ok {
		return finding{}, store.Errorf(store.NotFound, "“%s” is no product, barcode or order number that we know. Scan it again, or type it.", code)
	}
	for _, order := range append(append([]store.Order{}, board.ToAssemble...), board.Ready...) {
		if order.Number == n {
			return finding{order: order}, nil
		}
	}
	return finding{}, store.Errorf(store.NotFound, "Order %s is not on this board. It may be with the courier, or belong to another warehouse.", ui.OrderNumber(n.String()))
}

// nextBox finds the first order that still needs a unit of the product that is here.
func nextBox(product string, board store.Board, directory store.Directory) (finding, error) {
	name, wanted := directory.ProductName(product), false
	for _, order := range view.ByPromise(board.ToAssemble) {
		quantity, packed := store.Quantity(order.Lines, product), order.Packed[product]
		if packed < quantity && packed < order.Here(product) {
			return finding{order, product, packed + 1}, nil
		}
		wanted = wanted || packed < quantity
	}
	if wanted {
		return finding{}, store.Errorf(store.NotFound, "%s is needed here, but the units for those orders have not been received yet. Receive the transfer first.", name)
	}
	return finding{}, store.Errorf(store.NotFound, "No order here needs %s now. Put it back on the shelf.", name)
}

// says tells what the scan did, and what is next when the box is full.
func (f finding) says(directory store.Directory) string {
	quantity := store.Quantity(f.order.Lines, f.product)
	text := fmt.Sprintf("%s: %d of %d in the box of order %s.", directory.ProductName(f.product), f.packed, quantity, ui.OrderNumber(f.order.Number.String()))
	packed := 0
	for product, units := range f.order.Packed {
		if product != f.product {
			packed += units
		}
	}
	if packed+f.packed == store.Units(f.order.Lines) {
		text += " All is packed: mark it ready."
	}
	return text
}

// bare takes away what people and labels put around an order's number.
func bare(code string) string {
	code = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(code), "order:"), "#")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, code)
}

// clean is a code as it was scanned or typed; what no scanner sends is refused.
func clean(typed string) (string, error) {
	code, whole := page.Line(typed, longestCode)
	switch {
	case !whole:
		return "", store.Errorf(store.Invalid, "This code cannot be read. Scan it again, or type it.")
	case code == "":
		return "", store.Errorf(store.Invalid, "Scan a product or an order, or type its code.")
	}
	return code, nil
}
