package admin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/handlers/signin"
	"waybill/store"
	views "waybill/views/admin"
)

// People lists who can sign in, with the form to add somebody.
func (h *Handlers) People(c echo.Context) error {
	return h.showPeople(c, http.StatusOK, views.AccountForm{})
}

func (h *Handlers) showPeople(c echo.Context, code int, form views.AccountForm) error {
	ctx := c.Request().Context()
	directory, err := h.Store.Directory(ctx)
	if err != nil {
		return err
	}
	p := views.PeoplePage{Form: form}
	for _, id := range directory.WarehouseIDs {
		p.Warehouses = append(p.Warehouses, directory.Warehouses[id])
	}
	self, _ := h.kit.Account(c)
	if p.Accounts, err = h.people(ctx, self, directory); err != nil {
		return err
	}
	p.UI = h.model(c, "People")
	return h.kit.Render(c, code, views.People(p))
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

// redisLimit bounds what is asked of Redis before and after a password is hashed: the hashing itself may
// have to wait for its turn.
const redisLimit = 500 * time.Millisecond

// AddAccount lets a new person in. It never changes an account that is there.
func (h *Handlers) AddAccount(c echo.Context) error {
	ctx := c.Request().Context()
	account := store.Account{
		Login: strings.ToLower(strings.TrimSpace(c.FormValue("login"))),
		Name:  tidy(c.FormValue("name")),
		Role:  store.Role(c.FormValue("role")),
	}
	form := views.AccountForm{Login: account.Login, Name: account.Name, Role: string(account.Role), Warehouse: c.FormValue("warehouse")}
	if account.Role == store.Clerk {
		account.Warehouse = form.Warehouse
	}
	var errors map[string]string
	err := page.Within(c, redisLimit, func(c echo.Context) (err error) {
		errors, err = h.checkAccount(c, account)
		return err
	})
	if err != nil {
		return err
	}
	if len(errors) > 0 {
		form.Errors = errors
		return h.showPeople(c, http.StatusUnprocessableEntity, form)
	}
	if account.Hash, err = h.Passwords.Hash(ctx, c.FormValue("password")); err != nil {
		return err
	}
	saving, cancel := context.WithTimeout(ctx, redisLimit)
	defer cancel()
	if err := h.Store.SaveAccount(saving, account); err != nil {
		return err
	}
	return h.done(c, "accounts", account.Name+" can sign in now.")
}

// checkAccount says, by field, why this account cannot be made.
func (h *Handlers) checkAccount(c echo.Context, account store.Account) (map[string]string, error) {
	ctx := c.Request().Context()
	fields := signin.CheckAccount(account, c.FormValue("password"))
	if !slices.Contains(views.Roles(), account.Role) {
		fields["role"] = "Choose what this person does."
	}
	if account.Role == store.Clerk {
		directory, err := h.Store.Directory(ctx)
		if err != nil {
			return nil, err
		}
		if _, ok := directory.Warehouses[account.Warehouse]; !ok {
			fields["warehouse"] = "Choose the warehouse in which the clerk works."
		}
	}
	if fields["login"] == "" {
		_, err := h.Store.Account(ctx, account.Login)
		switch {
		case err == nil:
			fields["login"] = "Somebody has this login already. Choose another one."
		case store.KindOf(err) != store.NotFound:
			return nil, err
		}
	}
	return fields, nil
}

// DeleteAccount ends a person's access at once. Nobody can delete themselves, so a shop
// always keeps an administrator.
func (h *Handlers) DeleteAccount(c echo.Context) error {
	ctx, login := c.Request().Context(), c.FormValue("login")
	if self, _ := h.kit.Account(c); self.Login == login {
		return h.kit.Failed(c, "/admin/accounts", store.Errorf(store.Conflict, "You cannot delete your own account. Ask another administrator."))
	}
	account, err := h.Store.Account(ctx, login)
	if err == nil {
		err = h.Store.DeleteAccount(ctx, login)
	}
	if err != nil {
		return h.kit.Failed(c, "/admin/accounts", err)
	}
	return h.done(c, "accounts", account.Name+" can no longer sign in.")
}
