package signin

import (
	"context"
	"net/http"
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

// SetUp makes the first account, an administrator, signs the person in and uses the token
// up. A bad form leaves the token as it was.
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
	spent, err := h.Options.Setup.Spend(ctx, form.Token)
	if err != nil {
		return err
	}
	if !spent {
		return errNoToken
	}
	if err := h.Store.SaveAccount(ctx, account); err != nil {
		return err
	}
	return h.enter(c, account, "")
}

var errNoToken = store.Errorf(store.NotFound, "This set-up link has been used, or is too old. Start Waybill again to get a new one.")

func (h *Handlers) checkToken(ctx context.Context, token string) error {
	if token == "" || len(token) > 64 {
		return errNoToken
	}
	ok, err := h.Options.Setup.Valid(ctx, token)
	if err == nil && !ok {
		err = errNoToken
	}
	return err
}

func (h *Handlers) showSetup(c echo.Context, code int, form views.Setup) error {
	form.UI = h.kit.Model(c, "Set up your shop")
	form.UI.Class = "staff"
	return h.kit.Render(c, code, views.FirstAccount(form))
}
