package customer

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/store/geo"
)

// shop is a store in memory with real routing: enough to see what the pages ask of it.
type shop struct {
	mu      sync.Mutex
	dir     store.Directory
	sites   []store.Site
	orders  []store.Order
	drafts  map[string]store.Draft // by key
	placed  map[string]int         // key → index of orders
	to      []*store.Point         // what Place was told
	fail    error                  // what Place answers instead of placing
	editors []store.Actor          // who changed an order
	reasons []string               // for which orders were cancelled
	quiet   error                  // what Quotes answers
	quoted  []string               // changes for which dates were asked
	wish    store.Placement        // what Place was asked last
	links   map[string]error       // links of orders that are not in the books, and what comes with them
}

var noon = time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC) // a Tuesday, noon in Warszawa

func warsaw() *time.Location {
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		panic(err)
	}
	return zone
}

func newShop() *shop {
	s := &shop{drafts: map[string]store.Draft{}, placed: map[string]int{}}
	s.dir = store.Directory{Products: map[string]store.Product{}, Warehouses: map[string]store.Warehouse{}}
	for i, w := range []store.Warehouse{
		{ID: "warehouse1", Name: "Warszawa", At: store.Point{Lat: 52.23, Lon: 21.01}},
		{ID: "warehouse2", Name: "Gdańsk", At: store.Point{Lat: 54.35, Lon: 18.65}},
		{ID: "warehouse3", Name: "Wrocław", At: store.Point{Lat: 51.11, Lon: 17.03}},
	} {
		s.dir.Warehouses[w.ID], s.dir.WarehouseIDs = w, append(s.dir.WarehouseIDs, w.ID)
		free := map[string]int{fmt.Sprintf("prod%d", i+1): 12, "prod4": 1, "prod5": 0}
		s.sites = append(s.sites, store.Site{Warehouse: w, Free: free})
	}
	names := []string{"Enamel mug", "Wool blanket", "Oak board", "Brass lamp", "Linen towel", "Paper notebook"}
	for i, name := range names {
		p := store.Product{ID: fmt.Sprintf("prod%d", i+1), Name: name, Picture: fmt.Sprintf("prod%d", i+1)}
		if i == 4 {
			p.Terms.Kind = store.TermsBackorder
		}
		s.dir.Products[p.ID], s.dir.ProductIDs = p, append(s.dir.ProductIDs, p.ID)
	}
	return s
}

func (s *shop) Directory(context.Context) (store.Directory, error) { return s.dir, nil }

func (s *shop) Catalogue(context.Context) ([]store.Offer, error) {
	var offers []store.Offer
	for _, id := range s.dir.ProductIDs {
		offer := store.Offer{Product: s.dir.Products[id]}
		for _, site := range s.sites {
			offer.Free += site.Free[id]
		}
		offers = append(offers, offer)
	}
	return offers, nil
}

// EditQuotes is as if an order held nothing of what it asks for.
func (s *shop) EditQuotes(ctx context.Context, n store.Number, lines []store.Line, to *store.Point) ([]store.Quote, error) {
	s.quoted = append(s.quoted, fmt.Sprint(n, lines))
	return s.Quotes(ctx, lines, to)
}

func (s *shop) Quotes(_ context.Context, lines []store.Line, to *store.Point) ([]store.Quote, error) {
	var quotes []store.Quote
	for _, speed := range store.Speeds() {
		request := store.Request{Lines: lines, To: to, Speed: speed, Now: noon, Calendar: store.Calendar{Zone: warsaw()}}
		plan, err := store.Route(request, s.sites)
		quote := store.Quote{Speed: speed, PromisedAt: plan.PromisedAt}
		if speed == store.SameDay && !store.OffersSameDay(s.sites) {
			continue
		}
		if speed == store.SameDay && !request.KeepsSameDay(plan) {
			quote.WhyNot = request.WhyNotToday(s.sites)
		}
		if e, ok := err.(*store.Error); ok {
			quote.Short, quote.Waits = e.Short, true
			for i, short := range e.Short {
				e.Short[i].Waits = s.dir.Products[short.Product].Terms.MayWait()
				quote.Waits = quote.Waits && e.Short[i].Waits
			}
			if now, _ := store.Split(lines, e.Short); len(now) > 0 {
				quote.NowAt = noon.AddDate(0, 0, 2)
			}
		}
		quotes = append(quotes, quote)
	}
	return quotes, s.quiet
}

