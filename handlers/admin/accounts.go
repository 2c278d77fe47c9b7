package admin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/signin"
	"waybill/store"
	views "waybill/views/admin"
)

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
	errors, err := h.checkAccount(c, account)
	if err != nil {
		return err
	}
	if len(errors) > 0 {
		form.Errors = errors
		return h.show(c, http.StatusUnprocessableEntity, views.Page{Account: form})
	}
	if account.Hash, err = h.Passwords.Hash(ctx, c.FormValue("password")); err != nil {
		return err
	}
	if err := h.Store.SaveAccount(ctx, account); err != nil {
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
		return h.kit.Failed(c, "/admin#accounts", store.Errorf(store.Conflict, "You cannot delete your own account. Ask another administrator."))
	}
	account, err := h.Store.Account(ctx, login)
	if err == nil {
		err = h.Store.DeleteAccount(ctx, login)
	}
	if err != nil {
		return h.kit.Failed(c, "/admin#accounts", err)
	}
	return h.done(c, "accounts", account.Name+" can no longer sign in.")
}
