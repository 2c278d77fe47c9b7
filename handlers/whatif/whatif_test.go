package whatif

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/store/geo"
)

var noon = time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC) // a Tuesday, noon in Warszawa

var warsaw = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		panic(err)
	}
	return zone
})

var gazetteer = sync.OnceValue(func() *geo.Gazetteer {
	g, err := geo.Open()
	if err != nil {
		panic(err)
	}
	return g
})

// shop decides with real routing, and remembers what it was asked.
type shop struct {
	directory store.Directory
	sites     []store.Site
	asked     []store.Request
}

func newShop() *shop {
	s := &shop{directory: store.Directory{Products: map[string]store.Product{}, Warehouses: map[string]store.Warehouse{}}}
	for _, w := range []store.Warehouse{
		{ID: "warehouse1", Name: "Warszawa", At: store.Point{Lat: 52.23, Lon: 21.01}},
		{ID: "warehouse2", Name: "Gdańsk", At: store.Point{Lat: 54.35, Lon: 18.65}, SameDay: 14 * time.Hour},
	} {
		s.directory.Warehouses[w.ID], s.directory.WarehouseIDs = w, append(s.directory.WarehouseIDs, w.ID)
		s.sites = append(s.sites, store.Site{Warehouse: w, Free: map[string]int{"prod" + w.ID[9:]: 12}})
	}
	for id, name := range map[string]string{"prod1": "Enamel mug", "prod2": "Wełniany koc"} {
		product := store.Product{ID: id, Name: name}
		if id == "prod2" {
			product.Terms.Kind = store.TermsBackorder
		}
		s.directory.Products[id] = product
		s.directory.ProductIDs = append(s.directory.ProductIDs, id)
	}
	return s
}

func (s *shop) Directory(context.Context) (store.Directory, error) { return s.directory, nil }

func (s *shop) WhatIf(_ context.Context, r store.Request) (store.Outcome, error) {
	s.asked = append(s.asked, r)
	r.Calendar = store.Calendar{Zone: warsaw()}
	if r.Now.IsZero() {
		r.Now = noon
	}
	plan, err := store.Route(r, s.sites)
	if e, ok := err.(*store.Error); ok {
		for i, short := range e.Short {
			e.Short[i].Waits = s.directory.Products[short.Product].Terms.MayWait()
		}
		return store.Outcome{Short: e.Short}, nil
	}
	outcome := store.Outcome{Plan: plan}
	if r.Speed == store.SameDay && !r.KeepsSameDay(plan) {
		outcome.NotToday = r.WhyNotToday(s.sites)
	}
	return outcome, err
}

// get asks for the page with these pairs of field and value in its address.
func get(t *testing.T, s *shop, pairs ...string) (int, string) {
	t.Helper()
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	kit := page.New(page.Options{Now: func() time.Time { return noon }, Zone: warsaw(), Asset: func(n string) string { return n }})
	recorder := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/service/what-if?"+query.Encode(), nil), recorder)
	page.SignedIn(c, store.Account{Login: "olga", Name: "Olga", Role: store.Owner}, "s")
	if err := New(kit, s, gazetteer()).Page(c); err != nil {
		t.Fatal(err)
	}
	return recorder.Code, recorder.Body.String()
}

func holds(t *testing.T, body string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
}

