package page

import (
	"github.com/labstack/echo/v4"

	"waybill/store"
)

// who is kept with the request: the person and the session they signed in with.
const (
	accountKey = "waybill.account"
	sessionKey = "waybill.session"
	unsureKey  = "waybill.unsure"
)

// SignedIn notes who makes this request, and the id of their session. The server's
// middleware calls it, once per request and before any handler.
func SignedIn(c echo.Context, account store.Account, session string) {
	c.Set(accountKey, account)
	c.Set(sessionKey, session)
}

// Unsure notes that nobody can tell now who makes this request: the page then offers no signing in, for
// they may well be signed in.
func Unsure(c echo.Context) { c.Set(unsureKey, true) }

// Account tells who is signed in.
func (k *Kit) Account(c echo.Context) (store.Account, bool) { return AccountOf(c) }

// AccountOf is Account for those who have no kit, such as middleware.
func AccountOf(c echo.Context) (store.Account, bool) {
	account, ok := c.Get(accountKey).(store.Account)
	return account, ok
}

// SessionOf gives the id of the session that the person signed in with, "" without one.
func SessionOf(c echo.Context) string {
	id, _ := c.Get(sessionKey).(string)
	return id
}

// Actor is the person as histories and ledgers name them; without a sign-in, a customer.
func (k *Kit) Actor(c echo.Context) store.Actor {
	if account, ok := AccountOf(c); ok {
		return account.Actor()
	}
	return store.Actor{Role: store.Customer}
}

// Home is the page on which a person's work begins.
func Home(account store.Account) string {
	switch account.Role {
	case store.Clerk:
		return "/warehouses/" + account.Warehouse
	case store.Courier:
		return "/courier"
	case store.Service, store.Owner:
		return "/service"
	case store.Admin:
		return "/admin"
	}
	return "/"
}

// WorkWords says what a person does and where: "Clerk in Gdańsk".
func WorkWords(account store.Account, directory store.Directory) string {
	if account.Warehouse == "" {
		return account.Role.Words()
	}
	return account.Role.Words() + " in " + directory.WarehouseName(account.Warehouse)
}
