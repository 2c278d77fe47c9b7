package api

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

const (
	deliveriesAt     = "/api/v1/warehouses/warehouse1/deliveries"
	goodAnnouncement = `{"supplier":"Mill","reference":"DN-7","due":"2026-12-03","lines":[{"product":"prod1","quantity":40}]}`
)

// onThursday is the API on a day that is a Thursday already in the shop's zone.
func onThursday(t *testing.T) (*echo.Echo, *shop) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	s := &shop{placed: map[string]store.Order{}, delivery: store.Delivery{
		ID: "d1", Warehouse: "warehouse1", Supplier: "Mill", Reference: "DN-7", State: store.DeliveryAnnounced, Version: 3,
		Due: time.Date(2026, 12, 3, 17, 0, 0, 0, time.UTC), Lines: []store.DeliveryLine{{Product: "prod1", Announced: 40, Received: 38}},
	}}
	now := func() time.Time { return time.Date(2026, 12, 2, 23, 30, 0, 0, time.UTC).In(zone) }
	if err := Register(e, Options{Store: s, Gazetteer: s, Keys: OneKey(secret), Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: now}); err != nil {
		t.Fatal(err)
	}
	return e, s
}

const deliveryBody = `{"id":"d1","warehouse":"warehouse1","supplier":"Mill","reference":"DN-7","state":"announced","due":"2026-12-03T17:00:00Z",`

