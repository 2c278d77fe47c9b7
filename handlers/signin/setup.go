package signin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/store"
	views "waybill/views/signin"
)

// SetupForm shows the form for the first account; NotFound without a good token.
func (h *Handlers) SetupForm(c echo.Context) error {
	token := c.QueryParam("token")
	if err := h.checkToken(c.Request().Context(), token); err != nil {
		return err
	}
	return h.showSetup(c, http.StatusOK, views.Setup{Token: token})
}

// SetUp makes the first account, an administrator, and signs the person in. The token is good until the
// account is there and no longer, whatever fails or dies in between; a bad form leaves it as it was.
func (h *Handlers) SetUp(c echo.Context) error {
	ctx := c.Request().Context()
	form := views.Setup{
		Token: c.FormValue("token"),
		Login: strings.ToLower(strings.TrimSpace(c.FormValue("login"))),
		Name:  strings.Join(strings.Fields(c.FormValue("name")), " "),
	}
	if err := h.checkToken(ctx, form.Token); err != nil {
		return err
	}
	account := store.Account{Login: form.Login, Name: form.Name, Role: store.Admin}
	form.Errors = CheckAccount(account, c.FormValue("password"))
	if len(form.Errors) > 0 {
		return h.showSetup(c, http.StatusUnprocessableEntity, form)
	}
	hash, err := h.Passwords.Hash(ctx, c.FormValue("password"))
	if err != nil {
		return err
	}
	account.Hash = hash
	if err := h.makeFirst(ctx, form.Token, account); err != nil {
		return err
	}
	return h.enter(c, account, "")
}

// makeFirst makes the first account, one caller at a time.
func (h *Handlers) makeFirst(ctx context.Context, token string, account store.Account) error {
	ctx, cancel := context.WithTimeout(ctx, redisLimit)
	defer cancel()
	claimed, err := h.Options.Setup.Claim(ctx, token)
	if err == nil && !claimed {
		err = errClaimed
	}
	if err == nil {
		err = h.checkToken(ctx, token) // somebody may have been faster
	}
	if err == nil {
		err = h.Store.SaveAccount(ctx, account)
	}
	further, end := context.WithTimeout(context.WithoutCancel(ctx), redisLimit)
	defer end()
	if err == nil {
		_ = h.Options.Setup.Spend(further) // if not, they run out: now that the account is there, they open nothing
		return nil
	}
	if claimed {
		err = errors.Join(err, h.Options.Setup.Release(further))
	}
	return err
}

var (
	errNoToken = store.Errorf(store.NotFound, "This set-up link has been used, or is too old. Start Waybill again to get a new one.")
	errClaimed = store.Errorf(store.Unavailable, "Somebody is making the first account at this moment. Please try again in a few seconds.")
)

// checkToken tells whether the first account may be made with this token: once somebody has a password
// nobody else gets in by a link.
func (h *Handlers) checkToken(ctx context.Context, token string) error {
	if token == "" || len(token) > 64 {
		return errNoToken
	}
	ctx, cancel := context.WithTimeout(ctx, redisLimit)
	defer cancel()
	ok, err := h.Options.Setup.Valid(ctx, token)
	if err != nil || !ok {
		return cmp.Or(err, error(errNoToken))
	}
	accounts, err := h.Store.Accounts(ctx)
	if err == nil && slices.ContainsFunc(accounts, func(a store.Account) bool { return a.Hash != "" }) {
		err = errNoToken
	}
	return err
}

func (h *Handlers) showSetup(c echo.Context, code int, form views.Setup) error {
	form.UI = h.kit.Model(c, "Set up your shop")
	form.UI.Class = "staff"
	return h.kit.Render(c, code, views.FirstAccount(form))
}
