package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/store"
	"waybill/store/geo"
)

const secret = "s3cret"

// shop is a Store and a Gazetteer in memory. It remembers what it was asked, so that a
// test can tell that nothing bad ever reached it.
type shop struct {
	wishes   []store.Placement
	placed   map[string]store.Order // by caller and key
	counts   []string               // also every other thing that it did
	delivery store.Delivery
	receipts []store.Receipt
	fails    error // what every method answers, if set
	again    bool  // whether what is sent had been sent before
	received bool  // orders are written down only
	refuses  error // what placing answers, if set
	served   []store.Country
	away     bool // nothing can be looked up but what a reference tells
}

func (s *shop) Place(_ context.Context, p store.Placement) (store.Order, bool, error) {
	if s.fails != nil {
		return store.Order{}, false, s.fails
	}
	if s.refuses != nil {
		return store.Order{}, false, s.refuses
	}
	s.wishes = append(s.wishes, p)
	if order, ok := s.placed[p.Caller+p.Key]; ok {
		return order, false, nil
	}
	order := demoOrder()
	order.Lines = p.Draft.Lines
	if s.received {
		order.Status = store.Received
	}
	s.placed[p.Caller+p.Key] = order
	return order, true, nil
}

func (s *shop) Order(_ context.Context, n store.Number) (store.Order, error) {
	if s.fails != nil {
		return store.Order{}, s.fails
	}
	if n != 100123 {
		return store.Order{}, store.Errorf(store.NotFound, "There is no order %s.", n)
	}
	return demoOrder(), nil
}

// reference leads to an order of which nothing else is known here, and noted says that it is to be cancelled.
const (
	reference = "1abcdefghijklmnopqrstuvwxyz"
	noted     = reference + ".note"
)

func (s *shop) OrderByToken(_ context.Context, token string) (store.Order, error) {
	switch {
	case token == "tok3n-of-the-demo-order":
		return demoOrder(), s.fails
	case token == noted:
		order := told()
		order.Token, order.Unwanted = noted, order.PlacedAt.Add(time.Hour)
		return order, s.fails
	case token != reference:
		return store.Order{}, store.Errorf(store.NotFound, "This link does not lead to an order.")
	case s.away:
		return told(), store.Errorf(store.Unavailable, "Redis is away.")
	}
	return told(), s.fails
}

func told() store.Order {
	return store.Order{Number: 100777, Token: reference, Status: store.Received, PlacedAt: demoOrder().PlacedAt, Lines: demoOrder().Lines}
}

func (s *shop) CancelByToken(ctx context.Context, who store.Actor, token, reason string) (store.Order, bool, error) {
	order, err := s.OrderByToken(ctx, token)
	if order.Number == 0 {
		return order, false, err
	}
	s.counts = append(s.counts, strings.Join([]string{"cancel", string(who.Role), who.ID, token, reason}, "/"))
	if order.Version == 0 {
		order, err = s.OrderByToken(ctx, noted)
		return order, false, err
	}
	return order, true, s.fails
}

func (s *shop) Cancel(_ context.Context, who store.Actor, n store.Number, reason string) error {
	switch {
	case s.fails != nil:
		return s.fails
	case n == 100124:
		return store.CheckCancel(store.Sent, who.Role)
	case n != 100123:
		return store.Errorf(store.NotFound, "There is no order %s.", n)
	}
	s.counts = append(s.counts, strings.Join([]string{"cancel", string(who.Role), who.ID, n.String(), reason}, "/"))
	return nil
}

func (s *shop) StockOf(_ context.Context, warehouse string) ([]store.Shelf, error) {
	if s.fails != nil {
		return nil, s.fails
	}
	if warehouse != "warehouse1" {
		return nil, store.Errorf(store.NotFound, "There is no such warehouse.")
	}
	return []store.Shelf{{Product: store.Product{ID: "prod1"}, Level: store.Level{OnHand: 5, Reserved: 2}, Threshold: 4}}, nil
}

func (s *shop) SetThreshold(_ context.Context, who store.Actor, warehouse, product string, units int) error {
	if s.fails == nil && product != "prod1" {
		return store.Errorf(store.NotFound, "There is no product %s.", product)
	}
	return s.did("threshold %s %s %s %d", who.ID, warehouse, product, units)
}

func (s *shop) SetStock(_ context.Context, who store.Actor, warehouse, product string, onHand int, reason string) (store.Level, error) {
	if s.fails != nil {
		return store.Level{}, s.fails
	}
	if onHand < 2 {
		return store.Level{}, store.Errorf(store.Conflict, "2 units are promised to orders.")
	}
	s.counts = append(s.counts, strings.Join([]string{string(who.Role), who.ID, warehouse, product, reason}, "/"))
	return store.Level{OnHand: onHand, Reserved: 2}, nil
}

