package admin

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	views "waybill/views/admin"
)

// Warehouses lists the warehouses, with the form to add one. One that is named in the address stands in
// the form, to be changed.
func (h *Handlers) Warehouses(c echo.Context) error {
	directory, err := h.Store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	if w, ok := directory.Warehouses[c.QueryParam("warehouse")]; ok {
		return h.showWarehouses(c, http.StatusOK, views.WarehousesPage{Form: views.FormOfWarehouse(w), Open: true})
	}
	return h.showWarehouses(c, http.StatusOK, views.WarehousesPage{Form: views.NewWarehouse(), Open: len(directory.Warehouses) == 0})
}

func (h *Handlers) showWarehouses(c echo.Context, code int, p views.WarehousesPage) error {
	directory, err := h.Store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	for _, id := range directory.WarehouseIDs {
		p.Warehouses = append(p.Warehouses, directory.Warehouses[id])
	}
	p.UI = h.model(c, "Warehouses")
	return h.kit.Render(c, code, views.Warehouses(p))
}

// SaveWarehouse adds a warehouse, or changes the one of this ID.
func (h *Handlers) SaveWarehouse(c echo.Context) error {
	form := views.WarehouseForm{
		ID: strings.TrimSpace(c.FormValue("id")), Name: tidy(c.FormValue("name")), Address: tidy(c.FormValue("address")),
		Lat: strings.TrimSpace(c.FormValue("lat")), Lon: strings.TrimSpace(c.FormValue("lon")),
		CutOff: strings.TrimSpace(c.FormValue("cut_off")), SameDay: strings.TrimSpace(c.FormValue("same_day")),
		Handling: strings.TrimSpace(c.FormValue("handling")), Capacity: strings.TrimSpace(c.FormValue("capacity")),
		Closed: strings.TrimSpace(strings.ToValidUTF8(c.FormValue("closed"), "")),
	}
	closedOn, known := store.ParseWeekdays(strings.Join(c.Request().PostForm["closed_on"], " "))
	form.ClosedOn = closedOn
	warehouse, errors := readWarehouse(form)
	if !known {
		errors["closed_on"] = "Choose days of the week."
	}
	if len(errors) == 0 {
		err := h.Store.SaveWarehouse(c.Request().Context(), warehouse)
		if err == nil {
			return h.done(c, "warehouses", warehouse.Name+" is saved.")
		}
		if errors, err = fieldsOf(err); err != nil {
			return err
		}
	}
	form.Errors = errors
	return h.showWarehouses(c, http.StatusUnprocessableEntity, views.WarehousesPage{Form: form, Open: true})
}

// readWarehouse makes a warehouse of what was typed, or says by field why it cannot.
func readWarehouse(form views.WarehouseForm) (store.Warehouse, map[string]string) {
	w := store.Warehouse{ID: form.ID, Name: form.Name, Address: form.Address}
	errors := map[string]string{}
	var ok bool
	if w.At.Lat, ok = degrees(form.Lat, 90); !ok {
		errors["lat"] = "Give a latitude from −90 to 90 degrees, such as 54.352."
	}
	if w.At.Lon, ok = degrees(form.Lon, 180); !ok {
		errors["lon"] = "Give a longitude from −180 to 180 degrees, such as 18.6466."
	}
	if !store.ValidText(w.Address, 0, 200) {
		errors["address"] = "Keep the address under 200 characters, on one line."
	}
	if w.CutOff, ok = clock(form.CutOff); !ok {
		errors["cut_off"] = "Give a time of day, such as 16:00."
	}
	readWork(form, &w, errors)
	merge(errors, page.FieldsOf(w.Check()))
	return w, errors
}

// merge adds messages for fields that have none. A fault of the place, "at", is one of both
// coordinates: it is told at the first unless one of them has its own.
func merge(errors, found map[string]string) {
	for field, message := range found {
		if field == "at" {
			if errors["lat"] != "" || errors["lon"] != "" {
				continue
			}
			field = "lat"
		}
		if errors[field] == "" {
			errors[field] = message
		}
	}
}

// degrees reads a coordinate with a point or a comma.
func degrees(s string, limit float64) (float64, bool) {
	x, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return x, err == nil && !math.IsNaN(x) && math.Abs(x) <= limit
}
