package customer

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

// The basket's cookie. Fifty products with the longest ids stay below the 4 kB that
// browsers keep.
const (
	basketName     = "basket"
	basketProducts = 50
	basketBytes    = 4096
	basketSeconds  = 30 * 24 * 60 * 60
)

// parseBasket reads a basket from its cookie: "prod1:2.prod6:1". The cookie came through the
// browser, so whatever is not a product with a quantity that could be ordered is left out.
func parseBasket(text string) []store.Line {
	var basket []store.Line
	if len(text) > basketBytes {
		return nil
	}
	for text != "" && len(basket) < basketProducts {
		product, rest, found := strings.Cut(text, ":")
		if !found {
			break
		}
		var quantity string
		quantity, text, _ = strings.Cut(rest, ".")
		units, ok := parseUnits(quantity)
		if !ok || !store.ValidID(product) || store.Quantity(basket, product) > 0 {
			continue
		}
		basket = append(basket, store.Line{Product: product, Quantity: units})
	}
	return basket
}

// formatBasket is the opposite of parseBasket. No id holds a colon, so a dot in an id does
// no harm.
func formatBasket(basket []store.Line) string {
	parts := make([]string, len(basket))
	for i, line := range basket {
		parts[i] = line.Product + ":" + strconv.Itoa(line.Quantity)
	}
	return strings.Join(parts, ".")
}

// parseUnits reads a quantity as people type it: plain digits, from 1 to the most that one
// order takes.
func parseUnits(text string) (int, bool) {
	units, ok := page.Units(strings.TrimSpace(text), store.MaxQuantity)
	return units, ok && units >= 1
}

// inBasket puts a product with a quantity into a basket, in place of the one it may have had;
// none takes it out.
func inBasket(basket []store.Line, product string, units int) []store.Line {
	basket = slices.Clone(basket)
	i := slices.IndexFunc(basket, func(l store.Line) bool { return l.Product == product })
	switch {
	case i >= 0 && units == 0:
		return slices.Delete(basket, i, i+1)
	case i >= 0:
		basket[i].Quantity = units
	case units > 0:
		basket = append(basket, store.Line{Product: product, Quantity: units})
	}
	return basket
}

// basketOf gives the basket that the browser keeps, without products that are no longer sold.
func (h *Handlers) basketOf(c echo.Context, dir store.Directory) []store.Line {
	cookie, err := c.Cookie(h.basketCookie())
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(parseBasket(cookie.Value), func(l store.Line) bool {
		return !dir.Sold(l.Product)
	})
}

// keepBasket makes the browser keep a basket; an empty one is forgotten.
func (h *Handlers) keepBasket(c echo.Context, basket []store.Line) {
	seconds := basketSeconds
	if len(basket) == 0 {
		seconds = -1
	}
	c.SetCookie(&http.Cookie{
		Name: h.basketCookie(), Value: formatBasket(basket), Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: h.options.Secure, SameSite: http.SameSiteLaxMode,
	})
}

func (h *Handlers) basketCookie() string { return page.CookieName(basketName, h.options.Secure) }
