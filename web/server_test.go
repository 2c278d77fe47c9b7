package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// failing is a server whose only page fails with an error.
func failing(t *testing.T, err error, log io.Writer) http.Handler {
	t.Helper()
	fail := func(echo.Context) error { return err }
	return serve(t, []Route{{Method: http.MethodGet, Path: "/page", Handle: fail}, {Method: http.MethodPost, Path: "/page", Handle: fail}}, log)
}

func TestErrorsBecomePages(t *testing.T) {
	for _, try := range []struct {
		err    error
		status int
		says   string
	}{
		{store.Errorf(store.Invalid, "Choose a speed."), 422, "Choose a speed."},
		{store.Errorf(store.NotFound, "No such order."), 404, "No such order."},
		{store.Errorf(store.Conflict, "Anna has it."), 409, "Anna has it."},
		{store.Errorf(store.Forbidden, "Not yours."), 403, "Not yours."},
		{store.Errorf(store.Unauthorized, "Sign in first."), 401, "/signin"},
		{store.Errorf(store.TooLarge, "Too much."), 413, "Too much."},
		{&store.Error{Kind: store.Unavailable, Message: "Try again soon.", Err: errors.New("dial tcp 10.0.0.7")}, 503, "looks again by itself"},
		{errors.New("WRONGTYPE 10.0.0.7"), 500, "went wrong on our side"},
	} {
		var log bytes.Buffer
		w := answer(failing(t, try.err, &log), request(http.MethodGet, "/page", ""))
		body := w.Body.String()
		if w.Code != try.status || !strings.Contains(body, try.says) {
			t.Errorf("%v: %d\n%s", try.err, w.Code, body)
		}
		id := w.Header().Get("X-Request-Id")
		if strings.Contains(body, "10.0.0.7") {
			t.Errorf("%v: the page tells strangers about the inside", try.err)
		}
		if entries := strings.Count(log.String(), "level=ERROR"); try.status >= 500 && (entries != 1 || !strings.Contains(log.String(), id) || !strings.Contains(body, id)) {
			t.Errorf("%v: %d entries in the log, id %q\n%s", try.err, entries, id, log.String())
		} else if try.status < 500 && entries != 0 {
			t.Errorf("%v: logged as our fault", try.err)
		}
	}
}

func TestPanicBecomesAPage(t *testing.T) {
	var log bytes.Buffer
	handler := serve(t, []Route{{Method: http.MethodGet, Path: "/page", Handle: func(echo.Context) error { panic("oh no") }}}, &log)
	w := answer(handler, request(http.MethodGet, "/page", ""))
	if w.Code != 500 || strings.Contains(w.Body.String(), "oh no") || !strings.Contains(log.String(), "oh no") {
		t.Errorf("%d %s\n%s", w.Code, w.Body, &log)
	}
}

func TestVisitorWhoLeftIsNoError(t *testing.T) {
	var log bytes.Buffer
	handler := serve(t, []Route{{Method: http.MethodGet, Path: "/page", Handle: func(c echo.Context) error { return c.Request().Context().Err() }}}, &log)
	r := request(http.MethodGet, "/page", "")
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	answer(handler, r.WithContext(ctx))
	cut := func(c echo.Context) error {
		c.Response().WriteHeader(http.StatusOK)
		return fmt.Errorf("write: %w", syscall.EPIPE)
	}
	answer(serve(t, []Route{{Method: http.MethodGet, Path: "/page", Handle: cut}}, &log), request(http.MethodGet, "/page", ""))
	if strings.Contains(log.String(), "level=ERROR") {
		t.Error(log.String())
	}
}

func TestUnknownAddressesAndMethods(t *testing.T) {
	handler := failing(t, nil, io.Discard)
	if w := answer(handler, request(http.MethodGet, "/nowhere", "courier")); w.Code != 404 || !strings.Contains(w.Body.String(), "Parcels") {
		t.Errorf("unknown address: %d, or the page forgot who is there", w.Code)
	}
	w := answer(handler, request(http.MethodDelete, "/page", ""))
	if w.Code != 405 || !strings.Contains(w.Header().Get("Allow"), "POST") {
		t.Errorf("wrong method: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	for path, status := range map[string]int{"/api/v1/nowhere": 404, "/api/v1/broken": 500} {
		w := answer(handler, request(http.MethodGet, path, ""))
		if w.Code != status || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
}

func TestEveryAnswerBearsTheGuards(t *testing.T) {
	handler := serve(t, Handlers{}.Routes(), io.Discard)
	for _, path := range []string{"/nowhere", "/courier", "/healthz", "/api/v1/broken"} {
		w := answer(handler, request(http.MethodGet, path, ""))
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("X-Request-Id") == "" || w.Header().Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", path, w.Header())
		}
		if w.Header().Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS without TLS", path)
		}
	}
	secure := request(http.MethodGet, "/nowhere", "")
	secure.Header.Set("X-Forwarded-Proto", "https")
	if answer(handler, secure).Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS behind TLS")
	}
}

