package customer

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

func TestPlace(t *testing.T) {
	s := newShop()
	h := newHandlers(s)
	a := post(t, h.Place, good("status", "delivered", "postal_code", "80001", "number", "7"), "prod1:2.prod2:1")
	if a.code != http.StatusSeeOther || a.header.Get("Location") != "/track/token-100123" {
		t.Fatalf("got %d to %q", a.code, a.header.Get("Location"))
	}
	if basket, set := a.cookies["basket"]; !set || basket != "" {
		t.Errorf("the basket was not forgotten: %q %v", basket, set)
	}
	o := s.orders[0]
	if o.Status != store.Placed || o.Number != 100123 {
		t.Errorf("a forged field counted: %+v", o)
	}
	if o.Recipient.Phone != "+48600123456" || o.Recipient.Address.PostalCode != "80-001" {
		t.Errorf("phone %q, postal code %q", o.Recipient.Phone, o.Recipient.Address.PostalCode)
	}
	if s.to[0] == nil || s.to[0].Distance(store.Point{Lat: 54.35, Lon: 18.65}) > 20_000 {
		t.Errorf("Gdańsk is not at %v", s.to[0])
	}
}

// TestOneForm shows that a form makes one order, however often and by however many at once it is sent.
func TestOneForm(t *testing.T) {
	s := newShop()
	h := newHandlers(s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if a := post(t, h.Place, good(), ""); a.header.Get("Location") != "/track/token-100123" {
				t.Errorf("sent to %q", a.header.Get("Location"))
			}
		})
	}
	wg.Wait()
	if len(s.orders) != 1 {
		t.Fatalf("%d orders", len(s.orders))
	}
	a := post(t, h.Place, good("name", "Jan Nowak"), "")
	if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.body, `href="/track/token-100123"`) {
		t.Errorf("another body: %d, no link to the first order", a.code)
	}
	if strings.Contains(a.body, formKey) || !strings.Contains(a.body, "Jan Nowak") {
		t.Error("the form is not a fresh one with what was typed")
	}
}

// bad is a form with something wrong in it, and the words that must stand at the field.
type bad struct {
	name   string
	values url.Values
	says   string
	field  string // id that the summary leads to
}

