// Package signin answers the pages on which staff sign in and out, and on which a new shop
// gets its first account.
package signin

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	views "waybill/views/signin"
	"waybill/views/ui"
)

// Store is what signing in needs of the shop's records.
type Store interface {
	Directory(ctx context.Context) (store.Directory, error)
	Account(ctx context.Context, login string) (store.Account, error)
	Accounts(ctx context.Context) ([]store.Account, error)
	SaveAccount(ctx context.Context, account store.Account) error
}

// Sessions begins and ends sessions.
type Sessions interface {
	SignIn(c echo.Context, account store.Account) error
	SignOut(c echo.Context) error
}

// Tokens are for the first account. Claim tells whether a token is good, and lets nobody else use one until
// Release, or until a while has passed; Spend ends them all.
type Tokens interface {
	Valid(ctx context.Context, token string) (bool, error)
	Claim(ctx context.Context, token string) (bool, error)
	Release(ctx context.Context) error
	Spend(ctx context.Context) error
}

// Tries are the wrong tries that somebody still has, over all nodes.
type Tries interface {
	Take(ctx context.Context, who string) (bool, error)
	GiveBack(ctx context.Context, who string) error
}

// Options is what the handlers work with. All of it must be there, except Demo: the people
// whom the demo lets in with one click, nil outside the demo.
type Options struct {
	Store     Store
	Sessions  Sessions
	Setup     Tokens
	Passwords *Passwords
	ByLogin   Tries // of a login
	ByAddress Tries // of an address, behind which many people may sit
	Demo      []store.Account
	May       func(account store.Account, path string) bool // may this person open this page
	SignedOut func(session string)                          // hears which session has ended
}

// Handlers has one method for each route. They may run many at once.
type Handlers struct {
	kit *page.Kit
	Options
}

// New makes the handlers.
func New(kit *page.Kit, options Options) *Handlers { return &Handlers{kit: kit, Options: options} }

// redisLimit bounds what is asked of Redis before and after a password is hashed: the hashing itself may
// have to wait for its turn.
const redisLimit = 500 * time.Millisecond

// Form shows the sign-in page. Who is signed in already goes to where they wanted.
func (h *Handlers) Form(c echo.Context) error {
	next := c.QueryParam("next")
	if account, ok := h.kit.Account(c); ok {
		return c.Redirect(http.StatusSeeOther, h.destination(account, next))
	}
	return h.show(c, http.StatusOK, views.Page{Next: safeNext(next)})
}

// SignIn takes a login and a password.
func (h *Handlers) SignIn(c echo.Context) error {
	form := views.Page{Login: strings.TrimSpace(c.FormValue("login")), Next: safeNext(c.FormValue("next"))}
	login := strings.ToLower(form.Login)
	if login == "" || c.FormValue("password") == "" {
		form.Error = "Type your login and your password."
		return h.show(c, http.StatusUnprocessableEntity, form)
	}
	ctx := c.Request().Context()
	account, may, err := h.find(ctx, login, c.RealIP())
	if err != nil {
		return err
	}
	if !may {
		c.Response().Header().Set("Retry-After", "10")
		form.Error = "Too many tries failed. Wait a little, then try again."
		return h.show(c, http.StatusTooManyRequests, form)
	}
	ok, err := h.verify(ctx, account, c.FormValue("password"))
	if err != nil || ok {
		h.giveBack(ctx, h.ByLogin, login)
		h.giveBack(ctx, h.ByAddress, c.RealIP())
	}
	if err != nil {
		return err
	}
	if !ok {
		form.Error = "This login and this password do not belong together."
		return h.show(c, http.StatusUnprocessableEntity, form)
	}
	return h.enter(c, account, form.Next)
}

// Demo signs in one of the demo's people with one click; NotFound for anybody else, and
// everywhere but in the demo.
func (h *Handlers) Demo(c echo.Context) error {
	login := c.FormValue("login")
	if !slices.ContainsFunc(h.Options.Demo, func(a store.Account) bool { return a.Login == login }) {
		return store.Errorf(store.NotFound, "There is no such person in this demo.")
	}
	account, err := h.Store.Account(c.Request().Context(), login)
	if err != nil {
		return err
	}
	return h.enter(c, account, c.FormValue("next"))
}

// SignOut ends the session and every open page of it.
func (h *Handlers) SignOut(c echo.Context) error {
	if err := h.Sessions.SignOut(c); err != nil {
		return err
	}
	h.SignedOut(page.SessionOf(c))
	return h.kit.Done(c, "/signin", ui.Flash{Text: "You are signed out."})
}

// find uses up a try of the address and one of the login, tells whether there were any, and gives the
// account of the login: an empty one if there is none.
func (h *Handlers) find(ctx context.Context, login, address string) (account store.Account, may bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, redisLimit)
	defer cancel()
	if may, err = h.ByAddress.Take(ctx, address); err != nil || !may {
		return account, false, err
	}
	if may, err = h.ByLogin.Take(ctx, login); err != nil || !may {
		h.giveBack(ctx, h.ByAddress, address)
		return account, false, err
	}
	if !store.ValidID(login) {
		return account, true, nil
	}
	account, err = h.Store.Account(ctx, login)
	if store.KindOf(err) == store.NotFound {
		return store.Account{}, true, nil
	}
	if err != nil {
		h.giveBack(ctx, h.ByLogin, login)
		h.giveBack(ctx, h.ByAddress, address)
	}
	return account, true, err
}

// giveBack returns a try that did not fail. If it cannot, it comes back by itself in a while.
func (h *Handlers) giveBack(ctx context.Context, tries Tries, who string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisLimit/5)
	defer cancel()
	_ = tries.GiveBack(ctx, who)
}

// verify tells whether the password is that of the account. It takes as long for one that does not exist.
func (h *Handlers) verify(ctx context.Context, account store.Account, password string) (bool, error) {
	if len(password) > 4*passwordMax {
		return false, nil
	}
	return h.Passwords.Matches(ctx, password, account.Hash)
}

func (h *Handlers) enter(c echo.Context, account store.Account, next string) error {
	err := page.Within(c, redisLimit, func(c echo.Context) error { return h.Sessions.SignIn(c, account) })
	if err != nil {
		return err
	}
	if old := page.SessionOf(c); old != "" {
		h.SignedOut(old)
	}
	return c.Redirect(http.StatusSeeOther, h.destination(account, next))
}

// destination is the page that the person wanted, if it is on this site and theirs to see;
// else their own.
func (h *Handlers) destination(account store.Account, next string) string {
	if next = safeNext(next); next != "" && h.May(account, next) {
		return next
	}
	return page.Home(account)
}

// safeNext keeps a path of this site and drops everything else.
func safeNext(next string) string {
	if !page.LocalPath(next) || strings.HasPrefix(next, "/signin") || strings.HasPrefix(next, "/setup") {
		return ""
	}
	return next
}

func (h *Handlers) show(c echo.Context, code int, form views.Page) error {
	form.UI = h.kit.Model(c, "Sign in")
	form.UI.Class = "staff"
	if len(h.Options.Demo) > 0 {
		directory, err := h.Store.Directory(c.Request().Context())
		if err != nil {
			return err
		}
		form.People = views.People(h.Options.Demo, func(a store.Account) string { return page.WorkWords(a, directory) })
	}
	return h.kit.Render(c, code, views.SignIn(form))
}
