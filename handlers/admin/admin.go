// Package admin answers the page on which a shop is set up: people, warehouses, products.
package admin

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/store/geo"
	views "waybill/views/admin"
	"waybill/views/ui"
)

// Store is what setting up needs of the shop's records.
type Store interface {
	Directory(ctx context.Context) (store.Directory, error)
	Account(ctx context.Context, login string) (store.Account, error)
	Accounts(ctx context.Context) ([]store.Account, error)
	SaveAccount(ctx context.Context, account store.Account) error
	DeleteAccount(ctx context.Context, login string) error
	SaveWarehouse(ctx context.Context, warehouse store.Warehouse) error
	SaveProduct(ctx context.Context, product store.Product) error
	// SaveServed sets to which countries the shop sends; none means to all.
	SaveServed(ctx context.Context, countries []store.Country) error
	APIKeys(ctx context.Context) ([]store.APIKey, error)
	AddAPIKey(ctx context.Context, key store.APIKey) error
	RevokeAPIKey(ctx context.Context, name string) error
	// Mendings gives what was put right last without anybody asking, newest first.
	Mendings(ctx context.Context, limit int) ([]store.Mending, error)
}

// Passwords makes the hash of a new password.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
}

// Options is what the handlers work with.
type Options struct {
	Store     Store
	Passwords Passwords
	Countries func() []geo.Country // all that there are
	Pictures  []string             // names of pictures that a product may have
	Running   func() []views.Fact  // what the process runs on, for people
	NewSecret func() string        // 128 random bits or more, as a word
}

// Handlers has one method for each route. They may run many at once.
type Handlers struct {
	kit *page.Kit
	Options
}

// New makes the handlers.
func New(kit *page.Kit, options Options) *Handlers { return &Handlers{kit, options} }

const mendedShown = 10

// Overview leads to all that is set up, and says what is running.
func (h *Handlers) Overview(c echo.Context) error {
	ctx := c.Request().Context()
	directory, err := h.Store.Directory(ctx)
	if err != nil {
		return err
	}
	mended, err := h.Store.Mendings(ctx, mendedShown)
	if err != nil {
		return err
	}
	p := views.OverviewPage{Running: h.Running(), Mended: views.Mended(mended, h.kit.Now().In(h.kit.Zone()))}
	add := func(href, name, says string) {
		p.Ways = append(p.Ways, views.Way{ID: strings.ReplaceAll(strings.TrimPrefix(href, "/admin/"), "/", "-"), Href: href, Name: name, Says: says})
	}
	self, _ := h.kit.Account(c)
	hires := self.Role == store.Admin
	if hires {
		accounts, err := h.Store.Accounts(ctx)
		if err != nil {
			return err
		}
		add("/admin/accounts", "People", fmt.Sprintf("%d can sign in", len(accounts)))
	}
	add("/admin/warehouses", "Warehouses", townsOf(directory))
	add("/admin/products", "Products", ui.Count(len(directory.ProductIDs), "product"))
	add("/admin/countries", "Where we send to", countriesOf(directory.Served))
	add("/admin/stock", "Stock as a file", "send counts, fetch stock")
	add("/admin/audit", "Audit of the books", "counters beside the ledger")
	if hires {
		add("/admin/keys", "API keys", "how programs get in")
	}
	p.UI = h.model(c, "Shop set-up")
	return h.kit.Render(c, http.StatusOK, views.Overview(p))
}

// townsOf names the warehouses, as many as fit on a line.
func townsOf(directory store.Directory) string {
	var names []string
	for _, id := range directory.WarehouseIDs[:min(4, len(directory.WarehouseIDs))] {
		names = append(names, directory.WarehouseName(id))
	}
	if more := len(directory.WarehouseIDs) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return cmp.Or(strings.Join(names, ", "), "none yet")
}

func countriesOf(served []store.Country) string {
	switch len(served) {
	case 0:
		return "everywhere"
	case 1:
		return served[0].Name
	}
	return fmt.Sprintf("%d countries", len(served))
}

func (h *Handlers) model(c echo.Context, title string) ui.PageModel {
	model := h.kit.Model(c, title)
	model.Class = "staff"
	return model
}

// tidy takes stray white space off what was typed.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// fieldsOf gives an Invalid error's messages; any other error is returned.
func fieldsOf(err error) (map[string]string, error) {
	if store.KindOf(err) != store.Invalid {
		return nil, err
	}
	if fields := page.FieldsOf(err); len(fields) > 0 {
		return fields, nil
	}
	return map[string]string{"id": store.MessageOf(err)}, nil
}

func (h *Handlers) done(c echo.Context, part, text string) error {
	return h.kit.Done(c, "/admin/"+part, ui.Flash{Text: text})
}