func (s *shop) Place(_ context.Context, p store.Placement) (store.Order, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wish = p
	if s.fail != nil {
		return store.Order{}, false, s.fail
	}
	if err := p.Draft.Check(); err != nil {
		return store.Order{}, false, err
	}
	if i, known := s.placed[p.Key]; known {
		if !reflect.DeepEqual(s.drafts[p.Key], p.Draft) {
			return s.orders[i], false, &store.Error{Kind: store.Invalid, Message: "Other order.", Fields: map[string]string{"idempotency_key": "Used."}}
		}
		return s.orders[i], false, nil
	}
	plan, err := store.Route(store.Request{Lines: p.Draft.Lines, To: p.To, Speed: p.Draft.Speed, Now: noon, Calendar: store.Calendar{Zone: warsaw()}}, s.sites)
	if err != nil {
		if e, ok := err.(*store.Error); ok {
			for i, short := range e.Short {
				e.Short[i].Waits = s.dir.Products[short.Product].Terms.MayWait()
			}
		}
		return store.Order{}, false, err
	}
	n := store.Number(100123 + len(s.orders))
	order := store.Order{
		Number: n, Token: "token-" + n.String(), Recipient: p.Draft.Recipient, Lines: p.Draft.Lines, Speed: p.Draft.Speed,
		Status: store.Placed, Version: 1, PlacedAt: noon, PromisedAt: plan.PromisedAt, FirstDate: plan.PromisedAt, Warehouse: plan.Assembly, Plan: plan,
		History: []store.Event{{Order: n, Version: 1, Type: "placed", Status: store.Placed, At: noon}},
	}
	s.drafts[p.Key], s.placed[p.Key] = p.Draft, len(s.orders)
	s.orders, s.to = append(s.orders, order), append(s.to, p.To)
	return order, true, nil
}

func (s *shop) Edit(_ context.Context, who store.Actor, n store.Number, e store.Edit) (store.Order, error) {
	if err := e.Draft.Check(); err != nil {
		return store.Order{}, err
	}
	for i, o := range s.orders {
		if o.Number != n {
			continue
		}
		if err := o.CheckEdit(who.Role); err != nil {
			return o, err
		}
		if o.Version != e.Version {
			return o, store.Errorf(store.Conflict, "The order has changed since.")
		}
		if !store.SameUnits(o.Lines, e.Draft.Lines) {
			if err := o.CheckEditLines(); err != nil {
				return o, err
			}
		}
		for _, line := range e.Draft.Lines {
			if line.Quantity > 12 {
				return o, &store.Error{Kind: store.Conflict, Message: "There is not enough.", Short: []store.Shortage{{Product: line.Product, Wanted: line.Quantity, Left: 12}}}
			}
		}
		s.editors = append(s.editors, who)
		o.Recipient, o.Lines, o.Speed, o.Version = e.Draft.Recipient, e.Draft.Lines, e.Draft.Speed, o.Version+1
		s.orders[i] = o
		return o, nil
	}
	return store.Order{}, store.Errorf(store.NotFound, "There is no such order.")
}

func (s *shop) CancelByToken(ctx context.Context, who store.Actor, token, reason string) (store.Order, bool, error) {
	reason, err := store.Reason(reason)
	if err != nil {
		return store.Order{}, false, err
	}
	order, err := s.OrderByToken(ctx, token)
	if link, _ := store.SplitReference(token); order.Version == 0 && order.Number != 0 {
		s.reasons = append(s.reasons, reason)
		order, _ = s.OrderByToken(ctx, link+".note")
		return order, false, nil
	}
	if err != nil || order.Status == store.Cancelled {
		return order, true, err
	}
	if err := store.CheckCancel(order.Status, who.Role); err != nil {
		return order, true, err
	}
	for i := range s.orders {
		if s.orders[i].Token == token {
			s.orders[i].Status, s.reasons = store.Cancelled, append(s.reasons, reason)
		}
	}
	return order, true, nil
}