func TestDeliveriesAreAnnouncedAndRead(t *testing.T) {
	e, s := onThursday(t)
	w := ask(e, "POST", deliveriesAt, strings.NewReader(goodAnnouncement))
	if want := deliveryBody + `"version":1,"lines":[{"product":"prod1","announced":40,"received":0}]}` + "\n"; w.Code != 201 || w.Body.String() != want || w.Header().Get("Location") != deliveriesAt+"/d1" || w.Header().Get("ETag") != `"1"` {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	s.again = true
	if w = ask(e, "POST", deliveriesAt, strings.NewReader(goodAnnouncement)); w.Code != 200 || w.Header().Get("Idempotent-Replayed") != "true" || w.Header().Get("Location") != deliveriesAt+"/d1" || w.Header().Get("ETag") != `"1"` {
		t.Errorf("again: %d %v %s", w.Code, w.Header(), w.Body)
	}
	w = ask(e, "GET", deliveriesAt, nil)
	one := deliveryBody + `"version":3,"lines":[{"product":"prod1","announced":40,"received":38}]}`
	if want := `{"warehouse":"warehouse1","items":[` + one + "]}\n"; w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w = ask(e, "GET", deliveriesAt+"/d1", nil); w.Code != 200 || w.Body.String() != one+"\n" || w.Header().Get("ETag") != `"3"` {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	w = ask(e, "PUT", deliveriesAt+"/d1/due", strings.NewReader(`{"due":"2026-12-04","reason":" the  truck "}`))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"due":"2026-12-04T17:00:00Z","version":4`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	announcement := "announce main warehouse1 Mill DN-7 2026-12-03T17:00:00Z [{prod1 40 0}]"
	if want := []string{announcement, announcement, "move main d1 2026-12-04T17:00:00Z the truck"}; !slices.Equal(s.counts, want) {
		t.Errorf("did %q", s.counts)
	}
}

func TestWhatHasComeOfADeliveryIsBookedOnce(t *testing.T) {
	e, s := onThursday(t)
	book := func(body string, headers ...string) *httptest.ResponseRecorder {
		return ask(e, "POST", deliveriesAt+"/d1/receipts", strings.NewReader(body), headers...)
	}
	const two = `{"lines":[{"product":"prod1","quantity":2}]}`
	w := book(two, `If-Match: "3"`)
	if w.Code != 200 || w.Header().Get("ETag") != `"4"` || !strings.Contains(w.Body.String(), `"state":"received"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, stale := range []string{`"2"`, `"33"`, "3"} {
		isProblem(t, book(two, "If-Match: "+stale), 412)
	}
	isProblem(t, book(two, "If-Match:"), 422)
	for body, where := range map[string]string{
		`{"lines":[]}`: `"body.lines"`,
		`{"lines":[{"product":"prod1","quantity":3}]}`: `"body.reason"`, // more than announced
		`{"lines":[],"last":true}`:                     `"body.reason"`,
		`{"lines":[{"product":"a b","quantity":1}]}`:   `"body.lines[0].product"`,
		`{"lines":[{"product":"prod1","quantity":0}]}`: `"body.lines[0].quantity"`,
		`{"lines":[],"reason":"a\u202e"}`:              `"body.reason"`,
		`{}`:                                           `"body.lines"`,
	} {
		w := book(body, `If-Match: "3"`)
		if isProblem(t, w, 422); !strings.Contains(w.Body.String(), where) {
			t.Errorf("%s: %s", body, w.Body)
		}
	}
	w = book(`{"lines":[],"last":true,"reason":"one carton short"}`, `If-Match: "3"`)
	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if want := []string{"receive main d1 v3 [{prod1 2}] false ", "receive main d1 v3 [] true one carton short"}; !slices.Equal(s.counts, want) {
		t.Errorf("did %q", s.counts)
	}
}

func TestBadAnnouncements(t *testing.T) {
	e, s := onThursday(t)
	swap := func(old, new string) string { return strings.Replace(goodAnnouncement, old, new, 1) }
	for body, where := range map[string]string{
		swap(`"Mill"`, `" "`): "body.supplier", swap(`DN-7`, `D\u0000`): "body.reference", swap(`"reference":"DN-7",`, ``): "body.reference",
		swap(`DN-7`, strings.Repeat("x", 61)): "body.reference", swap(`2026-12-03`, `2026-12-02`): "body.due", swap(`2026-12-03`, `03.12.2026`): "body.due",
		swap(`2026-12-03`, `2036-12-03`): "body.due", swap(`2026-12-03`, `2026-13-45`): "body.due", swap(`"due"`, `"date"`): "body.due",
		swap(`{"product":"prod1","quantity":40}`, ``): "body.lines", swap(`:40`, `:0`): "body.lines[0].quantity", swap(`:40`, `:1000001`): "body.lines[0].quantity",
		swap(`"prod1"`, `"a b"`): "body.lines[0].product", swap(`"lines"`, `"status":"received","lines"`): "body.status",
	} {
		w := ask(e, "POST", deliveriesAt, strings.NewReader(body))
		if isProblem(t, w, 422); !strings.Contains(w.Body.String(), `"`+where+`"`) {
			t.Errorf("%s is told as %s", body, w.Body)
		}
	}
	isProblem(t, ask(e, "PUT", deliveriesAt+"/d1/due", strings.NewReader(`{"due":"2026-12-01","reason":"x"}`)), 422)
	isProblem(t, ask(e, "PUT", deliveriesAt+"/d1/due", strings.NewReader(`{"due":"2026-12-04","reason":" "}`)), 422)
	for _, path := range []string{"/api/v1/warehouses/warehouse2/deliveries/d1", deliveriesAt + "/d2", deliveriesAt + "/a%20b", "/api/v1/warehouses/a%20b/deliveries", "/api/v1/warehouses/warehouse9/deliveries"} {
		isProblem(t, ask(e, "GET", path, nil), 404)
	}
	isProblem(t, ask(e, "DELETE", deliveriesAt, nil), 405)
	for kind, code := range map[store.Kind]int{store.Conflict: 409, store.Unavailable: 503, store.Internal: 500} {
		s.fails = store.Errorf(kind, "no")
		isProblem(t, ask(e, "POST", deliveriesAt, strings.NewReader(goodAnnouncement)), code)
		isProblem(t, ask(e, "GET", deliveriesAt, nil), code)
	}
	if len(s.counts) > 0 {
		t.Errorf("did %q", s.counts)
	}
}

// A key does what it was made for, and no more.
func TestScopesOfDeliveriesAndTransfers(t *testing.T) {
	for scope, code := range map[string]int{ReadStock: 403, WriteOrders: 403, ReadOrders: 403} {
		e, s := open(t, limited{scope})
		for _, post := range []string{deliveriesAt, deliveriesAt + "/d1/receipts", "/api/v1/warehouses/warehouse1/transfers", "/api/v1/transfers/t-1/send", "/api/v1/transfers/t-1/receive"} {
			isProblem(t, ask(e, "POST", post, strings.NewReader(`{}`)), code)
		}
		for _, get := range []string{deliveriesAt, deliveriesAt + "/d1", "/api/v1/warehouses/warehouse1/transfers", "/api/v1/transfers/t-1"} {
			if w := ask(e, "GET", get, nil); w.Code == 403 == (scope == ReadStock) {
				t.Errorf("%s with %s: %d", get, scope, w.Code)
			}
		}
		if len(s.counts) > 0 {
			t.Error(fmt.Sprint(s.counts))
		}
	}
}
