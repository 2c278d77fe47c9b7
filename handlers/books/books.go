// Package books answers the pages about stock as it is written down: shelves and what one does about
// them, ledgers, the audit, count sheets and files of counts.
package books

import (
	"context"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/books"
)

// Store is what these pages need of the shop's memory. It may be called by many requests at
// once; its errors are *store.Error or a failure to reach Redis.
type Store interface {
	Directory(ctx context.Context) (store.Directory, error)
	Accounts(ctx context.Context) ([]store.Account, error)
	Ledger(ctx context.Context, warehouse string, q store.LedgerQuery) (store.LedgerPage, error)
	Audit(ctx context.Context) ([]store.Audit, error)
	RepairBooks(ctx context.Context, who store.Actor, warehouse string) ([]string, error)
	BookRepairs(ctx context.Context) ([]store.BookRepair, error)
	StockOf(ctx context.Context, warehouse string) ([]store.Shelf, error)
	Holds(ctx context.Context, warehouse, product string) ([]store.Hold, error)
	Losers(ctx context.Context, warehouse, product string, remains store.Remains, chosen []string) (store.Losers, error)
	Corrected(ctx context.Context, who store.Actor, warehouse, key string) (bool, error)
	Correct(ctx context.Context, who store.Actor, c store.Correction) ([]store.Level, error)
	InTransit(ctx context.Context) ([]store.Transfer, error)
	Piles(ctx context.Context, product string) ([]store.Pile, error)
	SetStock(ctx context.Context, who store.Actor, warehouse, product string, onHand int, reason string) (store.Level, error)
	SetThreshold(ctx context.Context, who store.Actor, warehouse, product string, units int) error
	AskTransfer(ctx context.Context, who store.Actor, ask store.Ask) (_ store.Transfer, raised bool, err error)
	Adjust(ctx context.Context, who store.Actor, a store.Adjustment) (store.Level, error)
	BookSheet(ctx context.Context, who store.Actor, warehouse string, sheet []store.Counted, reason string) (int, error)
	StageImport(ctx context.Context, who store.Actor, file string, rows []store.StockRow) (store.Import, error)
	Import(ctx context.Context, id string) (store.Import, error)
	Imports(ctx context.Context) ([]store.Import, error)
	PreviewImport(ctx context.Context, id string) ([]store.StockChange, []store.StockFault, error)
	ConfirmImport(ctx context.Context, who store.Actor, id string) error
}

// Handlers has one method per route. It holds no state of its own: many requests may use it
// at once.
type Handlers struct {
	kit    *page.Kit
	store  Store
	newKey func() string
}

// New makes the handlers. newKey gives words that nobody has used before: each form that must not
// be taken twice bears one.
func New(kit *page.Kit, store Store, newKey func() string) *Handlers {
	return &Handlers{kit: kit, store: store, newKey: newKey}
}

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

// named is a scene in which the staff have names.
func (h *Handlers) named(c echo.Context, directory store.Directory) (view.Scene, error) {
	scene := h.scene(c, directory)
	accounts, err := h.store.Accounts(c.Request().Context())
	scene.Names = make(map[string]string, len(accounts))
	for _, a := range accounts {
		scene.Names[a.Login] = a.Name
	}
	return scene, err
}

func (h *Handlers) scene(c echo.Context, directory store.Directory) view.Scene {
	account, _ := h.kit.Account(c)
	return view.Scene{
		Now: h.kit.Now(), Zone: h.kit.Zone(), Directory: directory,
		Tells: account.Role == store.Service || account.Role == store.Owner || account.Role == store.Admin,
	}
}
