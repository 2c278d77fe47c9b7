package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

// errNotYours is what a person gets who is signed in but has no business here: the same as
// for a page that does not exist.
var errNotYours = store.Errorf(store.NotFound, "There is no such page for you. Perhaps the address was mistyped.")

// live tells whether the route is the socket of a page.
func (r Route) live() bool { return strings.HasSuffix(r.Path, "/live") }

// middleware is what stands before a route's handler, the outermost first.
func (r Route) middleware(people func(Route) echo.MiddlewareFunc, crowd *Crowd) []echo.MiddlewareFunc {
	room := crowd.door(r)
	if r.Method != http.MethodPost {
		return []echo.MiddlewareFunc{r.cache, room, people(r), r.admit, r.bounded}
	}
	read := readForm
	if r.Path == uploadPath {
		read = readUpload
	}
	return []echo.MiddlewareFunc{r.cache, people(r), r.admit, read, room, r.bounded}
}

// cache says how long the answer may be kept, and keeps a private address from spreading.
func (r Route) cache(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set("Cache-Control", "private, no-cache")
		if r.Private {
			header.Set("Cache-Control", "no-store")
		}
		if strings.HasPrefix(r.Path, "/track/") || r.Path == "/setup" {
			header.Set("Referrer-Policy", "no-referrer")
		}
		return next(c)
	}
}

// askedKey marks a request of which somebody has asked already who makes it.
const askedKey = "waybill.asked"

// person finds out who is there. Where everyone may go, an outage of the sessions makes
// nobody wait: they are simply not signed in.
func person(sessions Sessions, log *slog.Logger) func(Route) echo.MiddlewareFunc {
	return func(r Route) echo.MiddlewareFunc {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				c.Set(askedKey, true)
				if err := page.Within(c, sessionBudget, sessions.Load); err != nil {
					page.Unsure(c)
					if r.Roles != nil {
						return err
					}
					log.Debug("session not loaded", "id", requestID(c), "error", err)
				}
				return next(c)
			}
		}
	}
}

// admit lets in those whom the table names.
func (r Route) admit(next echo.HandlerFunc) echo.HandlerFunc {
	if r.Roles == nil {
		return next
	}
	return func(c echo.Context) error {
		account, signedIn := page.AccountOf(c)
		switch {
		case !signedIn && r.Method == http.MethodGet && !r.live():
			return c.Redirect(http.StatusSeeOther, "/signin?next="+url.QueryEscape(c.Request().URL.RequestURI()))
		case !signedIn:
			return store.Errorf(store.Unauthorized, "You are signed out. Sign in and do it once more.")
		case !r.allows(account, c.Param("id")):
			return errNotYours
		}
		return next(c)
	}
}

// allows tells whether a person may use this route for the thing with this id.
func (r Route) allows(account store.Account, id string) bool {
	if r.Roles == nil {
		return true
	}
	return slices.Contains(r.Roles, account.Role) && (!r.Own || account.Role != store.Clerk || account.Warehouse == id)
}

// May tells whether a person may open the page at this path, such as the one that they
// wanted before they signed in.
func (h Handlers) May(account store.Account, path string) bool {
	target, err := url.Parse(path)
	if err != nil {
		return false
	}
	for _, route := range h.Routes() {
		if id, ok := route.matches(target.Path); ok && route.Method == http.MethodGet && !route.live() {
			return route.allows(account, id)
		}
	}
	return false
}

// matches tells whether a path is one of this route, and gives its :id.
func (r Route) matches(path string) (id string, ok bool) {
	want, have := strings.Split(r.Path, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return "", false
	}
	for i, part := range want {
		switch {
		case part == ":id":
			id = have[i]
		case part != have[i] && !strings.HasPrefix(part, ":"):
			return "", false
		}
	}
	return id, true
}
