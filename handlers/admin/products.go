package admin

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	views "waybill/views/admin"
)

// Products lists the products, with the form to add one. One that is named in the address stands in the
// form, to be changed.
func (h *Handlers) Products(c echo.Context) error {
	directory, err := h.Store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	if product, ok := directory.Products[c.QueryParam("product")]; ok {
		return h.showProducts(c, http.StatusOK, views.ProductsPage{Form: views.FormOfProduct(product, h.kit.Zone()), Open: true})
	}
	return h.showProducts(c, http.StatusOK, views.ProductsPage{Open: len(directory.Products) == 0})
}

func (h *Handlers) showProducts(c echo.Context, code int, p views.ProductsPage) error {
	directory, err := h.Store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	products := make([]store.Product, len(directory.ProductIDs))
	for i, id := range directory.ProductIDs {
		products[i] = directory.Products[id]
	}
	p.Show(products, page.Field(c, "find"))
	_, p.Form.Known = directory.Products[p.Form.ID]
	p.Pictures, p.Zone, p.UI = h.Pictures, h.kit.Zone(), h.model(c, "Products")
	return h.kit.Render(c, code, views.Products(p))
}

// SaveProduct adds a product, or changes the one of this ID.
func (h *Handlers) SaveProduct(c echo.Context) error {
	product := store.Product{
		ID: strings.TrimSpace(c.FormValue("id")), Name: tidy(c.FormValue("name")), Description: tidy(c.FormValue("description")),
		GTIN: strings.ReplaceAll(tidy(c.FormValue("gtin")), " ", ""), Picture: c.FormValue("picture"),
	}
	mistyped := h.readTerms(c, &product)
	readSale(c, &product, mistyped)
	errors, err := h.checkProduct(c, product)
	if err != nil {
		return err
	}
	maps.Copy(errors, mistyped)
	if len(errors) == 0 {
		err := h.Store.SaveProduct(c.Request().Context(), product)
		if err == nil {
			return h.done(c, "products", product.Name+" is saved.")
		}
		if errors, err = fieldsOf(err); err != nil {
			return err
		}
	}
	form := views.FormOfProduct(product, h.kit.Zone())
	form.Errors, form.Cap, form.Release = errors, typed(c, "cap"), typed(c, "release")
	form.Limit = typed(c, "limit")
	return h.showProducts(c, http.StatusUnprocessableEntity, views.ProductsPage{Form: form, Open: true})
}

// typed is a short field as it was typed, fit to be shown again.
func typed(c echo.Context, field string) string {
	text, _ := page.Line(c.FormValue(field), 20)
	return text
}

// readTerms reads what becomes of orders when none is left, and says by field what could not be read.
// A day begins at midnight in the shop's zone.
func (h *Handlers) readTerms(c echo.Context, product *store.Product) map[string]string {
	mistyped := map[string]string{}
	product.Terms.Kind = store.TermsKind(c.FormValue("terms"))
	if units := tidy(c.FormValue("cap")); units != "" {
		most, ok := page.Units(units, store.MaxOnHand)
		if product.Terms.Cap = most; !ok {
			mistyped["cap"] = "Give a whole number of units, or leave it empty."
		}
	}
	if day := tidy(c.FormValue("release")); day != "" {
		release, err := time.ParseInLocation(time.DateOnly, day, h.kit.Zone())
		if product.Terms.Release = release; err != nil {
			mistyped["release"] = "Give a day, such as 2026-12-03."
		}
	}
	return mistyped
}

// readSale reads whether the product is sold and how many of it one order may hold; nothing is the
// usual limit.
func readSale(c echo.Context, product *store.Product, mistyped map[string]string) {
	product.Withdrawn = c.FormValue("withdrawn") == "yes"
	if units := tidy(c.FormValue("limit")); units != "" {
		most, ok := page.Units(units, store.MaxOnHand)
		if product.Limit = most; !ok {
			mistyped["limit"] = "Give a whole number of units, or leave it empty."
		}
	}
}

// checkProduct says, by field, why this product cannot be saved. A picture must be one that
// we have, or the one that the product bears already.
func (h *Handlers) checkProduct(c echo.Context, product store.Product) (map[string]string, error) {
	errors := map[string]string{}
	if err := product.Check(); err != nil {
		var other error
		if errors, other = fieldsOf(err); other != nil {
			return nil, other
		}
	}
	if product.Picture == "" || slices.Contains(h.Pictures, product.Picture) {
		return errors, nil
	}
	directory, err := h.Store.Directory(c.Request().Context())
	if err != nil {
		return nil, err
	}
	if directory.Products[product.ID].Picture != product.Picture {
		errors["picture"] = "Choose one of the pictures in the list."
	}
	return errors, nil
}
