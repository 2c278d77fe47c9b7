package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

// away answers every request as an outage does.
func away(t *testing.T, method string, paths ...string) http.Handler {
	t.Helper()
	var routes []Route
	for _, path := range paths {
		routes = append(routes, Route{Method: method, Path: path, Handle: func(echo.Context) error {
			return store.Errorf(store.Unavailable, "Our records do not answer.")
		}})
	}
	return serve(t, routes, io.Discard)
}

func send(h http.Handler, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return answer(h, r)
}

// A form that could not be taken comes back with all that was typed, to be sent again by one press; but
// not a password, and not what would be counted twice.
func TestOutageKeepsTheForm(t *testing.T) {
	h := away(t, http.MethodPost, "/warehouses/:id/count", "/warehouses/:id/scan", "/signin")
	w := send(h, "/warehouses/warehouse1/count?x=1", url.Values{"product": {"prod1"}, "reason": {`a "reason" <b>`}}, "Referer", "http://example.com/warehouses/warehouse1")
	body := w.Body.String()
	for _, want := range []string{
		`action="/warehouses/warehouse1/count?x=1"`, `value="prod1"`, `value="a &#34;reason&#34; &lt;b&gt;"`, "Do it again", "done only once",
		`href="/warehouses/warehouse1"`, "data-toast", w.Header().Get("X-Request-Id"),
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	for path, form := range map[string]url.Values{
		"/warehouses/warehouse1/scan": {"code": {"5901234123457"}},
		"/signin":                     {"login": {"ola"}, "password": {"a long secret"}},
	} {
		body := send(h, path, form, "Referer", "http://elsewhere.example/").Body.String()
		if strings.Contains(body, "Do it again") || strings.Contains(body, "a long secret") || strings.Contains(body, "elsewhere") {
			t.Errorf("%s: offered again, or tells too much:\n%s", path, body)
		}
	}
}

// On a full disk people read why nothing is done, also where they see one sentence only; and of what was done
// all the same nobody says that it was not.
func TestFullDiskIsToldInItsWords(t *testing.T) {
	for _, told := range []struct {
		cause              error
		words, toast, lack string
	}{
		{store.ErrNotWritten, "It cannot be written down.", `data-toast="It cannot be written down. What you typed is still here."`, "may not last"},
		{store.ErrUnsure, "It may be lost again.", `data-toast="It may be lost again."`, "Not done yet"},
	} {
		h := serve(t, []Route{{Method: http.MethodPost, Path: "/pack", Handle: func(echo.Context) error {
			return &store.Error{Kind: store.Unavailable, Message: told.words, Err: told.cause}
		}}}, io.Discard)
		w := send(h, "/pack", url.Values{"product": {"prod1"}})
		if body := w.Body.String(); w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(body, told.toast) || strings.Contains(body, told.lack) {
			t.Errorf("%v: %d\n%s", told.cause, w.Code, body)
		}
	}
}

// A page that could not be shown says where it is to be found again, and never leads out of the shop.
func TestOutagePageLooksAgain(t *testing.T) {
	h := away(t, http.MethodGet, "/service", "//evil.example")
	if body := answer(h, request(http.MethodGet, "/service?q=1", "")).Body.String(); !strings.Contains(body, `href="/service?q=1" data-looks=`) {
		t.Errorf("no way back:\n%s", body)
	}
	if body := answer(h, request(http.MethodGet, "http://shop//evil.example", "")).Body.String(); strings.Contains(body, `href="//evil`) {
		t.Error("the page leads to another site")
	}
}

// Whoever may be signed in is not offered to sign in.
func TestOutageOfSessions(t *testing.T) {
	h := serve(t, []Route{{Method: http.MethodPost, Path: "/service", Roles: []store.Role{store.Admin}, Handle: func(echo.Context) error { return nil }}}, io.Discard)
	w := send(h, "/service", url.Values{"reason": {"kept"}}, "X-Test-Person", "broken")
	if body := w.Body.String(); w.Code != 503 || strings.Contains(body, "/signin") || !strings.Contains(body, `value="kept"`) {
		t.Errorf("%d\n%s", w.Code, body)
	}
}

// Work that asks Redis one slow question after the other is ended as a whole; so is finding out who asks.
func TestWorkHasABudget(t *testing.T) {
	slow := func(c echo.Context) error {
		for {
			select {
			case <-c.Request().Context().Done():
				return &store.Error{Kind: store.Unavailable, Message: "Too slow.", Err: c.Request().Context().Err()}
			case <-time.After(300 * time.Millisecond): // an answer
			}
		}
	}
	began := time.Now()
	w := answer(serve(t, []Route{{Method: http.MethodGet, Path: "/page", Handle: slow}}, io.Discard), request(http.MethodGet, "/page", ""))
	if took := time.Since(began); w.Code != 503 || took < workBudget/2 || took > 4*workBudget {
		t.Errorf("%d after %v", w.Code, took)
	}
	for _, route := range (Handlers{}).Routes() {
		if total := sessionBudget + route.budget(); total > 1500*time.Millisecond && route.budget() == workBudget {
			t.Errorf("%s %s may take %v", route.Method, route.Path, total)
		}
	}
	var left time.Duration
	deadline := func(c echo.Context) error {
		at, ok := c.Request().Context().Deadline()
		if left = time.Until(at); !ok {
			t.Error("the budget is gone")
		}
		return nil
	}
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
	if err := page.Within(c, time.Minute, deadline); err != nil || left < 50*time.Second || c.Request().Context().Err() != nil {
		t.Errorf("%v, %v left", err, left)
	}
	if _, limited := c.Request().Context().Deadline(); limited || errors.Is(c.Request().Context().Err(), context.Canceled) {
		t.Error("the request keeps the ended context")
	}
}
