package customer

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

// changeable is a shop with one order that can be changed, and one of which something is packed.
func changeable() *shop {
	s := newShop()
	o := store.Order{
		Number: 7, Token: "seven", Version: 3, Status: store.Placed, Speed: store.Standard, PromisedAt: noon,
		Lines: []store.Line{{Product: "prod1", Quantity: 2}},
		Recipient: store.Recipient{Name: "Anna Nowak", Email: "anna@example.com", Address: store.Address{
			Line1: "Długa 1", City: "Gdańsk", PostalCode: "80-827", Country: "PL"}},
	}
	packed := o
	packed.Number, packed.Token, packed.Packed = 8, "eight", map[string]int{"prod1": 1}
	s.orders = []store.Order{o, packed}
	return s
}

// wished is the form of the first order as it stands on the page.
func wished(pairs ...string) url.Values {
	form := url.Values{
		"version": {"3"}, "product": {"prod1"}, "quantity": {"2"}, "name": {"Anna Nowak"}, "email": {"anna@example.com"},
		"line1": {"Długa 1"}, "postal_code": {"80-827"}, "city": {"Gdańsk"}, "country": {"PL"}, "speed": {"standard"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form[pairs[i]] = strings.Split(pairs[i+1], "|")
	}
	return form
}

func saved(s *shop, token string, form url.Values) answered {
	return ask(newHandlers(s).SaveChange, "POST", "/track/"+token+"/change", "application/x-www-form-urlencoded", form.Encode(), "")
}

func TestChangeForm(t *testing.T) {
	s := changeable()
	page := ask(newHandlers(s).Change, "GET", "/track/seven/change", "", "", "")
	for _, want := range []string{`action="/track/seven/change"`, `name="version" value="3"`, `value="Długa 1"`, `name="add"`, `id="q-prod1"`} {
		if page.err != nil || page.code != 200 || !strings.Contains(page.body, want) {
			t.Errorf("%d %v: the form has no %s", page.code, page.err, want)
		}
	}
	page = ask(newHandlers(s).Change, "GET", "/track/eight/change", "", "", "")
	if !strings.Contains(page.body, "Some of it is packed already") || strings.Contains(page.body, `name="add"`) || strings.Contains(page.body, `name="remove"`) {
		t.Error("what is packed can be changed, or nobody says why not")
	}
	s.orders[0].Status = store.Ready
	if a := ask(newHandlers(s).Change, "GET", "/track/seven/change", "", "", ""); a.code != 303 || a.header.Get("Location") != "/track/seven" {
		t.Errorf("a ready order: %d", a.code)
	}
}

func TestChangeSaysTheDates(t *testing.T) {
	s := changeable()
	for path, want := range map[string]struct {
		handle func(*Handlers) echo.HandlerFunc
		says   []string
	}{
		"/track/seven/change": {func(h *Handlers) echo.HandlerFunc { return h.Change }, []string{`hx-get="/track/seven/change/dates"`, "Thursday, 26 November"}},
		"/track/seven/change/dates?product=prod1&quantity=500&city=Gda%C5%84sk&country=PL&speed=express": {
			func(h *Handlers) echo.HandlerFunc { return h.ChangeDates }, []string{"too little left", `id="speed-express" name="speed" value="express" checked`}},
		"/track/seven/change/dates?product=prod1&quantity=x&speed=%00": {func(h *Handlers) echo.HandlerFunc { return h.ChangeDates }, []string{"Choose the country"}},
	} {
		page := ask(want.handle(newHandlers(s)), "GET", path, "", "", "")
		for _, says := range want.says {
			if page.err != nil || page.code != 200 || !strings.Contains(page.body, says) {
				t.Errorf("%s: %d %v: no %s in\n%s", path, page.code, page.err, says, page.body)
			}
		}
	}
	if len(s.quoted) != 2 || s.quoted[0] != "7 [{prod1 2}]" && s.quoted[1] != "7 [{prod1 2}]" {
		t.Errorf("asked for %q", s.quoted)
	}
}

func TestSaveChange(t *testing.T) {
	s := changeable()
	a := saved(s, "seven", wished("city", "Sopot", "speed", "express", "product", "prod1|prod2", "quantity", "3|1", "add", "prod3"))
	if o := s.orders[0]; a.code != 303 || a.header.Get("Location") != "/track/seven" || o.Recipient.Address.City != "Sopot" || o.Speed != store.Express || len(o.Lines) != 3 || o.Lines[0].Quantity != 3 {
		t.Errorf("%d: %+v", a.code, o)
	}
	if len(s.editors) != 1 || s.editors[0].Role != store.Customer {
		t.Errorf("changed by %v", s.editors)
	}
}

// What cannot be taken comes back with what was typed, and changes nothing.
func TestSaveChangeRefused(t *testing.T) {
	for name, c := range map[string]struct {
		token string
		form  url.Values
		code  int
		shows string
	}{
		"no town":       {"seven", wished("city", " "), 422, `id="f-city-error"`},
		"no quantity":   {"seven", wished("quantity", "1.5"), 422, `id="q-prod1-error"`},
		"no product":    {"seven", wished("product", "", "quantity", ""), 422, "There is no such product"},
		"unknown":       {"seven", wished("product", "prod77"), 422, "There is no such product"},
		"forged speed":  {"seven", wished("speed", "warp"), 422, "Choose"},
		"no version":    {"seven", wished("version", "x"), 422, "out of date"},
		"stale":         {"seven", wished("version", "2"), 409, "has changed since"},
		"too many":      {"seven", wished("quantity", "13"), 409, "We have 12 of it"},
		"too many, too": {"seven", wished("quantity", "13", "city", " "), 422, "We have 12 of it"},
		"packed":        {"eight", wished("quantity", "3"), 409, "Some of it is packed already"},
		"button remove": {"seven", wished("remove", "prod1"), 200, `name="add"`},
		"button add":    {"seven", wished("do", "add", "add", "prod4"), 200, `id="q-prod4"`},
	} {
		s := changeable()
		if a := saved(s, c.token, c.form); a.err != nil || a.code != c.code || !strings.Contains(a.body, c.shows) || len(s.editors) > 0 {
			t.Errorf("%s: %d %v, changed %d times, does not show %s", name, a.code, a.err, len(s.editors), c.shows)
		}
	}
	s := changeable()
	if a := saved(s, "nine", wished()); store.KindOf(a.err) != store.NotFound {
		t.Errorf("an unknown link: %d %v", a.code, a.err)
	}
	s.orders[0].Status = store.Sent
	if a := saved(s, "seven", wished("city", "Sopot")); a.code != 303 || len(s.editors) > 0 {
		t.Errorf("on its way: %d", a.code)
	}
}

// Customer service comes by number and changes as itself; nobody else gets in.
func TestChangeForACustomer(t *testing.T) {
	for role, want := range map[store.Role]int{store.Service: 303, store.Admin: 303, store.Owner: 404, store.Clerk: 404, "": 401} {
		s := changeable()
		request := httptest.NewRequest("POST", "/", strings.NewReader(wished("city", "Sopot").Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		recorder := httptest.NewRecorder()
		c := echo.New().NewContext(request, recorder)
		c.SetParamNames("number")
		c.SetParamValues("7")
		if role != "" {
			page.SignedIn(c, store.Account{Login: "ewa", Role: role}, "session")
		}
		code := recorder.Code
		switch err := newHandlers(s).SaveChangeFor(c); {
		case store.KindOf(err) == store.NotFound && err != nil:
			code = 404
		case store.KindOf(err) == store.Unauthorized:
			code = 401
		case err == nil:
			code = recorder.Code
		}
		if code != want || (code == 303) != (len(s.editors) == 1 && s.editors[0].ID == "ewa") {
			t.Errorf("%s: %d, changed by %v", role, code, s.editors)
		}
	}
}
