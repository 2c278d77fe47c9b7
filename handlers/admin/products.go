package admin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/store"
	views "waybill/views/admin"
)

// SaveProduct adds a product, or changes the one of this ID.
func (h *Handlers) SaveProduct(c echo.Context) error {
	product := store.Product{
		ID: strings.TrimSpace(c.FormValue("id")), Name: tidy(c.FormValue("name")), Description: tidy(c.FormValue("description")),
		GTIN: strings.ReplaceAll(tidy(c.FormValue("gtin")), " ", ""), Picture: c.FormValue("picture"), Backorder: c.FormValue("backorder") == "yes",
	}
	errors, err := h.checkProduct(c, product)
	if err != nil {
		return err
	}
	if len(errors) == 0 {
		err := h.Store.SaveProduct(c.Request().Context(), product)
		if err == nil {
			return h.done(c, "products", product.Name+" is saved.")
		}
		if errors, err = fieldsOf(err); err != nil {
			return err
		}
	}
	form := views.FormOfProduct(product)
	form.Errors = errors
	return h.show(c, http.StatusUnprocessableEntity, views.Page{Product: form})
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
