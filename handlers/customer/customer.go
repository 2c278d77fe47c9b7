// Package customer serves the pages of people who buy: the shop with its basket, the order
// form, and the page on which they follow their order. Nobody signs in here.
package customer

import (
	"context"
	"regexp"
	"time"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/store/geo"
)

// Store is what these pages need to know and to do. Its methods may be called by many
// requests at once.
type Store interface {
	// Directory gives the products and warehouses.
	Directory(ctx context.Context) (store.Directory, error)
	// Catalogue gives every product with the units that could be promised now.
	Catalogue(ctx context.Context) ([]store.Offer, error)
	// Quotes says for each speed when these lines would arrive at a place.
	Quotes(ctx context.Context, lines []store.Line, to *store.Point) ([]store.Quote, error)
	// Place makes an order, or finds the one that the same caller and key made before. It is a
	// Conflict with Short when stock ran out, and Invalid with the field "idempotency_key"
	// when the key made an order with another content; that order is given with the error.
	Place(ctx context.Context, p store.Placement) (order store.Order, created bool, err error)
	// OrderByToken finds the order that a customer's link leads to, with the note behind its token, if it has
	// one; NotFound. The order's Token has one that should be shown from now on.
	OrderByToken(ctx context.Context, token string) (store.Order, error)
	// EditQuotes is Quotes for an order that would be changed to these lines: what it holds is its own.
	EditQuotes(ctx context.Context, n store.Number, lines []store.Line, to *store.Point) ([]store.Quote, error)
	// Edit changes an order until its parcel is ready. Conflict says why not, with Short when
	// there is too little; Invalid has the fields.
	Edit(ctx context.Context, who store.Actor, n store.Number, e store.Edit) (store.Order, error)
	// CancelByToken ends the order that a link leads to, if it has not left yet; Conflict says what to do
	// instead. With done false that is written down, for the order cannot be looked up yet. It gives the order,
	// unless there is none or the reason is Invalid.
	CancelByToken(ctx context.Context, who store.Actor, token, reason string) (order store.Order, done bool, err error)
	// Order gives an order whole; NotFound.
	Order(ctx context.Context, n store.Number) (store.Order, error)
}

// Places tells where a town lies, and to which countries one can send; store/geo has it.
type Places interface {
	Find(city, postalCode, country string) (geo.Place, bool)
	Countries() []geo.Country
}

// Options is what the pages need besides the kit and the store; all of it must be there.
type Options struct {
	Places Places
	NewKey func() string // a new unguessable word of 22 to 64 letters and digits for each order form
	Secure bool          // the shop is reached by https only: the basket's cookie says so
}

// Handlers answers the customer's requests. It is never changed after New.
type Handlers struct {
	kit     *page.Kit
	store   Store
	options Options
}

// New makes the handlers.
func New(kit *page.Kit, store Store, options Options) *Handlers {
	return &Handlers{kit: kit, store: store, options: options}
}

// keyPattern is what a form's key looks like. Whatever else is posted as one was not
// made by us, and could collide with somebody else's.
var keyPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{22,64}$`)

// now is the present moment in the zone in which the shop names its days.
func (h *Handlers) now() time.Time { return h.kit.Now().In(h.kit.Zone()) }
