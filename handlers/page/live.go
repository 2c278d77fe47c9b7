package page

import (
	"context"
	"errors"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/store"
)

// Topic is the live part of a page as many people see it: pages of the same topic show
// the same thing, so it is rendered once for all of them. The server makes topics, from
// the page and the person; a browser cannot name one.
type Topic struct {
	Name     string   // what is shown and to which role: "board:warehouse1:clerk"
	Channels []string // hints that it may have changed: "warehouse:warehouse1"
	// Render reads the present state and gives the page's live part. It runs on the hub's
	// account, outside any request, so it must not touch the request that asked for it.
	Render func(ctx context.Context) (templ.Component, error)
}

// Live keeps pages up to date through sockets; web/live has it. Session is the id of the
// viewer's session, "" for a customer: when it ends, its sockets are closed.
type Live interface {
	Serve(c echo.Context, topic Topic, session string) error
}

// Live turns the request into the socket of a page's live part. It returns when the socket
// is handed over; NotFound where pages are not live.
func (k *Kit) Live(c echo.Context, topic Topic) error {
	if k.options.Live == nil {
		return store.Errorf(store.NotFound, "This page does not update by itself.")
	}
	return k.options.Live.Serve(c, topic, SessionOf(c))
}

func asError(err error) (*store.Error, bool) { return errors.AsType[*store.Error](err) }
