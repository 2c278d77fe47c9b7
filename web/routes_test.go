package web

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"waybill/handlers/page"
	"waybill/store"
)

// people are those who try every door. The address of a warehouse in the tests is always
// that of warehouse1.
var people = map[string]store.Account{
	"here":      {Login: "here", Role: store.Clerk, Warehouse: "warehouse1"},
	"elsewhere": {Login: "elsewhere", Role: store.Clerk, Warehouse: "warehouse2"},
	"courier":   {Login: "courier", Role: store.Courier},
	"service":   {Login: "service", Role: store.Service},
	"owner":     {Login: "owner", Role: store.Owner},
	"admin":     {Login: "admin", Role: store.Admin},
}

// allowed is written down apart from the table in routes.go, so that a slip there shows.
var allowed = map[string]string{
	"GET /":                                         "everyone",
	"GET /live":                                     "everyone",
	"POST /basket":                                  "everyone",
	"GET /order":                                    "everyone",
	"GET /order/dates":                              "everyone",
	"POST /order":                                   "everyone",
	"GET /track/:token":                             "everyone",
	"GET /track/:token/live":                        "everyone",
	"GET /warehouses":                               "here elsewhere service owner admin",
	"GET /warehouses/:id":                           "here service owner admin",
	"GET /warehouses/:id/live":                      "here service owner admin",
	"GET /warehouses/:id/low":                       "here service owner admin",
	"GET /warehouses/:id/slips":                     "here admin",
	"GET /warehouses/:id/slips/:number":             "here admin",
	"POST /warehouses/:id/pack":                     "here admin",
	"POST /warehouses/:id/ready":                    "here admin",
	"POST /warehouses/:id/unready":                  "here admin",
	"POST /warehouses/:id/send":                     "here admin",
	"POST /warehouses/:id/unsend":                   "here admin",
	"GET /live/warehouses":                          "service owner admin",
	"POST /warehouses/:id/send-all":                 "here admin",
	"POST /warehouses/:id/unsend-all":               "here admin",
	"GET /warehouses/:id/short":                     "here admin",
	"POST /warehouses/:id/send-part":                "here admin",
	"POST /warehouses/:id/receive-part":             "here admin",
	"POST /warehouses/:id/receive":                  "here admin",
	"GET /warehouses/:id/stock":                     "here service owner admin",
	"GET /warehouses/:id/live/stock":                "here service owner admin",
	"POST /warehouses/:id/stock/:product/ask":       "here owner admin",
	"POST /warehouses/:id/unrefuse":                 "here admin",
	"POST /warehouses/:id/unask":                    "here admin",
	"POST /warehouses/:id/stock/:product/threshold": "here admin",
	"POST /warehouses/:id/unreceive":                "here admin",
	"POST /warehouses/:id/scan":                     "here admin",
	"POST /warehouses/:id/say":                      "here admin",
	"POST /warehouses/:id/stock/:product/count":     "here admin",
	"POST /warehouses/:id/book":                     "here admin",
	"POST /warehouses/:id/drop":                     "here admin",
	"GET /courier":                                  "courier admin",
	"GET /courier/live":                             "courier admin",
	"POST /courier/pickup":                          "courier admin",
	"POST /courier/deliver":                         "courier admin",
	"GET /service":                                  "service owner admin",
	"GET /service/live":                             "service owner admin",
	"GET /service/orders/:number":                   "service owner admin",
	"GET /service/orders/:number/live":              "service owner admin",
	"GET /signin":                                   "everyone",
	"POST /signin":                                  "everyone",
	"POST /signin/demo":                             "everyone",
	"POST /signout":                                 "everyone",
	"GET /setup":                                    "everyone",
	"POST /setup":                                   "everyone",
	"GET /admin":                                    "owner admin",
	"POST /admin/warehouses":                        "owner admin",
	"POST /admin/products":                          "owner admin",
	"POST /admin/accounts":                          "admin",
	"POST /admin/accounts/delete":                   "admin",
	"GET /service/what-if":                          "service owner admin",

	"POST /track/:token/cancel":                "everyone",
	"GET /track/:token/change":                 "everyone",
	"POST /track/:token/change":                "everyone",
	"GET /service/orders/:number/change":       "service admin",
	"GET /track/:token/change/dates":           "everyone",
	"GET /service/orders/:number/change/dates": "service admin",
	"POST /service/orders/:number/change":      "service admin",
	"POST /service/orders/:number/cancel":      "service admin",
	"POST /service/orders/:number/return":      "service admin",
	"POST /warehouses/:id/putback":             "here admin",
	"POST /warehouses/:id/inspect":             "here admin",
	"POST /courier/failed":                     "courier admin",
	"GET /courier/kept":                        "courier admin",

	"POST /admin/countries": "owner admin",
	"GET /admin/countries":  "owner admin",
	"GET /admin/warehouses": "owner admin",
	"GET /admin/products":   "owner admin",
	"GET /admin/accounts":   "admin",

	"GET /warehouses/:id/ledger": "here service owner admin",
	"GET /admin/audit":           "owner admin",
	"POST /admin/audit/repair":   "owner admin",

	"GET /warehouses/:id/deliveries":                    "here service owner admin",
	"POST /warehouses/:id/deliveries":                   "here owner admin",
	"GET /warehouses/:id/deliveries/:delivery":          "here service owner admin",
	"POST /warehouses/:id/deliveries/:delivery/scan":    "here admin",
	"POST /warehouses/:id/deliveries/:delivery/receive": "here admin",
	"POST /warehouses/:id/deliveries/:delivery/due":     "here owner admin",
	"GET /waiting":                                "here elsewhere service owner admin",
	"GET /waiting/live":                           "here elsewhere service owner admin",
	"GET /waiting/:product":                       "here elsewhere service owner admin",
	"POST /waiting/:product/again":                "here elsewhere service owner admin",
	"POST /waiting/:product/move":                 "here elsewhere service owner admin",
	"GET /admin/keys":                             "admin",
	"POST /admin/keys":                            "admin",
	"POST /admin/keys/revoke":                     "admin",
	"GET /warehouses/:id/stock/:product":          "here service owner admin",
	"POST /warehouses/:id/stock/:product/damaged": "here admin",
	"POST /warehouses/:id/stock/:product/adjust":  "here admin",
	"GET /warehouses/:id/count":                   "here admin",
	"POST /warehouses/:id/count/compare":          "here admin",
	"POST /warehouses/:id/count/book":             "here admin",
	"GET /warehouses/:id/give-way":                "here owner admin",
	"POST /warehouses/:id/give-way":               "here owner admin",
	"GET /admin/stock":                            "owner admin",
	"POST /admin/stock":                           "owner admin",
	"GET /admin/stock/export.csv":                 "owner admin",
	"GET /admin/stock/files/:file":                "owner admin",
	"POST /admin/stock/files/:file/book":          "owner admin",
}