func (s *shop) OrderByToken(_ context.Context, token string) (store.Order, error) {
	link, note := store.SplitReference(token)
	for _, o := range s.orders {
		if o.Token == link {
			return o, nil
		}
	}
	if err, told := s.links[link]; told {
		order := store.Order{Number: 100777, Token: link, Status: store.Received, PlacedAt: noon, Lines: []store.Line{{Product: "prod2", Quantity: 2}}, Unlisted: 3}
		if note == "note" {
			order.Token, order.Unwanted = token, noon
		}
		return order, err
	}
	return store.Order{}, store.Errorf(store.NotFound, "There is no such order.")
}

func (s *shop) Order(_ context.Context, n store.Number) (store.Order, error) {
	for _, o := range s.orders {
		if o.Number == n {
			return o, nil
		}
	}
	return store.Order{}, store.Errorf(store.NotFound, "There is no such order.")
}

var gazetteer = sync.OnceValue(func() *geo.Gazetteer {
	g, err := geo.Open()
	if err != nil {
		panic(err)
	}
	return g
})

// newHandlers gives the pages over a store, with keys that count up.
func newHandlers(s Store) *Handlers {
	kit := page.New(page.Options{
		Now: func() time.Time { return noon }, Zone: warsaw(), Asset: func(name string) string { return "/static/" + name },
		Country: func(code string) string {
			found, _ := gazetteer().Find("", "", code)
			return found.Name
		},
	})
	keys := 0
	return New(kit, s, Options{Places: gazetteer(), NewKey: func() string {
		keys++
		return fmt.Sprintf("key-%022d", keys)
	}})
}

// answered is what a request got.
type answered struct {
	code    int
	body    string
	header  http.Header
	cookies map[string]string
	err     error
}

// ask sends one request to one handler.
func ask(handler echo.HandlerFunc, method, target, contentType, body, basket string) answered {
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if basket != "" {
		request.AddCookie(&http.Cookie{Name: "basket", Value: basket})
	}
	return answerTo(handler, request)
}

// answerTo is what a handler answers to a request.
func answerTo(handler echo.HandlerFunc, request *http.Request) answered {
	target := request.URL.Path
	recorder := httptest.NewRecorder()
	c := echo.New().NewContext(request, recorder)
	if token, found := strings.CutPrefix(target, "/track/"); found {
		c.SetParamNames("token")
		token, _, _ = strings.Cut(token, "/")
		c.SetParamValues(token)
	}
	a := answered{err: handler(c), code: recorder.Code, body: recorder.Body.String(), header: recorder.Header(), cookies: map[string]string{}}
	for _, cookie := range recorder.Result().Cookies() {
		a.cookies[cookie.Name] = cookie.Value
	}
	return a
}

func post(t *testing.T, handler echo.HandlerFunc, values url.Values, basket string) answered {
	t.Helper()
	a := ask(handler, http.MethodPost, "/order", "application/x-www-form-urlencoded", values.Encode(), basket)
	if a.err != nil {
		t.Fatalf("answered with an error: %v", a.err)
	}
	return a
}

const formKey = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

// good is a form in which nothing is wrong, changed by pairs of field and value.
func good(pairs ...string) url.Values {
	values := url.Values{
		"key": {formKey}, "name": {"Anna Kowalska"}, "email": {"anna@example.com"}, "phone": {"600 123 456"},
		"line1": {"Długa 5"}, "line2": {""}, "postal_code": {"80-001"}, "city": {"Gdańsk"}, "country": {"PL"},
		"speed": {"standard"}, "product": {"prod1", "prod2"}, "quantity": {"2", "1"},
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}
