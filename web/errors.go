package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"syscall"

	"github.com/labstack/echo/v4"

	"waybill/handlers/api"
	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// errorPages answers with a page, or a problem under /api, whatever handlers return as an
// error. It is the only place that logs errors of requests.
type errorPages struct {
	kit      *page.Kit
	sessions Sessions
	log      *slog.Logger
	outage   *outage
}

// handle is Echo's error handler.
func (p errorPages) handle(err error, c echo.Context) {
	status := statusOf(err)
	gone := errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil
	unheard := c.Response().Committed && hungUp(err)
	if status >= 500 && !gone && !unheard && !p.outage.hush(status) {
		p.log.Error("request failed", "id", requestID(c), "method", c.Request().Method, "route", c.Path(), "status", status, "error", err)
	}
	if c.Response().Committed || gone {
		return
	}
	if err := p.answer(c, status, err); err != nil && !hungUp(err) {
		p.log.Error("error page failed", "id", requestID(c), "error", err)
	}
}

// hungUp tells whether an answer could not be written because nobody is there any more to read it.
func hungUp(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed)
}

func (p errorPages) answer(c echo.Context, status int, err error) error {
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable {
		header.Set("Retry-After", "2")
	}
	if isAPI(c.Request()) {
		return api.Problem(c, status, messageOf(err, status))
	}
	if c.Get(askedKey) == nil && status == http.StatusNotFound {
		_ = page.Within(c, sessionBudget, p.sessions.Load) // an address without a route: the page should still know who is there
	}
	told := errorModel(c, status, err)
	model := p.kit.Model(c, told.Title)
	model.Class, model.Sub = "staff", nil
	return p.kit.Render(c, status, ui.ErrorPage(model, told))
}

// statusOf maps the kinds of failure to what HTTP calls them.
func statusOf(err error) int {
	if known, ok := errors.AsType[*echo.HTTPError](err); ok {
		return known.Code
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	return page.StatusOf(store.KindOf(err))
}

// titleOf says in a few words what sort of failure it is.
func titleOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return "This page does not exist"
	case http.StatusMethodNotAllowed:
		return "This cannot be done here"
	case http.StatusConflict:
		return "Things have moved on"
	case http.StatusUnauthorized:
		return "Please sign in"
	case http.StatusForbidden:
		return "This is not yours to do"
	case http.StatusRequestEntityTooLarge:
		return "That is too much at once"
	case http.StatusServiceUnavailable:
		return "Back in a moment"
	}
	if status < 500 {
		return "This could not be understood"
	}
	return "Something went wrong on our side"
}

// errorModel says what happened, what was kept, and what to do.
func errorModel(c echo.Context, status int, err error) ui.ErrorModel {
	if status == http.StatusServiceUnavailable {
		return outageModel(c, messageOf(err, status), err)
	}
	e := ui.ErrorModel{Title: titleOf(status), Happened: messageOf(err, status)}
	switch {
	case status == http.StatusUnauthorized:
		e.LinkHref, e.LinkLabel = "/signin", "Sign in"
	case status >= 500:
		e.Next = "Go back and try it again. If it goes wrong again, tell us the number below."
		e.RequestID = requestID(c)
	case status != http.StatusNotFound:
		e.Next = "Go back one page. What you typed is still there."
	}
	return e
}

// messageOf gives the words for people. Messages of the framework are not for them, except
// those that we wrote.
func messageOf(err error, status int) string {
	if _, ok := errors.AsType[*store.Error](err); ok {
		return page.FlashText(err)
	}
	switch status {
	case http.StatusNotFound:
		return "There is nothing at this address. Perhaps it was mistyped."
	case http.StatusMethodNotAllowed:
		return "This address is there, but not for this."
	case http.StatusRequestEntityTooLarge:
		return "This is larger than anything we take."
	}
	if known, ok := errors.AsType[*echo.HTTPError](err); ok && status < 500 {
		if text, ok := known.Message.(string); ok {
			return text
		}
	}
	return store.MessageOf(err)
}
