package books

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/store"
	view "waybill/views/books"
	"waybill/views/ui"
)

// Audit compares the books of all warehouses.
func (h *Handlers) Audit(c echo.Context) error {
	ctx := c.Request().Context()
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	audits, err := h.store.Audit(ctx)
	if err != nil {
		return err
	}
	repairs, err := h.store.BookRepairs(ctx)
	if err != nil {
		return err
	}
	scene, err := h.named(c, directory)
	if err != nil {
		return err
	}
	model := h.kit.Model(c, "Audit of the books")
	model.Class = "staff"
	return h.kit.Render(c, http.StatusOK, view.AuditPage(model, view.NewAudit(audits, repairs, scene)))
}

// Repair makes one warehouse's counters what its ledger and its reservations say.
func (h *Handlers) Repair(c echo.Context) error {
	ctx, warehouse := c.Request().Context(), c.FormValue("warehouse")
	if !store.ValidID(warehouse) {
		return h.kit.Failed(c, "/admin/audit", store.Errorf(store.NotFound, "There is no such warehouse."))
	}
	mended, err := h.store.RepairBooks(ctx, h.kit.Actor(c), warehouse)
	if err != nil {
		return h.kit.Failed(c, "/admin/audit", err)
	}
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s: %s repaired.", directory.WarehouseName(warehouse), ui.Count(len(mended), "product"))
	if len(mended) == 0 {
		text = fmt.Sprintf("%s: the counters are right, nothing was changed.", directory.WarehouseName(warehouse))
	}
	return h.kit.Done(c, "/admin/audit#books-"+warehouse, ui.Flash{Kind: "ok", Text: text})
}