func badForms() []bad {
	long := strings.Repeat("x", 1000)
	forms := []bad{
		{"empty form", url.Values{"key": {formKey}}, "Put at least one product in the basket.", "order-lines"},
		{"no name", good("name", ""), "Tell us who the order is for", "f-name"},
		{"blank name", good("name", " \t  "), "Tell us who the order is for", "f-name"},
		{"long name", good("name", long), "Tell us who the order is for", "f-name"},
		{"NUL", good("name", "Anna\x00Kowalska"), "cannot be printed", "f-name"},
		{"invalid UTF-8", good("city", "Gda\xc5sk"), "cannot be printed", "f-city"},
		{"control character", good("line1", "Długa\x1b[2J 5"), "cannot be printed", "f-line1"},
		{"bidi mark", good("name", "Anna \u202Eakslawok"), "cannot be printed", "f-name"},
		{"no e-mail", good("email", ""), "Give your e-mail address.", "f-email"},
		{"not an e-mail", good("email", "anna at example"), "This e-mail address does not look right.", "f-email"},
		{"an e-mail with a name", good("email", "Anna <anna@example.com>"), "This e-mail address does not look right.", "f-email"},
		{"no street", good("line1", ""), "Give the street and number", "f-line1"},
		{"long second line", good("line2", long), "Keep this under 120 characters.", "f-line2"},
		{"no town", good("city", ""), "Give the town", "f-city"},
		{"no postal code", good("postal_code", ""), "Give the postal code.", "f-postal_code"},
		{"a Polish postal code of letters", good("postal_code", "AB-CDE"), "In this country a postal code looks like 12-345.", "f-postal_code"},
		{"no country", good("country", ""), "Choose the country.", "f-country"},
		{"no such country", good("country", "ZZ"), "Choose the country.", "f-country"},
		{"a number too short", good("phone", "12"), "This phone number does not look right.", "f-phone"},
		{"a number of letters", good("phone", "1-800-FLOWERS"), "This phone number does not look right.", "f-phone"},
		{"a long number", good("phone", strings.Repeat("1", 500)), "This phone number does not look right.", "f-phone"},
		{"no such speed", good("speed", "tomorrow"), "Choose one of the speeds: standard, express or same day.", "speed-standard"},
		{"no lines", without("product"), "Put at least one product in the basket.", "order-lines"},
		{"no quantities", without("quantity"), "Order between 1 and 999 units.", "q-prod1"},
		{"unknown product", good("product", "prod77"), "There is no such product.", "q-prod77"},
		{"not an id", good("product", `"><script>`), "There is no such product.", ""},
	}
	for _, quantity := range []string{"", "0", "-1", "1.5", "1e3", "9223372036854775808", "1000", "٣", "3 or 4", "0x10", "+2"} {
		forms = append(forms, bad{"quantity " + quantity, good("quantity", quantity), "Order between 1 and 999 units.", "q-prod1"})
	}
	repeated := good()
	repeated["product"], repeated["quantity"] = []string{"prod1", "prod1"}, []string{"600", "600"}
	many := good()
	many["product"], many["quantity"] = nil, nil
	for i := range 600 {
		many.Add("product", fmt.Sprintf("thing%d", i))
		many.Add("quantity", "1")
	}
	endless := good()
	endless["product"], endless["quantity"] = make([]string, 3000), make([]string, 3000)
	return append(forms,
		bad{"repeated above the limit", repeated, "Order between 1 and 999 units.", "q-prod1"},
		bad{"600 lines", many, "An order can hold at most 200 different products.", "order-lines"},
		bad{"3000 lines", endless, "An order can hold at most 200 different products.", "order-lines"},
	)
}

func without(field string) url.Values {
	values := good()
	values.Del(field)
	return values
}

// TestBadForms sends every class of bad form: each is answered by the form itself, with the
// message at the field, what was typed still there, and nothing ordered.
func TestBadForms(t *testing.T) {
	for _, b := range badForms() {
		t.Run(b.name, func(t *testing.T) {
			s := newShop()
			a := post(t, newHandlers(s).Place, b.values, "")
			if a.code != http.StatusUnprocessableEntity {
				t.Fatalf("answered %d", a.code)
			}
			if !strings.Contains(a.body, b.says) {
				t.Errorf("does not say %q", b.says)
			}
			if b.field != "" && !strings.Contains(a.body, `href="#`+b.field+`"`) {
				t.Errorf("the summary does not lead to %s", b.field)
			}
			if len(b.values["product"]) > 0 && b.values.Get("email") == "anna@example.com" && !strings.Contains(a.body, `value="anna@example.com"`) {
				t.Error("what was typed is lost")
			}
			if strings.Contains(a.body, "<script>") || strings.ContainsAny(a.body, "\x00\x1b\u202E") {
				t.Error("the page holds what must not be shown")
			}
			if len(s.orders) != 0 {
				t.Error("something was ordered")
			}
		})
	}
}

func TestAddedUp(t *testing.T) {
	s := newShop()
	values := good()
	values["product"], values["quantity"] = []string{"prod1", "prod2", "prod1"}, []string{"2", "1", "003"}
	if a := post(t, newHandlers(s).Place, values, ""); a.code != http.StatusSeeOther {
		t.Fatalf("answered %d", a.code)
	}
	if got := fmt.Sprint(s.orders[0].Lines); got != "[{prod1 5} {prod2 1}]" {
		t.Errorf("ordered %s", got)
	}
}