func (s *shop) Losers(_ context.Context, _, product string, remains store.Remains, chosen []string) (store.Losers, error) {
	l := store.Losers{Product: product, Level: store.Level{OnHand: 5, Reserved: 2}, OnHand: remains.Units}
	l.Need = max(0, l.Level.Reserved-l.OnHand)
	holds := []store.Hold{{Order: 100123, Units: 1, May: 1, Status: store.Placed}, {Order: 100122, Units: 1, Status: store.Ready}}
	gives, left := store.GiveWay(holds, l.Need, chosen)
	for i, h := range holds {
		l.List = append(l.List, store.Loser{Hold: h, Gives: gives[i]})
	}
	l.Left = left
	return l, s.fails
}

func (s *shop) Correct(_ context.Context, who store.Actor, c store.Correction) ([]store.Level, error) {
	s.counts = append(s.counts, fmt.Sprintf("%s/%s/%s/%v/%v/%s", who.ID, c.Kind, c.Warehouse, c.Lines, c.Yields, c.Reason))
	return []store.Level{{OnHand: 1, Reserved: 1}}, nil
}

func (s *shop) Receive(_ context.Context, who store.Actor, r store.Receipt) ([]store.Shelf, bool, error) {
	if s.fails != nil {
		return nil, false, s.fails
	}
	if r.Warehouse != "warehouse1" {
		return nil, false, store.Errorf(store.NotFound, "There is no such warehouse.")
	}
	s.receipts = append(s.receipts, r)
	created := len(s.receipts) == 1 || s.receipts[len(s.receipts)-2].Key != r.Key
	return []store.Shelf{{Product: store.Product{ID: "prod1"}, Level: store.Level{OnHand: 7, Reserved: 2}}}, created, nil
}

func (s *shop) Find(city, _, _ string) (geo.Place, bool) {
	return geo.Place{Name: city, Lat: 54.35, Lon: 18.65}, city == "Gdańsk"
}

// demoOrder is an order with something in every field that the API shows.
func demoOrder() store.Order {
	at := time.Date(2026, 11, 20, 9, 30, 0, 0, time.FixedZone("CET", 3600))
	return store.Order{
		Number: 100123, Token: "tok3n", Status: store.Placed, Version: 7, Speed: store.Standard,
		PlacedAt: at, PromisedAt: time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC), Warehouse: "warehouse2",
		Recipient: store.Recipient{Name: "Anna Nowak", Email: "anna@example.com"},
		Lines:     []store.Line{{Product: "prod1", Quantity: 2}},
		Transfers: []store.Transfer{{
			ID: "100123-1", Order: 100123, From: "warehouse1", To: "warehouse2", State: store.TransferRequested,
			Lines: []store.Line{{Product: "prod1", Quantity: 1}},
		}},
		History: []store.Event{
			{Order: 100123, Version: 1, Type: "placed", Status: store.Placed, At: at, Who: store.Actor{Role: store.Customer, ID: "c1", Name: "Anna Nowak"}},
			{Order: 100123, Version: 2, Type: store.EventPacked, Status: store.Placed, At: at, Who: store.Actor{Role: store.Clerk, ID: "ola", Name: "Ola"}},
		},
	}
}

// limited is Keys with one key that has one scope.
type limited struct{ scope string }

func (l limited) Find(context.Context, string) (Key, error) {
	return Key{Name: "limited", Scopes: []string{l.scope}}, nil
}

func open(t testing.TB, keys Keys) (*echo.Echo, *shop) {
	t.Helper()
	e, s := echo.New(), &shop{placed: map[string]store.Order{}}
	if err := Register(e, Options{Store: s, Gazetteer: s, Keys: keys, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}); err != nil {
		t.Fatal(err)
	}
	return e, s
}

// ask sends a request with the right key, JSON and an idempotency key, unless headers,
// "Name: value" or "Name:" for none, say otherwise.
func ask(e *echo.Echo, method, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://shop.example"+path, body)
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "wish-1")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ":")
		r.Header.Del(name)
		if value = strings.TrimSpace(value); value != "" {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// isProblem checks the form of an error: its type, and its status within it.
func isProblem(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Errorf("answered %d, want %d: %.300s", w.Code, status, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q: %.300s", got, w.Body)
	}
	for _, part := range []string{http.StatusText(status), `"detail":"`} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("no %s in %.300s", part, w.Body)
		}
	}
}

func (s *shop) did(format string, args ...any) error {
	if s.fails == nil {
		s.counts = append(s.counts, fmt.Sprintf(format, args...))
	}
	return s.fails
}

func (s *shop) Directory(context.Context) (store.Directory, error) {
	return store.Directory{
		Warehouses: map[string]store.Warehouse{"warehouse1": {ID: "warehouse1"}, "warehouse2": {ID: "warehouse2"}},
		Products:   map[string]store.Product{"prod1": {ID: "prod1", Name: "Mug"}, "prod2": {ID: "prod2", Name: "Lamp", Limit: 5}, "prod3": {ID: "prod3", Name: "Book", Withdrawn: true}},
		Served:     s.served,
	}, s.fails
}

