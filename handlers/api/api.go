// Package api is Waybill for programs: JSON over HTTP under /api/v1, described by an
// OpenAPI 3.1 document at /api/v1/openapi.json. Every answer that is not a success is
// application/problem+json (RFC 9457).
package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"waybill/store"
	"waybill/store/geo"
)

// Store is what the API needs of the shop. All errors are *store.Error or wrapped I/O
// errors; all methods may be called by many goroutines at once.
type Store interface {
	Place(context.Context, store.Placement) (order store.Order, created bool, err error)
	Order(context.Context, store.Number) (store.Order, error)
	OrderByToken(ctx context.Context, token string) (store.Order, error)
	Cancel(ctx context.Context, who store.Actor, n store.Number, reason string) error
	WhatIf(ctx context.Context, request store.Request) (store.Outcome, error)
	CancelByToken(ctx context.Context, who store.Actor, token, reason string) (order store.Order, done bool, err error)
	StockOf(ctx context.Context, warehouse string) ([]store.Shelf, error)
	SetStock(ctx context.Context, who store.Actor, warehouse, product string, onHand int, reason string) (store.Level, error)
	SetThreshold(ctx context.Context, who store.Actor, warehouse, product string, units int) error
	Losers(ctx context.Context, warehouse, product string, remains store.Remains, chosen []string) (store.Losers, error)
	Correct(ctx context.Context, who store.Actor, c store.Correction) ([]store.Level, error)
	Receive(ctx context.Context, who store.Actor, r store.Receipt) (levels []store.Shelf, created bool, err error)

	Directory(ctx context.Context) (store.Directory, error)
	Deliveries(ctx context.Context, warehouse string) (open, closed []store.Delivery, err error)
	Delivery(ctx context.Context, id string) (store.Delivery, error)
	Announce(ctx context.Context, who store.Actor, d store.Delivery) (_ store.Delivery, made bool, err error)
	MoveDelivery(ctx context.Context, who store.Actor, moved store.Delivery, why string) (store.Delivery, error)
	ReceiveDelivery(ctx context.Context, who store.Actor, id string, version int, receipt store.DeliveryReceipt) (store.Delivery, error)

	TransfersOf(ctx context.Context, warehouse string) ([]store.Transfer, error)
	Transfer(ctx context.Context, id string) (store.Transfer, error)
	AskTransfer(ctx context.Context, who store.Actor, ask store.Ask) (_ store.Transfer, raised bool, err error)
	SendPart(ctx context.Context, who store.Actor, id string, sent []store.Line, why store.Shortfall) (store.Transfer, error)
	ReceivePart(ctx context.Context, who store.Actor, id string, arrived, damaged []store.Line, note string) (store.Transfer, error)
}

// Gazetteer finds where an address is: *geo.Gazetteer. False means that not even the
// country is known.
type Gazetteer interface {
	Find(city, postalCode, country string) (geo.Place, bool)
}

// Options is what the API is made of. BaseURL ("https://shop.example") begins the links
// that it hands out; when empty, the address of each request does. Log hears what went
// wrong on our side; nil is slog's default. NewKey gives words that nobody has used before;
// nil takes random ones. Now is the time, in the zone in which the shop's days are; nil is time.Now.
type Options struct {
	Store     Store
	Gazetteer Gazetteer
	Keys      Keys
	BaseURL   string
	Log       *slog.Logger
	NewKey    func() string
	Now       func() time.Time

	// Enter takes a place for a request whose body has arrived, and leave gives it back; Unavailable when there
	// is no room. Orders come first. Nil is room for all.
	Enter func(ctx context.Context, order bool) (leave func(), err error)
}

// prefix is where this version of the API lives.
const prefix = "/api/v1"

type server struct {
	Options
	api huma.API
}

// Register puts the API's routes on e, and an answer in its own manner for everything
// else under /api. It fails only if the API's description cannot be written, which is a
// defect. Call it once, before e serves.
func Register(e *echo.Echo, options Options) error {
	if options.Log == nil {
		options.Log = slog.Default()
	}
	if options.NewKey == nil {
		options.NewKey = rand.Text
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	options.BaseURL = strings.TrimRight(options.BaseURL, "/")
	s := &server{Options: options}
	s.api = humaecho.New(e, s.config())
	s.api.UseMiddleware(s.admit, s.readBody, s.room, bounded)
	s.orderRoutes()
	s.cancelRoute()
	s.stockRoutes()
	s.receiptRoutes()
	s.deliveryRoutes()
	s.transferRoutes()
	listsAreLists(s.api.OpenAPI())

	document, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	e.GET(prefix+"/openapi.json", func(c echo.Context) error {
		return c.Blob(http.StatusOK, "application/openapi+json", document)
	})
	lost := s.lost()
	e.RouteNotFound("/api", lost)
	e.RouteNotFound("/api/*", lost)
	return nil
}

// config says how huma is to behave: strict objects, JSON only, no pages of its own.
func (s *server) config() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "Waybill",
				Version: "1",
				Description: "Place orders, follow them, and keep stock. Quantities are whole units, times are UTC, " +
					"an order's number is the N of `order:N`. Wherever a path has {number}, the order's `reference` does too: it leads to an order " +
					"that is received and not placed yet, whichever node is asked. Errors are application/problem+json.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					scheme: {Type: "http", Scheme: "bearer", Description: "The key as `Authorization: Bearer <key>`. Beside each operation stands the scope that the key needs."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{s.plainWords},
	}
}

// listsAreLists says in every schema that a list is never null: huma takes Go's nil slices
// into account, and this API neither sends nor takes null for one.
func listsAreLists(document *huma.OpenAPI) {
	for _, schema := range document.Components.Schemas.Map() {
		for _, property := range schema.Properties {
			property.Nullable = property.Nullable && property.Type != huma.TypeArray
		}
	}
}

// lost answers for what is not a route: 405 with Allow where only the method is wrong,
// else 404.
func (s *server) lost() echo.HandlerFunc {
	routes := map[string][]string{prefix + "/openapi.json": {http.MethodGet}}
	for path, item := range s.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put} {
			if op != nil {
				routes[path] = append(routes[path], method)
			}
		}
	}
	return func(c echo.Context) error {
		for path, methods := range routes {
			if matches(path, c.Request().URL.Path) {
				allow := strings.Join(methods, ", ")
				c.Response().Header().Set(echo.HeaderAllow, allow)
				return Problem(c, http.StatusMethodNotAllowed, fmt.Sprintf("Here only %s is possible.", allow))
			}
		}
		return Problem(c, http.StatusNotFound, "There is nothing at this address. The API is described at "+prefix+"/openapi.json.")
	}
}

// matches tells whether a path is one of a template such as /orders/{number}.
func matches(template, path string) bool {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i, part := range want {
		if part != have[i] && (!strings.HasPrefix(part, "{") || have[i] == "") {
			return false
		}
	}
	return true
}