func TestPrivatePagesAreKeptNowhere(t *testing.T) {
	routes := Handlers{}.Routes()
	for i := range routes {
		routes[i].Handle = func(c echo.Context) error { return c.NoContent(http.StatusOK) }
	}
	handler := serve(t, routes, io.Discard)
	for path, want := range map[string][2]string{
		"/":          {"private, no-cache", "same-origin"},
		"/track/abc": {"no-store", "no-referrer"},
		"/courier":   {"no-store", "same-origin"},
		"/setup":     {"no-store", "no-referrer"},
	} {
		header := answer(handler, request(http.MethodGet, path, "courier")).Header()
		if header.Get("Cache-Control") != want[0] || header.Get("Referrer-Policy") != want[1] {
			t.Errorf("%s: %q, %q", path, header.Get("Cache-Control"), header.Get("Referrer-Policy"))
		}
	}
}

func post(body, kind string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/page", strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	return r
}

func TestFormsAreReadWithCare(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	handler := serve(t, []Route{{Method: http.MethodPost, Path: "/page", Handle: func(c echo.Context) error {
		return c.String(http.StatusOK, c.FormValue("a"))
	}}}, io.Discard)
	foreign := post("a=1", form)
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	for name, try := range map[string]struct {
		request *http.Request
		status  int
	}{
		"good":      {post("a=1", form+"; charset=utf-8"), 200},
		"empty":     {request(http.MethodPost, "/page", ""), 200},
		"too large": {post("a="+strings.Repeat("x", formLimit), form), 413},
		"damaged":   {post("a=%zz", form), 422},
		"json":      {post(`{"a":1}`, "application/json"), 415},
		"multipart": {post("--x--", "multipart/form-data; boundary=x"), 415},
		"foreign":   {foreign, 403},
	} {
		if w := answer(handler, try.request); w.Code != try.status {
			t.Errorf("%s: %d, want %d", name, w.Code, try.status)
		}
	}
}

func TestAPIBodyIsBounded(t *testing.T) {
	handler := serve(t, nil, io.Discard)
	r := httptest.NewRequest(http.MethodPost, "/api/v1/read", strings.NewReader(strings.Repeat("x", apiLimit+1)))
	if w := answer(handler, r); w.Code != 413 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestMetricsAreForNeighbours(t *testing.T) {
	handler := serve(t, nil, io.Discard)
	for address, status := range map[string]int{"127.0.0.1:999": 200, "192.168.7.7:999": 200, "[::1]:999": 200, "203.0.113.9:999": 404} {
		r := request(http.MethodGet, "/metrics", "")
		r.RemoteAddr = address
		if w := answer(handler, r); w.Code != status {
			t.Errorf("%s: %d", address, w.Code)
		}
		r.Header.Set("X-Forwarded-For", "127.0.0.1")
		if w := answer(handler, r); w.Code != 404 {
			t.Errorf("%s, passed on by a proxy: %d", address, w.Code)
		}
	}
}

func TestHealth(t *testing.T) {
	var is Health
	handler := serveWith(t, nil, io.Discard, func() Health { return is })
	for _, try := range []struct {
		is              Health
		healthz, readyz int
	}{
		{Health{Orders: true, Redis: true}, 200, 200},
		{Health{Orders: true, Redis: true, Held: true}, 200, 200},
		{Health{Orders: true}, 200, 200}, // all processes miss the same Redis: one that takes orders is worth a visit
		{Health{}, 503, 503},
	} {
		is = try.is
		if w := answer(handler, request(http.MethodHead, "/healthz", "")); w.Code != try.healthz {
			t.Errorf("%+v: /healthz %d", try.is, w.Code)
		}
		if w := answer(handler, request(http.MethodGet, "/readyz", "")); w.Code != try.readyz {
			t.Errorf("%+v: /readyz %d", try.is, w.Code)
		}
	}
}