// doorman says who is there by a header; "broken" is Redis being away.
type doorman struct{}

func (doorman) Load(c echo.Context) error {
	name := c.Request().Header.Get("X-Test-Person")
	if name == "broken" {
		return &store.Error{Kind: store.Unavailable, Message: "We cannot check who is signed in.", Err: errors.New("dial 10.0.0.7")}
	}
	if account, ok := people[name]; ok {
		page.SignedIn(c, account, "session of "+name)
	}
	return nil
}

// serve makes the server around these routes.
func serve(t *testing.T, routes []Route, log io.Writer) http.Handler {
	t.Helper()
	return serveWith(t, routes, log, func() Health { return Health{Orders: true, Redis: true} })
}

func serveWith(t *testing.T, routes []Route, log io.Writer, health func() Health) http.Handler {
	t.Helper()
	return serveCrowd(t, routes, log, health, NewCrowd())
}

func serveCrowd(t *testing.T, routes []Route, log io.Writer, health func() Health, crowd *Crowd) http.Handler {
	t.Helper()
	kit := page.New(page.Options{Now: time.Now, Zone: time.UTC, Asset: func(name string) string { return "/static/" + name }})
	handler, err := build(Options{
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Kit: kit, Sessions: doorman{},
		API: func(e *echo.Echo) error {
			e.GET("/api/v1/broken", func(echo.Context) error { return errors.New("broken pipe") })
			e.POST("/api/v1/read", func(c echo.Context) error {
				_, err := io.ReadAll(c.Request().Body)
				return err
			})
			return nil
		},
		Static: http.NotFoundHandler(), Health: health, Exit: NewExit(), Crowd: crowd, Metrics: prometheus.NewRegistry(),
	}, routes)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func request(method, path, person string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("X-Test-Person", person)
	return r
}

func answer(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryRouteForEveryRole(t *testing.T) {
	routes := Handlers{}.Routes()
	for i := range routes {
		routes[i].Handle = func(c echo.Context) error { return c.NoContent(http.StatusTeapot) }
	}
	handler := serve(t, routes, io.Discard)
	path := strings.NewReplacer(":token", "abc", ":id", "warehouse1", ":number", "126", ":delivery", "abc", ":product", "prod1")
	seen := map[string]bool{}
	for _, route := range routes {
		name := route.Method + " " + route.Path
		who, known := allowed[name]
		if !known {
			t.Errorf("%s: nobody wrote down who may go there", name)
		}
		seen[name] = true
		try := func(person string, want int) {
			if got := answer(handler, request(route.Method, path.Replace(route.Path), person)).Code; got != want {
				t.Errorf("%s as %q: %d, want %d", name, person, got, want)
			}
		}
		for person := range people {
			if who == "everyone" || strings.Contains(" "+who+" ", " "+person+" ") {
				try(person, http.StatusTeapot)
			} else {
				try(person, http.StatusNotFound)
			}
		}
		switch {
		case who == "everyone":
			try("", http.StatusTeapot)
			try("broken", http.StatusTeapot)
		case route.Method == http.MethodGet && !strings.HasSuffix(route.Path, "/live"):
			try("", http.StatusSeeOther)
			try("broken", http.StatusServiceUnavailable)
		default:
			try("", http.StatusUnauthorized)
			try("broken", http.StatusServiceUnavailable)
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("%s is gone from the table", name)
		}
	}
}

func TestMayFollowsTheTable(t *testing.T) {
	for _, try := range []struct {
		person, path string
		want         bool
	}{
		{"here", "/warehouses/warehouse1?x=1", true},
		{"here", "/warehouses/warehouse2", false},
		{"courier", "/warehouses/warehouse1", false},
		{"courier", "/courier", true},
		{"courier", "/courier/live", false},
		{"service", "/service/orders/126", true},
		{"admin", "/admin/accounts/delete", false},
		{"admin", "/nowhere", false},
		{"here", "/", true},
	} {
		if got := (Handlers{}).May(people[try.person], try.path); got != try.want {
			t.Errorf("%s to %s: %v", try.person, try.path, got)
		}
	}
}

func TestSignInIsAskedForWithTheWayBack(t *testing.T) {
	handler := serve(t, Handlers{}.Routes(), io.Discard)
	w := answer(handler, request(http.MethodGet, "/warehouses/warehouse1?sort=time", ""))
	if got := w.Header().Get("Location"); got != "/signin?next=%2Fwarehouses%2Fwarehouse1%3Fsort%3Dtime" {
		t.Errorf("Location: %s", got)
	}
}
