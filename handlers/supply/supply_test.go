package supply

import (
	"context"
	"fmt"
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

// fake keeps one delivery, receives it by the domain's own rules, and notes what it was asked.
type fake struct {
	delivery store.Delivery
	queue    store.Queue
	calls    []string
	err      error
}

func (f *fake) note(format string, args ...any) {
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

func (f *fake) Directory(context.Context) (store.Directory, error) {
	return store.Directory{
		Products:     map[string]store.Product{"prod6": {ID: "prod6", Name: "Blanket", GTIN: "4006381333931"}, "prod2": {ID: "prod2", Name: "Kettle"}},
		Warehouses:   map[string]store.Warehouse{"warehouse1": {ID: "warehouse1", Name: "Gdańsk"}, "warehouse2": {ID: "warehouse2", Name: "Warszawa"}},
		ProductIDs:   []string{"prod2", "prod6"},
		WarehouseIDs: []string{"warehouse1", "warehouse2"},
	}, nil
}
func (f *fake) Deliveries(context.Context, string) (open, closed []store.Delivery, err error) {
	return []store.Delivery{f.delivery}, nil, nil
}
func (f *fake) Delivery(_ context.Context, id string) (store.Delivery, error) {
	if id != f.delivery.ID {
		return store.Delivery{}, store.Errorf(store.NotFound, "There is no such delivery.")
	}
	return f.delivery, nil
}
func (f *fake) Announce(_ context.Context, who store.Actor, d store.Delivery) (store.Delivery, bool, error) {
	f.note("announce %s %s %s %s %v", who.ID, d.Supplier, d.Reference, d.Due.Format("2006-01-02 15:04"), d.Lines)
	return d, f.err == nil, f.err
}
func (f *fake) MoveDelivery(_ context.Context, _ store.Actor, d store.Delivery, why string) (store.Delivery, error) {
	f.note("move %s %s %s", d.ID, d.Due.Format(time.DateOnly), why)
	return d, f.err
}
func (f *fake) ReceiveDelivery(_ context.Context, _ store.Actor, id string, version int, r store.DeliveryReceipt) (store.Delivery, error) {
	f.note("receive %s v%d %v last=%v %s", id, version, r.Lines, r.Last, r.Why)
	if f.err != nil {
		return store.Delivery{}, f.err
	}
	return f.delivery.Receive(r)
}
func (f *fake) Scan(_ context.Context, id, product string, units int) (int, error) {
	f.note("scan %s %s %d", id, product, units)
	return 1, f.err
}
func (f *fake) Waited(context.Context) ([]store.Waited, error) {
	return []store.Waited{f.queue.Waited}, nil
}
func (f *fake) Queue(_ context.Context, product string, arriving int) (store.Queue, error) {
	f.note("queue %s %d", product, arriving)
	return f.queue, nil
}
func (f *fake) Prioritize(_ context.Context, who store.Actor, n store.Number, move store.QueueMove, why string) error {
	f.note("prioritize %s %s %s %s", who.ID, n, move, why)
	return f.err
}

func (f *fake) AskAgain(_ context.Context, who store.Actor, n store.Number, from string, products []string) error {
	f.note("ask again %s %s %q %v", who.ID, n, from, products)
	return f.err
}

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func newFake() *fake {
	blanket := store.Product{ID: "prod6", Name: "Blanket"}
	return &fake{
		delivery: store.Delivery{
			ID: "d1", Warehouse: "warehouse1", Supplier: "Mill", Reference: "WZ 1", State: store.DeliveryAnnounced, Version: 3,
			Due: noon().AddDate(0, 0, -1), Lines: []store.DeliveryLine{{Product: "prod6", Announced: 10, Received: 4}}, Counted: map[string]int{"prod2": 2},
		},
		queue: store.Queue{
			Waited: store.Waited{Product: blanket, Orders: 2, Units: 9},
			Shares: []store.Share{
				{Claim: store.Claim{Order: 100123, Since: noon(), Units: 5, Priority: 1}, Gets: 5, Goes: true},
				{Claim: store.Claim{Order: 100124, Since: noon(), Units: 4}, Gets: 1, Lacks: []string{"prod2"}},
			},
		},
	}
}

var (
	clerk   = store.Account{Login: "ola", Name: "Ola", Role: store.Clerk, Warehouse: "warehouse1"}
	owner   = store.Account{Login: "olga", Name: "Olga", Role: store.Owner}
	service = store.Account{Login: "sylwia", Name: "Sylwia", Role: store.Service}
	courier = store.Account{Login: "kuba", Name: "Kuba", Role: store.Courier}
)

type answer struct {
	code     int
	body, to string
	err      error
}

// ask makes one request as somebody; without a form it is a GET. Pairs of names and values are the form.
func ask(t *testing.T, f *fake, who store.Account, handle func(*Handlers) echo.HandlerFunc, params map[string]string, pairs ...string) answer {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	method := http.MethodGet
	if len(pairs) > 0 {
		method = http.MethodPost
	}
	r := httptest.NewRequest(method, "/x?arriving="+url.QueryEscape(params["?"]), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	c := echo.New().NewContext(r, w)
	c.SetParamNames("id", "delivery", "product")
	c.SetParamValues(params["id"], params["delivery"], params["product"])
	page.SignedIn(c, who, "session")
	kit := page.New(page.Options{Now: noon, Zone: time.UTC, Asset: func(name string) string { return "/static/" + name }})
	err := handle(New(kit, f))(c)
	return answer{w.Code, w.Body.String(), w.Header().Get("Location"), err}
}

var (
	here     = map[string]string{"id": "warehouse1", "delivery": "d1"}
	announce = func(h *Handlers) echo.HandlerFunc { return h.Announce }
	receive  = func(h *Handlers) echo.HandlerFunc { return h.Receive }
	scan     = func(h *Handlers) echo.HandlerFunc { return h.Scan }
	show     = func(h *Handlers) echo.HandlerFunc { return h.Delivery }
)

func TestAnnounce(t *testing.T) {
	f := newFake()
	a := ask(t, f, owner, announce, here, "supplier", " Mill  & Co ", "reference", "WZ/7", "due", "2026-12-03", "goods", "prod6 40\r\n\n4006381333931 2\nPROD2 1")
	if a.code != http.StatusSeeOther || len(f.calls) != 1 || f.calls[0] != "announce olga Mill & Co WZ/7 2026-12-03 18:00 [{prod6 42 0} {prod2 1 0}]" {
		t.Fatalf("%d %v %v", a.code, a.err, f.calls)
	}
	for _, bad := range []struct{ goods, due, says string }{
		{"prod6", "2026-12-03", "Line 1: write a product and its units"},
		{"prod6 1\nprod6 -1", "2026-12-03", "Line 2: write a product"},
		{"prod6 0", "2026-12-03", "Line 1: write a product"},
		{"prod6 1e3", "2026-12-03", "Line 1: write a product"},
		{"nothing 4", "2026-12-03", "Line 1: there is no product nothing."},
		{"", "2026-12-03", "Name 1 to 500 products"},
		{"prod6 1", "3 December", "Give the day on which it comes"},
		{"prod6 1", "2026-11-23", "Give a day from today on"},
	} {
		f := newFake()
		a := ask(t, f, clerk, announce, here, "supplier", "Mill", "reference", "7", "due", bad.due, "goods", bad.goods)
		if a.code != http.StatusUnprocessableEntity || len(f.calls) != 0 || !strings.Contains(a.body, bad.says) || !strings.Contains(a.body, `value="Mill"`) {
			t.Errorf("%q on %q: %d, %v, without %q", bad.goods, bad.due, a.code, f.calls, bad.says)
		}
	}
	f.err = store.Errorf(store.Conflict, "That reference is taken.")
	if a := ask(t, f, clerk, announce, here, "supplier", "Mill", "reference", "7", "due", "2026-12-03", "goods", "prod6 1"); a.code != http.StatusConflict || !strings.Contains(a.body, "That reference is taken.") {
		t.Errorf("taken: %d", a.code)
	}
}

func TestReceive(t *testing.T) {
	f := newFake()
	a := ask(t, f, clerk, receive, here, "version", "3", "product", "prod6", "units", "2", "product", "prod2", "units", "")
	if a.code != http.StatusSeeOther || f.calls[0] != "receive d1 v3 [{prod6 2}] last=false " {
		t.Fatalf("%d %v %v", a.code, a.err, f.calls)
	}
	a = ask(t, f, clerk, receive, here, "version", "3", "product", "prod6", "units", "2", "last", "yes")
	if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Less came than was announced: say why.") || !strings.Contains(a.body, `value="2"`) {
		t.Errorf("less without a reason: %d", a.code)
	}
	for _, units := range []string{"-1", "1.5", "1e3", "٣", "99999999999"} {
		f := newFake()
		if a := ask(t, f, clerk, receive, here, "version", "3", "product", "prod6", "units", units); a.code != http.StatusUnprocessableEntity || len(f.calls) != 0 {
			t.Errorf("%q units: %d %v", units, a.code, f.calls)
		}
	}
	f.err = store.Errorf(store.Conflict, "Something was booked.")
	old := []string{"version", "2", "product", "prod6", "units", "4", "reason", "so"}
	if a := ask(t, f, clerk, receive, here, old...); a.code != http.StatusConflict || !strings.Contains(a.body, "Something was booked.") || !strings.Contains(a.body, `value="4"`) || !strings.Contains(a.body, `name="version" value="3"`) {
		t.Errorf("an older form: %d %s", a.code, a.body)
	}
	f.delivery.Steps = []store.DeliveryStep{{Version: 3, What: "received", Who: store.Actor{ID: clerk.Login}, Why: "so", Lines: []store.Line{{Product: "prod6", Quantity: 4}}}}
	if a := ask(t, f, clerk, receive, here, old...); a.code != http.StatusSeeOther {
		t.Errorf("pressed twice: %d", a.code)
	}
	old[5] = "5"
	if a := ask(t, f, clerk, receive, here, old...); a.code != http.StatusConflict {
		t.Errorf("pressed twice with something else: %d", a.code)
	}
	f.delivery.State = store.DeliveryReceived
	if a := ask(t, f, clerk, receive, here, old...); a.code != http.StatusSeeOther {
		t.Errorf("closed meanwhile: %d", a.code)
	}
}

func TestScan(t *testing.T) {
	f := newFake()
	for code, call := range map[string]string{"04006381333931": "scan d1 prod6 1", "prod2": "scan d1 prod2 1"} {
		f.calls = nil
		if a := ask(t, f, clerk, scan, here, "code", code); a.code != http.StatusSeeOther || f.calls[0] != call {
			t.Errorf("%s: %d %v", code, a.code, f.calls)
		}
	}
	f.calls = nil
	if a := ask(t, f, clerk, scan, here, "code", "<b>"); a.code != http.StatusSeeOther || len(f.calls) != 0 {
		t.Errorf("unknown: %d %v", a.code, f.calls)
	}
	ask(t, f, clerk, scan, here, "code", "prod6", "back", "1")
	if f.calls[0] != "scan d1 prod6 -1" {
		t.Errorf("taken back: %v", f.calls)
	}
}

func TestDeliveryPage(t *testing.T) {
	a := ask(t, newFake(), clerk, show, here)
	for _, want := range []string{"Late: 6 units were due yesterday.", "6 units to come", "Kettle", "more than announced", `name="version" value="3"`, `href="/waiting/prod6?arriving=6">2 orders waiting: who gets them?`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("without %q", want)
		}
	}
	if a := ask(t, newFake(), owner, show, here); strings.Contains(a.body, `name="version"`) || !strings.Contains(a.body, "Change the day") {
		t.Error("the owner can receive, or cannot change the day")
	}
	closed := newFake()
	closed.delivery.State = store.DeliveryReceived
	if a := ask(t, closed, clerk, show, here); strings.Contains(a.body, "who gets them") {
		t.Error("nothing of a closed delivery is to be given to anybody")
	}
}

// Who has no business with a delivery does not learn that it is there.
func TestWhoMay(t *testing.T) {
	there := map[string]string{"id": "warehouse2", "delivery": "d1"}
	for _, c := range []struct {
		who    store.Account
		params map[string]string
		handle func(*Handlers) echo.HandlerFunc
		want   store.Kind
	}{
		{clerk, there, show, store.NotFound}, {owner, there, show, store.NotFound}, {courier, here, show, store.NotFound},
		{service, here, announce, store.Forbidden}, {owner, here, receive, store.Forbidden}, {service, here, scan, store.Forbidden},
		{clerk, map[string]string{"id": "warehouse1", "delivery": "other"}, show, store.NotFound},
	} {
		f := newFake()
		if a := ask(t, f, c.who, c.handle, c.params, "code", "prod6"); store.KindOf(a.err) != c.want || len(f.calls) > 0 {
			t.Errorf("%s at %v: %v %v", c.who.Login, c.params, a.err, f.calls)
		}
	}
}

func TestQueue(t *testing.T) {
	f := newFake()
	queue := func(h *Handlers) echo.HandlerFunc { return h.Queue }
	a := ask(t, f, service, queue, map[string]string{"product": "prod6", "?": "40"})
	for _, want := range []string{"If 40 units arrived now", "gets all 5 and goes on", "1 set aside, 3 missing", "+1", `href="/service/orders/100123"`, "31 units would be left"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("without %q", want)
		}
	}
	if f.calls[0] != "queue prod6 40" {
		t.Errorf("asked %v", f.calls)
	}
	if a := ask(t, f, clerk, queue, map[string]string{"product": "prod6", "?": "many"}); a.code != http.StatusUnprocessableEntity || strings.Contains(a.body, "/service/orders/") {
		t.Errorf("many: %d", a.code)
	}
	move := func(h *Handlers) echo.HandlerFunc { return h.Prioritize }
	f.calls = nil
	a = ask(t, f, owner, move, map[string]string{"product": "prod6"}, "order", "100124", "move", "first", "reason", "a hospital")
	if a.code != http.StatusSeeOther || f.calls[0] != "prioritize olga 100124 first a hospital" {
		t.Errorf("%d %v", a.code, f.calls)
	}
	f.calls = nil
	for _, why := range []string{"", " \t", "a\x00b", strings.Repeat("a", 201)} {
		a = ask(t, f, owner, move, map[string]string{"product": "prod6"}, "order", "100124", "move", "up", "reason", why)
		if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Say in a few words why.") || strings.Contains(strings.Join(f.calls, " "), "prioritize") {
			t.Errorf("with the reason %q: %d %v", why, a.code, f.calls)
		}
	}
}

