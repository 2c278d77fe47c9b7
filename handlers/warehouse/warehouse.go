// Package warehouse answers a clerk's pages: the board of one warehouse and every act on it.
// Each act is a form that answers 303 back to the board, so all of it works without scripts.
package warehouse

import (
	"context"
	"slices"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// Store is what a clerk's pages need of the shop's memory. It may be called by many requests
// at once; its errors are *store.Error or a failure to reach Redis.
type Store interface {
	Directory(ctx context.Context) (store.Directory, error)
	Board(ctx context.Context, warehouse string) (store.Board, error)
	Order(ctx context.Context, n store.Number) (store.Order, error)
	Pack(ctx context.Context, who store.Actor, n store.Number, product string, units int) error
	Ready(ctx context.Context, who store.Actor, n store.Number) error
	Unready(ctx context.Context, who store.Actor, n store.Number) error
	Transfer(ctx context.Context, id string) (store.Transfer, error)
	InTransit(ctx context.Context) ([]store.Transfer, error)
	Inspect(ctx context.Context, who store.Actor, n store.Number, found []store.Inspected) error
	PutBack(ctx context.Context, who store.Actor, n store.Number) error
	SendTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error)
	UnsendTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error)
	ReceiveTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error)
	UnreceiveTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error)
	SendPart(ctx context.Context, who store.Actor, id string, sent []store.Line, why store.Shortfall) (store.Transfer, error)
	ReceivePart(ctx context.Context, who store.Actor, id string, arrived, damaged []store.Line, note string) (store.Transfer, error)
	UnrefuseTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error)
	CancelAsk(ctx context.Context, who store.Actor, id string) (store.Transfer, error)
	LowStock(ctx context.Context) (store.LowList, error)
	LowAt(ctx context.Context, warehouse string, from int) (store.LowList, error)
	Say(ctx context.Context, who store.Actor, m store.Message, at string) error
	BookProposal(ctx context.Context, who store.Actor, warehouse, product string) error
	DropProposal(ctx context.Context, who store.Actor, warehouse, product string) error
}

// Handlers has one method per route. It holds no state of its own: many requests may use it
// at once.
type Handlers struct {
	kit   *page.Kit
	store Store
}

// New makes the handlers of the warehouses' pages.
func New(kit *page.Kit, store Store) *Handlers { return &Handlers{kit: kit, store: store} }

// place finds the warehouse that the address names, for somebody who may see it. A clerk
// sees their own; another's does not exist for them.
func (h *Handlers) place(c echo.Context) (store.Warehouse, store.Directory, error) {
	directory, err := h.store.Directory(c.Request().Context())
	if err != nil {
		return store.Warehouse{}, directory, err
	}
	id := c.Param("id")
	place, known := directory.Warehouses[id]
	account, signedIn := h.kit.Account(c)
	switch {
	case !signedIn:
		return place, directory, store.Errorf(store.Unauthorized, "Please sign in first.")
	case !known, account.Role == store.Clerk && account.Warehouse != id:
		return place, directory, store.Errorf(store.NotFound, "There is no such warehouse here.")
	}
	if !slices.Contains([]store.Role{store.Clerk, store.Service, store.Owner, store.Admin}, account.Role) {
		return place, directory, store.Errorf(store.NotFound, "There is no such warehouse here.")
	}
	return place, directory, nil
}

// work is place for those who act: the clerks of the warehouse, and administrators.
func (h *Handlers) work(c echo.Context) (store.Warehouse, store.Directory, error) {
	place, directory, err := h.place(c)
	if err != nil {
		return place, directory, err
	}
	account, _ := h.kit.Account(c)
	if account.Role != store.Clerk && account.Role != store.Admin {
		return place, directory, store.Errorf(store.Forbidden, "Only the clerks of %s can change this. You can look on.", place.Name)
	}
	return place, directory, nil
}

// back is the address of a warehouse's board, at the element with this id.
func back(warehouse, anchor string) string {
	if anchor == "" {
		return "/warehouses/" + warehouse
	}
	return "/warehouses/" + warehouse + "#" + anchor
}

// undo is a form that takes an act back: names and values in turn.
func undo(warehouse, act string, pairs ...string) *ui.UndoForm {
	form := &ui.UndoForm{Action: back(warehouse, "") + "/" + act, Label: "Undo"}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Fields = append(form.Fields, ui.HiddenField{Name: pairs[i], Value: pairs[i+1]})
	}
	return form
}
