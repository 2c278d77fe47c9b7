package api

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"waybill/store"
)

// faultsOf gives the places that a 422 names, with its words for each; a place that is named twice fails the
// test.
func faultsOf(t *testing.T, w *httptest.ResponseRecorder) map[string]string {
	t.Helper()
	isProblem(t, w, 422)
	var p struct {
		Errors []struct{ Location, Message string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	faults := map[string]string{}
	for _, e := range p.Errors {
		if faults[e.Location] != "" {
			t.Errorf("%s is named twice: %s", e.Location, w.Body)
		}
		faults[e.Location] = e.Message
	}
	return faults
}

// TestOrderIsJudgedWhole: fields that cannot be, products that are not sold, too many of one, a country that
// is not served, what is short and the day that cannot be kept are one answer.
func TestOrderIsJudgedWhole(t *testing.T) {
	e, s := open(t, OneKey(secret))
	s.served = []store.Country{{Code: "DE", Name: "Germany"}}
	body := strings.NewReplacer("anna@example.com", "anna", `"standard"`, `"same_day"`, `"lines":[{"product":"prod1","quantity":2}]`,
		`"lines":[{"product":"prod9","quantity":1},{"product":"prod1","quantity":2},{"product":"prod2","quantity":9},{"product":"prod3","quantity":1},{"product":"prod1","quantity":3}]`).Replace(good)
	want := map[string]string{
		"body.recipient.email":           "This e-mail address does not look right.",
		"body.recipient.address.country": "We do not send to this country. We send to Germany.",
		"body.lines[0].product":          "There is no product prod9 in this shop.",
		"body.lines[1].quantity":         "Only 3 left.",
		"body.lines[2].quantity":         "One order can hold at most 5 of Lamp. Only 3 left.",
		"body.lines[3].product":          "Book is not sold any more.",
		"body.speed":                     "Nothing is delivered on Sundays. Choose another speed.",
	}
	if got := faultsOf(t, ask(e, "POST", "/api/v1/orders", strings.NewReader(body))); !maps.Equal(got, want) {
		t.Errorf("told %q", got)
	}
	// What may wait is no fault of an order that waits, and what is wrong in form stands beside the rest.
	waits := strings.NewReplacer(`"backorder":"deny"`, `"backorder":"allow","gift":true`).Replace(body)
	delete(want, "body.lines[1].quantity")
	want["body.gift"], want[keyPlace] = noField, keyWords
	if got := faultsOf(t, ask(e, "POST", "/api/v1/orders", strings.NewReader(waits), "Idempotency-Key:")); !maps.Equal(got, want) {
		t.Errorf("told %q", got)
	}
	if len(s.wishes) > 0 {
		t.Error("it was placed")
	}
	// What the shop refuses by itself is told with the rest; a key that stands for something else, alone.
	short := swap(`"quantity":2`, `"quantity":4`)
	s.refuses = &store.Error{Kind: store.Invalid, Message: "Unknown.", Fields: map[string]string{"lines[0].product": "No such product."}}
	if got := faultsOf(t, ask(e, "POST", "/api/v1/orders", strings.NewReader(short))); !maps.Equal(got, map[string]string{
		"body.lines[0].product": "No such product.", "body.lines[0].quantity": "Only 3 left.", "body.recipient.address.country": want["body.recipient.address.country"],
	}) {
		t.Errorf("told %q", got)
	}
	s.refuses = &store.Error{Kind: store.Invalid, Message: "Used.", Fields: map[string]string{"idempotency_key": "Used."}}
	if got := faultsOf(t, ask(e, "POST", "/api/v1/orders", strings.NewReader(short))); !maps.Equal(got, map[string]string{keyPlace: "Used."}) {
		t.Errorf("told %q", got)
	}
}

// TestShortAndNotToday: a 409 for want of stock says too that what there is cannot come today.
func TestShortAndNotToday(t *testing.T) {
	e, s := open(t, OneKey(secret))
	short := []store.Shortage{{Product: "prod1", Wanted: 4, Left: 3}}
	s.refuses = &store.Error{Kind: store.Conflict, Message: "Too little.", Short: short, Fields: map[string]string{"lines[0].quantity": "Only 3 left."}}
	w := ask(e, "POST", "/api/v1/orders", strings.NewReader(strings.NewReplacer(`"quantity":2`, `"quantity":4`, `"standard"`, `"same_day"`).Replace(good)))
	isProblem(t, w, 409)
	for _, part := range []string{`"errors":[{"message":"Only 3 left.","location":"body.lines[0].quantity"},{"message":"Nothing is delivered on Sundays. Choose another speed.","location":"body.speed"}]`, `"left":3`} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("no %s in %s", part, w.Body)
		}
	}
}