// An order to which what is there was refused says so in the queue, with the way out of it.
func TestAskAgainFromTheQueue(t *testing.T) {
	f := newFake()
	f.queue.Shares[0].Barred, f.queue.Shares[0].Goes = 5, false
	a := ask(t, f, clerk, func(h *Handlers) echo.HandlerFunc { return h.Queue }, map[string]string{"product": "prod6"})
	if strings.Count(a.body, `action="/waiting/prod6/again"`) != 1 || !strings.Contains(a.body, "could not send it to this order") {
		t.Errorf("the queue says %s", a.body)
	}
	again := func(h *Handlers) echo.HandlerFunc { return h.AskAgain }
	f.calls = nil
	a = ask(t, f, clerk, again, map[string]string{"product": "prod6"}, "order", "100123")
	if a.code != http.StatusSeeOther || a.to != "/waiting/prod6" || f.calls[0] != `ask again ola 100123 "" [prod6]` {
		t.Errorf("%d to %s, %v", a.code, a.to, f.calls)
	}
	f.calls = nil
	for product, order := range map[string]string{"prod6": "x", "nope": "100123"} {
		if a = ask(t, f, clerk, again, map[string]string{"product": product}, "order", order); a.code != http.StatusSeeOther || a.to != "/waiting" || len(f.calls) > 0 {
			t.Errorf("%s of %s: %d to %s, %v", product, order, a.code, a.to, f.calls)
		}
	}
	f.err = store.Errorf(store.Conflict, "It has others by now.")
	if a = ask(t, f, clerk, again, map[string]string{"product": "prod6"}, "order", "100123"); a.code != http.StatusSeeOther {
		t.Errorf("too late: %d", a.code)
	}
}
