package customer

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

func TestCheckout(t *testing.T) {
	h := newHandlers(newShop())
	a := ask(h.Checkout, http.MethodGet, "/order", "", "", "prod1:2.prod2:1")
	for _, want := range []string{
		`name="key" value="key-0000000000000000000001"`, `<option value="PL" selected>`, "about Thursday, 26 November",
		`name="product" value="prod1"`, "For Poland as a whole.", `id="speed-standard" name="speed" value="standard" checked`,
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the form does not have %q", want)
		}
	}
	if again := ask(h.Checkout, http.MethodGet, "/order", "", "", "prod1:2"); !strings.Contains(again.body, `value="key-0000000000000000000002"`) {
		t.Error("two forms have one key")
	}
	if a = ask(h.Checkout, http.MethodGet, "/order", "", "", ""); !strings.Contains(a.body, "Your basket is empty") || strings.Contains(a.body, `id="checkout"`) {
		t.Error("an empty basket has a form")
	}
}

// TestSameDay shows the third card only where a warehouse can keep it, and else says why not.
func TestSameDay(t *testing.T) {
	s := newShop()
	dates := func(query string) string {
		request := httptest.NewRequest(http.MethodGet, "/order/dates?product=prod2&quantity=1&country=PL&"+query, nil)
		request.Header.Set("HX-Request", "true")
		recorder := httptest.NewRecorder()
		if err := newHandlers(s).Dates(echo.New().NewContext(request, recorder)); err != nil {
			t.Fatal(err)
		}
		return recorder.Body.String()
	}
	if got := dates("city=Sopot"); strings.Contains(got, "same_day") || strings.Contains(got, "today") {
		t.Errorf("a shop without it: %s", got)
	}
	s.sites[1].Warehouse.SameDay = 14 * time.Hour
	got := dates("city=Sopot&speed=same_day")
	if !strings.Contains(got, `value="same_day" checked`) || !strings.Contains(got, "today, by 20:00") {
		t.Errorf("in Sopot: %s", got)
	}
	got = dates("city=Kraków&speed=same_day")
	for _, want := range []string{"Today is possible only within 30 km of Gdańsk. We have chosen express for you.", `value="express" checked`} {
		if !strings.Contains(got, want) || strings.Contains(got, `value="same_day"`) {
			t.Errorf("in Kraków %q is missing: %s", want, got)
		}
	}
}

// TestDates asks for the dates as the script does, as a browser without scripts does by a
// button, and with nonsense.
func TestDates(t *testing.T) {
	h := newHandlers(newShop())
	fragment := func(query string) string {
		request := httptest.NewRequest(http.MethodGet, "/order/dates?"+query, nil)
		request.Header.Set("HX-Request", "true")
		recorder := httptest.NewRecorder()
		if err := h.Dates(echo.New().NewContext(request, recorder)); err != nil || recorder.Code != http.StatusOK {
			t.Fatalf("%s: %d %v", query, recorder.Code, err)
		}
		return recorder.Body.String()
	}
	lines := "product=prod2&quantity=1&country=PL"
	near := fragment(lines + "&city=gdansk&postal_code=80-001&speed=express")
	if !strings.HasPrefix(near, `<section class="panel dates" id="dates"`) || strings.Contains(near, "about") || !strings.Contains(near, `value="express" checked`) {
		t.Errorf("for Gdańsk: %s", near)
	}
	if about := fragment(lines + "&city=Nowhereville"); !strings.Contains(about, "about ") || !strings.Contains(about, "We do not know this town") {
		t.Errorf("for an unknown town: %s", about)
	}
	for _, nonsense := range []string{"", "country=ZZ&" + lines, "product=prod1&quantity=-1&country=PL", "city=%00%ff&country=%00", "product=&quantity="} {
		if got := fragment(nonsense); !strings.Contains(got, `id="speed-express"`) {
			t.Errorf("%q: %s", nonsense, got)
		}
	}

	s := newShop()
	a := post(t, newHandlers(s).Place, good("do", "dates", "email", "not yet"), "")
	if a.code != http.StatusOK || len(s.orders) != 0 || !strings.Contains(a.body, `value="not yet"`) || !strings.Contains(a.body, formKey) {
		t.Errorf("the button answered %d", a.code)
	}
	if strings.Contains(a.body, "error-summary") {
		t.Error("the button found fault with the form")
	}
}