// TestShopCannotBeAsked: fields are refused without the shop, as they are.
func TestShopCannotBeAsked(t *testing.T) {
	e, s := open(t, OneKey(secret))
	s.fails = store.Errorf(store.Unavailable, "Redis is away.")
	if got := faultsOf(t, ask(e, "POST", "/api/v1/orders", strings.NewReader(swap("anna@example.com", "anna")))); len(got) != 1 || got["body.recipient.email"] == "" {
		t.Errorf("told %q", got)
	}
}

// TestEveryLineIsNamed: as many faults as an order can have.
func TestEveryLineIsNamed(t *testing.T) {
	e, _ := open(t, OneKey(secret))
	lines := `{"product":"a b","quantity":1000}`
	for i := range 199 {
		lines += `,{"product":"x` + strings.Repeat("y", i%50) + string(rune('a'+i/50)) + `","quantity":0}`
	}
	got := faultsOf(t, ask(e, "POST", "/api/v1/orders", strings.NewReader(swap(`{"product":"prod1","quantity":2}`, lines))))
	if len(got) != 400 {
		t.Errorf("%d places are named", len(got))
	}
}

// TestStockIsJudgedWhole: what goes in, is announced or travels is told whole too.
func TestStockIsJudgedWhole(t *testing.T) {
	e, s := onThursday(t)
	for _, c := range []struct {
		path, body string
		headers    []string
		want       []string
	}{
		{"/api/v1/warehouses/warehouse1/receipts", `{"reference":"","lines":[{"product":"prod1","quantity":0},{"product":"prod9","quantity":1}]}`, nil,
			[]string{"body.lines[0].quantity", "body.lines[1].product", "body.reference"}},
		{deliveriesAt, `{"supplier":" ","reference":"DN-7","due":"2026-12-02","lines":[{"product":"prod9","quantity":0},{"product":"prod1","quantity":1},{"product":"prod1","quantity":1}]}`, nil,
			[]string{"body.due", "body.lines[0].product", "body.lines[0].quantity", "body.lines[2].product", "body.supplier"}},
		{deliveriesAt, `{"supplier":"Mill","reference":"DN-7","due":"2026-12-02","lines":[{"product":"prod9","quantity":1}]}`, nil, []string{"body.due", "body.lines[0].product"}},
		{deliveriesAt, `{"supplier":"Mill","reference":"DN-7","due":"2026-12-04","lines":[{"product":"prod9","quantity":1},{"product":"prod8","quantity":1}]}`, nil, []string{"body.lines[0].product", "body.lines[1].product"}},
		{deliveriesAt + "/d1/receipts", `{"lines":[{"product":"prod9","quantity":1}],"really":true}`, []string{`If-Match: "3"`}, []string{"body.lines[0].product", "body.reason", "body.really"}},
		{deliveriesAt + "/d1/receipts", `{"lines":[{"product":"prod9","quantity":1},{"product":"prod1","quantity":0}]}`, []string{`If-Match: "3"`}, []string{"body.lines[0].product", "body.lines[1].quantity"}},
		{deliveriesAt + "/d1/receipts", `{"lines":[{"product":"prod9","quantity":1}]}`, []string{`If-Match: "3"`}, []string{"body.lines[0].product", "body.reason"}},
		{transfersAt, `{"from":"nowhere","product":"prod9","quantity":0}`, []string{"Idempotency-Key:"}, []string{"body.from", "body.product", "body.quantity", keyPlace}},
		{"/api/v1/transfers/t-1/send", `{"lines":[{"product":"prod1","quantity":4},{"product":"prod9","quantity":1}]}`, nil, []string{"body.lines[0].quantity", "body.lines[1].product", "body.reason"}},
		{"/api/v1/transfers/t-1/send", `{"lines":[{"product":"prod1","quantity":1},{"product":"prod9","quantity":1}],"mood":1}`, nil, []string{"body.lines[1].product", "body.mood", "body.reason"}},
	} {
		w := ask(e, "POST", c.path, strings.NewReader(c.body), c.headers...)
		got := slices.Sorted(maps.Keys(faultsOf(t, w)))
		if want := slices.Sorted(slices.Values(c.want)); !slices.Equal(got, want) {
			t.Errorf("%s %s: %s", c.path, c.body, w.Body)
		}
	}
	put := ask(e, "PUT", deliveriesAt+"/d1/due", strings.NewReader(`{"due":"2026-12-02","reason":""}`))
	if got := faultsOf(t, put); len(got) != 2 || got["body.due"] == "" {
		t.Errorf("told %q", got)
	}
	if len(s.counts)+len(s.receipts) > 0 {
		t.Errorf("did %q", s.counts)
	}
}
