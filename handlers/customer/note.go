package customer

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// The cookie in which a browser keeps the note that an order is to be cancelled, under the order's link only. It
// is sealed, so nobody can make one. So every node shows the same, whichever address of the page was kept.
const (
	noteName    = "waybill-cancel"
	noteSeconds = 30 * 24 * 60 * 60
)

// reference is what leads to the order of this page: the word in the address, and behind it what the browser
// was told of cancelling the order, where the address does not say it.
func (h *Handlers) reference(c echo.Context) string {
	reference := c.Param("token")
	if _, note := store.SplitReference(reference); note != "" {
		return reference
	}
	if with := store.JoinReference(reference, noteKept(c)); store.ValidReference(with) {
		return with
	}
	return reference
}

// keepNote makes the browser keep what an order's reference says of cancelling it. When it says nothing, as once
// our books have the order, what was kept is forgotten.
func (h *Handlers) keepNote(c echo.Context, order store.Order) {
	token, note := store.SplitReference(order.Token)
	seconds := noteSeconds
	if note == "" {
		seconds = -1
	}
	if note == noteKept(c) {
		return
	}
	c.SetCookie(&http.Cookie{
		Name: noteName, Value: note, Path: "/track/" + token, MaxAge: seconds,
		HttpOnly: true, Secure: h.options.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// noteKept is the note that came with the request; "" when none did.
func noteKept(c echo.Context) string {
	if cookie, err := c.Cookie(noteName); err == nil {
		return cookie.Value
	}
	return ""
}
