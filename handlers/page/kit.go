// Package page is the kit that every page handler works with: it fills in what all pages
// share, renders, answers forms and serves a page's live part, so that a handler says
// only what is its own.
package page

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/store"
)

// Options is what the kit needs from whoever puts the server together. Now, Zone and
// Asset must be there; without Live no page is live.
type Options struct {
	Now   func() time.Time
	Zone  *time.Location
	Asset func(name string) string // the address of an embedded file, with its content's hash
	Live  Live
	// Country gives a country's name for its two letters; without it people read the letters.
	Country func(code string) string
	Notice  string // stands on every page: what a person must know about this shop
	Secure  bool   // the shop is reached by https only: cookies say so
}

// Kit is shared by all page handlers. It is never changed after New, and may be used by
// many requests at once.
type Kit struct {
	options Options
	buffers sync.Pool
}

// New makes the kit.
func New(options Options) *Kit {
	return &Kit{options: options, buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
}

// Now is the present moment by the shop's clock.
func (k *Kit) Now() time.Time { return k.options.Now() }

// Zone is the zone in which people read times.
func (k *Kit) Zone() *time.Location { return k.options.Zone }

// Country is the name of a country as people say it; code is its two letters.
func (k *Kit) Country(code string) string {
	if k.options.Country == nil {
		return code
	}
	return k.options.Country(code)
}

// Asset gives the address of an embedded file, such as "products/prod1.svg".
func (k *Kit) Asset(name string) string { return k.options.Asset(name) }

// Render writes a page. Nothing is sent before the whole of it has been rendered, so a
// failure in the middle can still become an error page.
func (k *Kit) Render(c echo.Context, code int, page templ.Component) error {
	buffer := k.buffers.Get().(*bytes.Buffer)
	buffer.Reset()
	defer k.buffers.Put(buffer)
	ctx := context.WithoutCancel(c.Request().Context()) // the time for finding out may be over, but not for saying so
	if err := page.Render(ctx, buffer); err != nil {
		return err
	}
	return c.HTMLBlob(code, buffer.Bytes())
}

// Number reads the order's number from the path; NotFound if it is not one.
func Number(c echo.Context) (store.Number, error) {
	n, ok := store.ParseNumber(c.Param("number"))
	if !ok {
		return 0, store.Errorf(store.NotFound, "There is no order with this number.")
	}
	return n, nil
}