func TestWrongBody(t *testing.T) {
	h := newHandlers(newShop())
	for name, test := range map[string]struct {
		contentType, body string
		code              int
		kind              store.Kind
	}{
		"JSON":      {"application/json", `{"name":"Anna"}`, http.StatusUnsupportedMediaType, 0},
		"no type":   {"", "name=Anna", http.StatusUnsupportedMediaType, 0},
		"multipart": {"multipart/form-data; boundary=x", "--x--", http.StatusUnsupportedMediaType, 0},
		"broken":    {"application/x-www-form-urlencoded", "name=%zz", 0, store.Invalid},
		"too long":  {"application/x-www-form-urlencoded", "name=" + strings.Repeat("x", 300<<10), 0, store.TooLarge},
	} {
		for where, handler := range map[string]echo.HandlerFunc{"order": h.Place, "basket": h.Basket} {
			a := ask(handler, http.MethodPost, "/"+where, test.contentType, test.body, "")
			if web, ok := a.err.(*echo.HTTPError); ok && web.Code == test.code {
				continue
			}
			if test.code != 0 || store.KindOf(a.err) != test.kind {
				t.Errorf("%s to %s: %v", name, where, a.err)
			}
		}
	}
}

// TestForgedKey shows that only our own keys count: another's could meet a stranger's order.
func TestForgedKey(t *testing.T) {
	s := newShop()
	for _, key := range []string{"", "1", strings.Repeat("k", 65), "aaaaaaaaaaaaaaaaaaaaaaaa\x00a"} {
		a := post(t, newHandlers(s).Place, good("key", key), "")
		if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.body, "out of date") || len(s.orders) > 0 {
			t.Errorf("key %q: %d, %d orders", key, a.code, len(s.orders))
		}
	}
}

// TestShort orders more than there is, and takes what is left with one press.
func TestShort(t *testing.T) {
	s := newShop()
	h := newHandlers(s)
	values := good("product", "prod4", "quantity", "5")
	a := post(t, h.Place, values, "")
	for _, want := range []string{"Brass lamp: 3 left, you want 5.", `name="take" value="prod4:3"`, "Order 3 instead", formKey} {
		if a.code != http.StatusConflict || !strings.Contains(a.body, want) {
			t.Fatalf("%d, without %q", a.code, want)
		}
	}
	values.Set("take", "prod4:3")
	a = post(t, h.Place, values, "")
	if a.code != http.StatusOK || a.cookies["basket"] != "prod4:3" || len(s.orders) != 0 {
		t.Fatalf("taking what is left: %d, basket %q, %d orders", a.code, a.cookies["basket"], len(s.orders))
	}
	if !strings.Contains(a.body, `value="Anna Kowalska"`) || !strings.Contains(a.body, formKey) || strings.Contains(a.body, "error-summary") {
		t.Error("the form was not kept as it was")
	}
	values.Del("take")
	if a = post(t, h.Place, good("product", "prod4", "quantity", "3"), ""); a.code != http.StatusSeeOther {
		t.Errorf("the same form with what is left: %d", a.code)
	}
}

// TestShortAmongOtherFaults sends a form in which something else is wrong too: what is short is told at its
// line at once, unless the customer has chosen to wait for it.
func TestShortAmongOtherFaults(t *testing.T) {
	h := newHandlers(newShop())
	a := post(t, h.Place, good("product", "prod4", "quantity", "5", "email", "nobody"), "")
	for _, want := range []string{`href="#f-email"`, `href="#q-prod4"`, "Only 3 left."} {
		if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) {
			t.Errorf("%d, without %q", a.code, want)
		}
	}
	for wait, told := range map[string]bool{"": true, "allow": false} {
		a := post(t, h.Place, good("product", "prod5", "quantity", "2", "email", "nobody", "backorder", wait), "")
		if a.code != http.StatusUnprocessableEntity || strings.Contains(a.body, "None is left.") != told {
			t.Errorf("waiting %q: %d", wait, a.code)
		}
	}
}

func TestWaiting(t *testing.T) {
	a := post(t, newHandlers(newShop()).Place, good("product", "prod5", "quantity", "2"), "")
	for _, want := range []string{"Linen towel: 2 of these are waited for, we do not know until when.", `name="backorder" value="allow"`, "Send it when it is there"} {
		if a.code != http.StatusConflict || !strings.Contains(a.body, want) {
			t.Errorf("%d, without %q", a.code, want)
		}
	}
}

