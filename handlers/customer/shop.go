package customer

import (
	"context"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/customer"
	"waybill/views/ui"
)

// Shop shows what can be ordered, with the visitor's basket beside it.
func (h *Handlers) Shop(c echo.Context) error {
	dir, err := h.store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	return h.showShop(c, http.StatusOK, h.basketOf(c, dir), customer.Fault{})
}

// ShopLive is the socket of the shop's grid: it is the same for everyone, and the basket is
// no part of it.
func (h *Handlers) ShopLive(c echo.Context) error {
	return h.kit.Live(c, page.Topic{
		Name: "shop", Channels: []string{"catalogue"},
		Render: func(ctx context.Context) (templ.Component, error) {
			offers, err := h.store.Catalogue(ctx)
			if err != nil {
				return nil, err
			}
			if len(offers) > 0 && !offers[0].AsOf.IsZero() {
				return nil, store.Errorf(store.Unavailable, "There is only a copy, and an open page shows the truth or says that it is reconnecting.")
			}
			return customer.Grid(customer.NewGrid(offers, h.now(), h.kit.Asset, customer.Fault{})), nil
		},
	})
}

// Basket changes the visitor's basket: "do" is add, set or remove.
func (h *Handlers) Basket(c echo.Context) error {
	values, err := page.Posted(c)
	if err != nil {
		return err
	}
	dir, err := h.store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	id, typed, do := values.Get("product"), values.Get("quantity"), values.Get("do")
	basket := h.basketOf(c, dir)
	product := dir.Products[id]
	if !dir.Sold(id) && do != "remove" {
		return h.showShop(c, http.StatusUnprocessableEntity, basket, customer.Fault{Message: "We do not sell such a product. Your basket is as it was."})
	}
	basket, said, message := changeBasket(basket, product, typed, do)
	if message != "" {
		shown, _ := page.Line(typed, page.LongestLine)
		return h.showShop(c, http.StatusUnprocessableEntity, h.basketOf(c, dir), customer.Fault{Product: id, Typed: shown, Message: message, InBasket: do == "set"})
	}
	h.keepBasket(c, basket)
	return h.kit.Done(c, "/", ui.Flash{Text: said})
}

// changeBasket does one change. It gives the new basket and what was done, or else the
// message that says why it could not be done.
func changeBasket(basket []store.Line, product store.Product, typed, do string) (changed []store.Line, said, message string) {
	if do == "remove" {
		return inBasket(basket, product.ID, 0), product.Name + " is out of your basket.", ""
	}
	units, ok := parseUnits(typed)
	if !ok {
		return nil, "", fmt.Sprintf("Type a number from 1 to %d.", product.Most())
	}
	had := store.Quantity(basket, product.ID)
	if do == "set" && units <= product.Most() {
		return inBasket(basket, product.ID, units), fmt.Sprintf("Your basket now has %d × %s.", units, product.Name), ""
	}
	switch {
	case do == "set":
		return nil, "", mostUnits(product)
	case had+units > product.Most() && had > 0:
		return nil, "", fmt.Sprintf("You already have %d in the basket. One order takes at most %d.", had, product.Most())
	case units > product.Most():
		return nil, "", mostUnits(product)
	case had == 0 && len(basket) >= basketProducts:
		return nil, "", fmt.Sprintf("Your basket is full: it holds %d different products.", basketProducts)
	}
	return inBasket(basket, product.ID, had+units), fmt.Sprintf("Added %d × %s.", units, product.Name), ""
}

// mostUnits says how many units of a product one order takes.
func mostUnits(product store.Product) string {
	return fmt.Sprintf("One order takes at most %d of these.", product.Most())
}

func (h *Handlers) showShop(c echo.Context, code int, basket []store.Line, fault customer.Fault) error {
	offers, err := h.store.Catalogue(c.Request().Context())
	if err != nil {
		return err
	}
	model := customer.ShopModel{
		PageModel: h.kit.Model(c, "Shop"),
		Grid:      customer.NewGrid(offers, h.now(), h.kit.Asset, fault),
		Basket:    customer.NewBasket(offers, basket, h.now(), h.kit.Asset, fault),
		Fault:     fault,
	}
	model.Class, model.LiveURL = "shop", "/live"
	return h.kit.Render(c, code, customer.Shop(model))
}
