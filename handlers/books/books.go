// Package books answers the pages about stock as it is written down: ledgers, the audit, count
// sheets, files of counts, and the keys of programs that send stock.
package books

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/books"
)

// Store is what these pages need of the shop's memory. It may be called by many requests at
// once; its errors are *store.Error or a failure to reach Redis.
type Store interface {
	Directory(ctx context.Context) (store.Directory, error)
	Ledger(ctx context.Context, warehouse string, q store.LedgerQuery) (store.LedgerPage, error)
	Audit(ctx context.Context) ([]store.Audit, error)
	RepairBooks(ctx context.Context, who store.Actor, warehouse string) ([]string, error)
	BookRepairs(ctx context.Context) ([]store.BookRepair, error)
}

// Handlers has one method per route. It holds no state of its own: many requests may use it
// at once.
type Handlers struct {
	kit   *page.Kit
	store Store
}

// New makes the handlers.
func New(kit *page.Kit, store Store) *Handlers { return &Handlers{kit: kit, store: store} }

// place finds the warehouse that the address names. Whether the person may see it is the
// route table's to say.
func (h *Handlers) place(c echo.Context) (store.Warehouse, store.Directory, error) {
	directory, err := h.store.Directory(c.Request().Context())
	if err != nil {
		return store.Warehouse{}, directory, err
	}
	place, known := directory.Warehouses[c.Param("id")]
	if !known {
		return place, directory, store.Errorf(store.NotFound, "There is no such warehouse here.")
	}
	return place, directory, nil
}

func (h *Handlers) scene(c echo.Context, directory store.Directory) view.Scene {
	account, _ := h.kit.Account(c)
	return view.Scene{
		Now: h.kit.Now(), Zone: h.kit.Zone(), Directory: directory,
		Tells: account.Role == store.Service || account.Role == store.Owner || account.Role == store.Admin,
	}
}

// typed reads what a person typed into a line: trimmed, valid, at most a line long.
func typed(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if runes := []rune(s); len(runes) > 200 {
		s = string(runes[:200])
	}
	return s
}