// TestInParts shows that a customer may have sent now what is there, where something is.
func TestInParts(t *testing.T) {
	s := newShop()
	values := good()
	values["product"], values["quantity"] = []string{"prod1", "prod5"}, []string{"1", "2"}
	a := post(t, newHandlers(s).Place, values, "")
	for _, want := range []string{"Send now what is there", `name="backorder" value="parts"`, "What is there now could arrive Thursday, 26 November."} {
		if a.code != http.StatusConflict || !strings.Contains(a.body, want) {
			t.Errorf("%d, without %q", a.code, want)
		}
	}
	values.Set("backorder", "parts")
	s.fail = store.Errorf(store.Conflict, "Too late.")
	if a = post(t, newHandlers(s).Place, values, ""); !strings.Contains(a.body, `value="parts" checked`) {
		t.Error("the choice was not kept")
	}
	if !s.wish.Draft.Backorder || !s.wish.Draft.Parts {
		t.Errorf("asked for %+v", s.wish.Draft)
	}
}

// TestRedisAway shows that nothing typed is lost, and that the form keeps its key, so that
// sending it again makes one order.
func TestRedisAway(t *testing.T) {
	s := newShop()
	s.fail = store.Errorf(store.Unavailable, "Redis cannot be reached.")
	s.quiet = s.fail
	a := post(t, newHandlers(s).Place, good(), "prod1:2")
	if a.code != http.StatusServiceUnavailable || !strings.Contains(a.body, formKey) || !strings.Contains(a.body, "Anna Kowalska") {
		t.Errorf("answered %d", a.code)
	}
	if _, touched := a.cookies["basket"]; touched {
		t.Error("the basket was touched")
	}
}

// TestTerms orders what is not sold any more, too much of a product, and to where we do not send.
func TestTerms(t *testing.T) {
	s := newShop()
	mug, blanket := s.dir.Products["prod1"], s.dir.Products["prod2"]
	mug.Limit, blanket.Withdrawn = 1, true
	s.dir.Products["prod1"], s.dir.Products["prod2"] = mug, blanket
	s.dir.Served = []store.Country{{Code: "CZ", Name: "Czechia"}, {Code: "DE", Name: "Germany"}}
	h := newHandlers(s)
	a := post(t, h.Place, good(), "")
	for _, want := range []string{"One order takes at most 1 of these.", "This is not sold any more.", "We do not send to this country. We send to Czechia and Germany.", `value="Anna Kowalska"`, `<option value="DE"`} {
		if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) {
			t.Errorf("%d, without %q", a.code, want)
		}
	}
	if strings.Contains(a.body, `<option value="FR"`) || len(s.orders) != 0 {
		t.Error("another country can be chosen, or it was ordered")
	}
	if form := ask(h.Checkout, http.MethodGet, "/order", "", "", "prod1:1.prod2:3"); !strings.Contains(form.body, `<option value="CZ" selected>`) || strings.Contains(form.body, `value="prod2"`) {
		t.Error("a new form is for a country that we do not send to, or for what is not sold")
	}
	if a := post(t, h.Basket, url.Values{"product": {"prod2"}, "quantity": {"1"}, "do": {"add"}}, ""); a.code != http.StatusUnprocessableEntity {
		t.Errorf("into the basket: %d", a.code)
	}
	if a := post(t, h.Basket, url.Values{"product": {"prod1"}, "quantity": {"2"}, "do": {"set"}}, "prod1:1"); a.code != http.StatusUnprocessableEntity || !strings.Contains(a.body, "One order takes at most 1 of these.") {
		t.Errorf("too many in the basket: %d", a.code)
	}
	if a := post(t, h.Place, good("product", "prod4", "quantity", "9", "country", "DE", "postal_code", "10115", "phone", ""), ""); a.code != http.StatusConflict || !strings.Contains(a.body, "Only 3 left.") {
		t.Errorf("too many in the order: %d", a.code)
	}
}