func TestWhatIf(t *testing.T) {
	s := newShop()
	code, body := get(t, s)
	if code != http.StatusOK || len(s.asked) != 0 || strings.Contains(body, `id="decision"`) {
		t.Errorf("the empty form: %d, asked %v", code, s.asked)
	}
	holds(t, body, `<option value="PL" selected>`, `<option value="prod1">Enamel mug</option>`)

	// IDs and names, with or without their accents; a product that is named twice is added up.
	code, body = get(t, s, "product", "prod1", "quantity", "2", "product", "welniany koc", "quantity", "1", "product", "prod1", "quantity", "1",
		"product", "", "quantity", "", "city", "Sopot", "postal_code", "81-701", "country", "PL", "speed", "express")
	if code != http.StatusOK {
		t.Fatalf("%d: %s", code, body)
	}
	holds(t, body, "Assembled in Gdańsk, leaves on Wednesday, 25 November, arrives on Thursday, 26 November, by 18:00.",
		"3\u00a0×\u00a0Enamel mug from Warszawa", "1\u00a0×\u00a0Wełniany koc from here", `id="map"`, "The parcel then goes 12 km to Sopot.",
		`data-kind="recipient"`, "km from the recipient", `value="welniany koc"`)
	if got := s.asked[0]; len(got.Lines) != 2 || got.Lines[0].Quantity != 3 || got.Speed != store.Express || got.To == nil || !got.Now.IsZero() {
		t.Errorf("asked %+v", got)
	}

	_, body = get(t, s, "product", "prod1", "quantity", "1", "country", "PL", "city", "Kraków", "at", "2026-11-28T17:00")
	holds(t, body, "leaves on Monday, 30 November", `value="2026-11-28T17:00"`)
	_, body = get(t, s, "product", "prod1", "quantity", "1", "country", "")
	holds(t, body, "Without a country nobody knows where it goes", "unknown")
	_, body = get(t, s, "product", "prod1", "quantity", "1", "country", "PL", "city", "Nowhereville", "speed", "same_day")
	holds(t, body, "This town is not known. Dates and distances are for Poland as a whole.", "Today is possible only within 30 km of Gdańsk. It would go by express.")
	code, body = get(t, s, "product", "prod2", "quantity", "40", "country", "PL", "city", "Kraków")
	holds(t, body, "There is too little in stock.", "Wełniany koc: 40 units wanted, 12 left. The order could wait for the rest.")
	if code != http.StatusOK || strings.Contains(body, `id="map"`) {
		t.Errorf("what is short: %d", code)
	}
}

func TestWhatIfKeepsWhatWasTyped(t *testing.T) {
	for name, c := range map[string]struct{ pairs, wanted []string }{
		"an unknown product": {[]string{"product", "prod77", "quantity", "1"}, []string{"There is no such product.", `value="prod77"`, `href="#f-product-0"`}},
		"no number":          {[]string{"product", "prod1", "quantity", "two"}, []string{"Order between 1 and 999 units.", `value="two"`}},
		"too many":           {[]string{"product", "prod1", "quantity", "999", "product", "prod1", "quantity", "1"}, []string{"Name each product once"}},
		"minus":              {[]string{"product", "prod1", "quantity", "-1"}, []string{"Order between 1 and 999 units."}},
		"Arabic digits":      {[]string{"product", "prod1", "quantity", "٣"}, []string{"Order between 1 and 999 units.", "٣"}},
		"nothing":            {[]string{"product", "", "quantity", ""}, []string{"Name at least one product."}},
		"a speed":            {[]string{"product", "prod1", "quantity", "1", "speed", "warp"}, []string{"Choose one of the speeds."}},
		"a country":          {[]string{"product", "prod1", "quantity", "1", "country", "ZZ"}, []string{"Choose the country."}},
		"a town of nowhere":  {[]string{"product", "prod1", "quantity", "1", "country", "", "city", "Sopot"}, []string{"Choose the country of this town.", `value="Sopot"`}},
		"a day":              {[]string{"product", "prod1", "quantity", "1", "at", "tomorrow"}, []string{"Give a day and a time", `value="tomorrow"`}},
		"a day long ago":     {[]string{"product", "prod1", "quantity", "1", "at", "1999-01-01T10:00"}, []string{"within two years"}},
		"signs":              {[]string{"product", "<script>\x00\u202e\xff", "quantity", "1"}, []string{"&lt;script&gt;", "There is no such product."}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop()
			code, body := get(t, s, c.pairs...)
			if code != http.StatusUnprocessableEntity || len(s.asked) != 0 {
				t.Errorf("%d, asked %v", code, s.asked)
			}
			holds(t, body, c.wanted...)
		})
	}
	var many []string
	for range 5000 {
		many = append(many, "product", "prod1", "quantity", "1")
	}
	if code, body := get(t, newShop(), many...); code != http.StatusOK || strings.Count(body, `name="product"`) > most {
		t.Errorf("5,000 lines: %d", code)
	}
	if code, body := get(t, newShop(), "product", "prod1", "quantity", "x", "more", "lines"); code != http.StatusOK || strings.Count(body, `name="product"`) != 4 {
		t.Errorf("more lines: %d", code)
	}
}
