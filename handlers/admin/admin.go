// Package admin answers the page on which a shop is set up: people, warehouses, products.
package admin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
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
}

// Passwords makes the hash of a new password.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
}

// Options is what the handlers work with.
type Options struct {
	Store     Store
	Passwords Passwords
	Pictures  []string            // names of pictures that a product may have
	Running   func() []views.Fact // what the process runs on, for people
}

// Handlers has one method for each route. They may run many at once.
type Handlers struct {
	kit *page.Kit
	Options
}

// New makes the handlers.
func New(kit *page.Kit, options Options) *Handlers { return &Handlers{kit, options} }

// Overview shows all of it. A product or a warehouse that is named in the address stands in
// its form, to be changed.
func (h *Handlers) Overview(c echo.Context) error {
	directory, err := h.Store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	p := views.Page{Warehouse: views.NewWarehouse()}
	if w, ok := directory.Warehouses[c.QueryParam("warehouse")]; ok {
		p.Warehouse = views.FormOfWarehouse(w)
	}
	if product, ok := directory.Products[c.QueryParam("product")]; ok {
		p.Product = views.FormOfProduct(product, h.kit.Zone())
	}
	return h.show(c, http.StatusOK, p)
}

// show fills in what is there around the forms.
func (h *Handlers) show(c echo.Context, code int, p views.Page) error {
	ctx := c.Request().Context()
	directory, err := h.Store.Directory(ctx)
	if err != nil {
		return err
	}
	for _, id := range directory.WarehouseIDs {
		p.Warehouses = append(p.Warehouses, directory.Warehouses[id])
	}
	for _, id := range directory.ProductIDs {
		p.Products = append(p.Products, directory.Products[id])
	}
	self, _ := h.kit.Account(c)
	if p.MayAccount = self.Role == store.Admin; p.MayAccount {
		if p.Accounts, err = h.people(ctx, self, directory); err != nil {
			return err
		}
	}
	p.Running, p.Pictures, p.Zone = h.Running(), h.Pictures, h.kit.Zone()
	p.UI = h.kit.Model(c, "Shop set-up")
	p.UI.Class = "staff"
	return h.kit.Render(c, code, views.Overview(p, page.RoleWords))
}

func (h *Handlers) people(ctx context.Context, self store.Account, directory store.Directory) ([]views.Account, error) {
	accounts, err := h.Store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(accounts, func(a, b store.Account) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Login, b.Login))
	})
	rows := make([]views.Account, len(accounts))
	for i, a := range accounts {
		rows[i] = views.Account{Login: a.Login, Name: a.Name, Role: page.WorkWords(a, directory), Self: a.Login == self.Login}
	}
	return rows, nil
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
	return h.kit.Done(c, "/admin#"+part, ui.Flash{Text: text})
}