// WhatIf has 3 of everything, and nothing comes today.
func (s *shop) WhatIf(_ context.Context, r store.Request) (store.Outcome, error) {
	var outcome store.Outcome
	for _, line := range r.Lines {
		if line.Quantity > 3 {
			outcome.Short = append(outcome.Short, store.Shortage{Product: line.Product, Wanted: line.Quantity, Left: 3, Waits: line.Product == "prod1"})
		}
	}
	if r.Speed == store.SameDay {
		outcome.NotToday = "Nothing is delivered on Sundays."
	}
	return outcome, s.fails
}

func (s *shop) Deliveries(_ context.Context, warehouse string) (open, closed []store.Delivery, err error) {
	if warehouse != "warehouse1" {
		return nil, nil, store.Errorf(store.NotFound, "There is no such warehouse.")
	}
	return []store.Delivery{s.delivery}, nil, s.fails
}

func (s *shop) Delivery(_ context.Context, id string) (store.Delivery, error) {
	if id != s.delivery.ID {
		return store.Delivery{}, store.Errorf(store.NotFound, "There is no such delivery.")
	}
	return s.delivery, s.fails
}

func (s *shop) Announce(_ context.Context, who store.Actor, d store.Delivery) (store.Delivery, bool, error) {
	directory, _ := s.Directory(context.Background())
	if err := d.CheckIn(directory); err != nil {
		return d, false, err
	}
	d.ID, d.Version, d.State = "d1", 1, store.DeliveryAnnounced
	return d, !s.again, s.did("announce %s %s %s %s %s %v", who.ID, d.Warehouse, d.Supplier, d.Reference, d.Due.Format(time.RFC3339), d.Lines)
}

func (s *shop) MoveDelivery(_ context.Context, who store.Actor, d store.Delivery, why string) (store.Delivery, error) {
	moved := s.delivery
	moved.Due, moved.Version = d.Due, moved.Version+1
	return moved, s.did("move %s %s %s %s", who.ID, d.ID, d.Due.Format(time.RFC3339), why)
}

func (s *shop) ReceiveDelivery(_ context.Context, who store.Actor, id string, version int, r store.DeliveryReceipt) (store.Delivery, error) {
	directory, _ := s.Directory(context.Background())
	d, err := s.delivery.ReceiveIn(directory, r)
	if err != nil {
		return d, err
	}
	d.Version++
	return d, s.did("receive %s %s v%d %v %v %s", who.ID, id, version, r.Lines, r.Last, r.Why)
}

func demoTransfer() store.Transfer {
	return store.Transfer{
		ID: "t-1", Order: 100123, From: "warehouse1", To: "warehouse2", State: store.TransferRequested, Version: 1,
		DueAt: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), Lines: []store.Line{{Product: "prod1", Quantity: 3}},
	}
}

func (s *shop) TransfersOf(_ context.Context, warehouse string) ([]store.Transfer, error) {
	if warehouse != "warehouse1" {
		return nil, store.Errorf(store.NotFound, "There is no such warehouse.")
	}
	return []store.Transfer{demoTransfer()}, s.fails
}

func (s *shop) Transfer(_ context.Context, id string) (store.Transfer, error) {
	if id != "t-1" {
		return store.Transfer{}, store.Errorf(store.NotFound, "There is no transfer %s.", id)
	}
	return demoTransfer(), s.fails
}

func (s *shop) AskTransfer(_ context.Context, who store.Actor, a store.Ask) (store.Transfer, bool, error) {
	directory := store.Directory{
		Warehouses: map[string]store.Warehouse{"warehouse1": {ID: "warehouse1"}, "warehouse2": {ID: "warehouse2"}},
		Products:   map[string]store.Product{"prod1": {ID: "prod1"}},
	}
	if err := a.Check(directory); err != nil {
		return store.Transfer{}, false, err
	}
	t := demoTransfer()
	t.ID, t.Order, t.From, t.To, t.Lines = "ask-1", 0, a.From, a.To, []store.Line{{Product: a.Product, Quantity: a.Units}}
	return t, !s.again, s.did("ask %s %s from %s: %d %s, %d", who.ID, a.To, a.From, a.Units, a.Product, len(a.Key))
}

func (s *shop) SendPart(_ context.Context, who store.Actor, id string, sent []store.Line, why store.Shortfall) (store.Transfer, error) {
	t, err := s.Transfer(context.Background(), id)
	if err != nil {
		return t, err
	}
	if t.Missing = store.Less(t.Lines, sent); len(t.Missing) > 0 || len(store.Less(sent, t.Lines)) > 0 {
		if err := why.Check(); err != nil {
			return t, err
		}
	}
	t.State, t.Lines, t.Version = store.TransferSent, sent, 2
	return t, s.did("send %s %s %v %s", who.ID, id, sent, why)
}

func (s *shop) ReceivePart(_ context.Context, who store.Actor, id string, arrived, damaged []store.Line, note string) (store.Transfer, error) {
	t, err := s.Transfer(context.Background(), id)
	if err != nil {
		return t, err
	}
	t.State, t.Lines, t.Damaged, t.Version = store.TransferDelivered, arrived, damaged, 3
	return t, s.did("receive %s %s %v %v %s", who.ID, id, arrived, damaged, note)
}
