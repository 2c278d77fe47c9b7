// Package supply answers the pages about goods that are to come: what suppliers have announced to a
// warehouse and what has arrived of it, and the orders that wait for it.
package supply

import (
	"context"
	"slices"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/supply"
)

// Store is what these pages need of the shop's memory. It may be called by many requests at once; its
// errors are *store.Error or a failure to reach Redis.
type Store interface {
	Directory(ctx context.Context) (store.Directory, error)
	Deliveries(ctx context.Context, warehouse string) (open, closed []store.Delivery, err error)
	Delivery(ctx context.Context, id string) (store.Delivery, error)
	Announce(ctx context.Context, who store.Actor, d store.Delivery) (_ store.Delivery, made bool, err error)
	MoveDelivery(ctx context.Context, who store.Actor, moved store.Delivery, why string) (store.Delivery, error)
	ReceiveDelivery(ctx context.Context, who store.Actor, id string, version int, receipt store.DeliveryReceipt) (store.Delivery, error)
	Scan(ctx context.Context, id, product string, units int) (int, error)
	Waited(ctx context.Context) ([]store.Waited, error)
	Queue(ctx context.Context, product string, arriving int) (store.Queue, error)
	AskAgain(ctx context.Context, who store.Actor, n store.Number, from string, products []string) error
	Prioritize(ctx context.Context, who store.Actor, n store.Number, move store.QueueMove, why string) error
}

// Handlers has one method per route. It holds no state of its own: many requests may use it at once.
type Handlers struct {
	kit   *page.Kit
	store Store
}

// New makes the handlers.
func New(kit *page.Kit, store Store) *Handlers { return &Handlers{kit: kit, store: store} }

// scene is what every page here is drawn for.
func (h *Handlers) scene(directory store.Directory, role store.Role) view.Scene {
	return view.Scene{
		Now: h.kit.Now().In(h.kit.Zone()), Directory: directory,
		Announces: slices.Contains([]store.Role{store.Clerk, store.Owner, store.Admin}, role),
		Receives:  role == store.Clerk || role == store.Admin,
		Tells:     role == store.Service || role == store.Owner || role == store.Admin,
	}
}

// person gives who is signed in and what there is in the shop. Only the staff of the office and the
// warehouses have business here.
func (h *Handlers) person(c echo.Context) (store.Account, store.Directory, error) {
	account, ok := h.kit.Account(c)
	if !ok {
		return account, store.Directory{}, store.Errorf(store.Unauthorized, "Please sign in first.")
	}
	if !slices.Contains([]store.Role{store.Clerk, store.Service, store.Owner, store.Admin}, account.Role) {
		return account, store.Directory{}, store.Errorf(store.NotFound, "This page is for the people of the shop.")
	}
	directory, err := h.store.Directory(c.Request().Context())
	return account, directory, err
}

// place finds the warehouse that the address names, for somebody who may see it. A clerk sees their own.
func (h *Handlers) place(c echo.Context) (store.Warehouse, view.Scene, error) {
	account, directory, err := h.person(c)
	if err != nil {
		return store.Warehouse{}, view.Scene{}, err
	}
	id := c.Param("id")
	place, known := directory.Warehouses[id]
	if !known || account.Role == store.Clerk && account.Warehouse != id {
		return place, view.Scene{}, store.Errorf(store.NotFound, "There is no such warehouse here.")
	}
	return place, h.scene(directory, account.Role), nil
}

func deliveriesPath(warehouse string) string { return "/warehouses/" + warehouse + "/deliveries" }
