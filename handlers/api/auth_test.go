package api

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

var operations = []struct{ method, path, body, scope string }{
	{"POST", "/api/v1/orders", good, WriteOrders},
	{"GET", "/api/v1/orders/100123", "", ReadOrders},
	{"GET", "/api/v1/warehouses/warehouse1/stock", "", ReadStock},
	{"PUT", "/api/v1/warehouses/warehouse1/stock/prod1", `{"on_hand":5,"reason":"x"}`, WriteStock},
	{"POST", "/api/v1/warehouses/warehouse1/receipts", goodReceipt, WriteStock},
}

func TestNoKeyNoAnswer(t *testing.T) {
	e, s := open(t, OneKey(secret))
	unset, _ := open(t, OneKey(""))
	for _, op := range operations {
		for _, header := range []string{"Authorization:", "Authorization: Bearer", "Authorization: Bearer wrong", "Authorization: Basic " + secret, "Authorization: " + secret, "Authorization: Bearer " + secret + "x"} {
			w := ask(e, op.method, op.path, strings.NewReader(op.body), header)
			isProblem(t, w, 401)
			if !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s %s: WWW-Authenticate %q", op.method, op.path, w.Header().Get("WWW-Authenticate"))
			}
		}
		for _, header := range []string{"Authorization:", "Authorization: Bearer ", "Authorization: Bearer x"} {
			isProblem(t, ask(unset, op.method, op.path, strings.NewReader(op.body), header), 401)
		}
		if w := ask(e, op.method, op.path, strings.NewReader(op.body), "Authorization: bearer  "+secret); w.Code >= 300 {
			t.Errorf("%s %s with the key: %d %s", op.method, op.path, w.Code, w.Body)
		}
	}
	if len(s.wishes) != 1 || len(s.counts) != 1 {
		t.Errorf("placed %d, booked %d; want 1 and 1", len(s.wishes), len(s.counts))
	}
}

// TestScopes: a key does what its scope says and nothing else.
func TestScopes(t *testing.T) {
	for _, has := range operations {
		e, _ := open(t, limited{has.scope})
		for _, op := range operations {
			w := ask(e, op.method, op.path, strings.NewReader(op.body))
			if op.scope == has.scope {
				if w.Code >= 300 {
					t.Errorf("%s with %s: %d %s", op.path, has.scope, w.Code, w.Body)
				}
				continue
			}
			isProblem(t, w, 403)
			if !strings.Contains(w.Header().Get("WWW-Authenticate"), `scope="`+op.scope+`"`) {
				t.Errorf("WWW-Authenticate %q", w.Header().Get("WWW-Authenticate"))
			}
		}
	}
}

func TestLost(t *testing.T) {
	e, _ := open(t, OneKey(secret))
	for _, path := range []string{"/api", "/api/", "/api/v1", "/api/v1/orders/", "/api/v1/nothing", "/api/v2/orders", "/api/v1/warehouses/warehouse1", "/api/v1/openapi.yaml", "/api/v1/docs"} {
		isProblem(t, ask(e, "GET", path, nil), 404)
	}
	for path, allow := range map[string]string{
		"/api/v1/orders":                            "POST",
		"/api/v1/orders/100123":                     "GET",
		"/api/v1/warehouses/warehouse1/stock":       "GET",
		"/api/v1/warehouses/warehouse1/stock/prod1": "PUT",
		"/api/v1/warehouses/warehouse1/receipts":    "POST",
		"/api/v1/openapi.json":                      "GET",
	} {
		for _, method := range []string{"DELETE", "PATCH", "OPTIONS", "BREW"} {
			w := ask(e, method, path, nil)
			isProblem(t, w, 405)
			if w.Header().Get("Allow") != allow {
				t.Errorf("%s: Allow %q", path, w.Header().Get("Allow"))
			}
		}
	}
}

// TestBaseURL: links begin as the settings say, else as the request came, where a proxy's
// word counts only if it stands in a private network.
func TestBaseURL(t *testing.T) {
	for _, c := range []struct{ set, from, want string }{
		{"", "203.0.113.9:1234", "http://shop.example/track/"},
		{"", "10.0.0.1:1234", "https://shop.example/track/"},
		{"https://waybill.example/", "10.0.0.1:1234", "https://waybill.example/track/"},
	} {
		e := echo.New()
		if err := Register(e, Options{Store: &shop{}, Keys: OneKey(secret), BaseURL: c.set}); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "http://shop.example/api/v1/orders/100123", nil)
		r.RemoteAddr = c.from
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("X-Forwarded-Proto", "https")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), `"`+c.want+`tok3n"`) {
			t.Errorf("%+v: %s", c, w.Body)
		}
	}
}
