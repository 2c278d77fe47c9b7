package api

import (
	"context"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"waybill/store"
)

const goodReceipt = `{"reference":"DN-7","lines":[{"product":"prod1","quantity":2}],"reason":"delivery"}`

func TestReceipt(t *testing.T) {
	e, s := open(t, OneKey(secret))
	const path = "/api/v1/warehouses/warehouse1/receipts"
	first := ask(e, "POST", path, strings.NewReader(goodReceipt))
	if want := `{"warehouse":"warehouse1","reference":"DN-7","items":[{"product":"prod1","on_hand":7,"reserved":2,"available":5}]}` + "\n"; first.Code != 201 || first.Body.String() != want {
		t.Errorf("%d %s", first.Code, first.Body)
	}
	second := ask(e, "POST", path, strings.NewReader(goodReceipt))
	if second.Code != 200 || second.Header().Get("Idempotent-Replayed") != "true" || first.Header().Get("Idempotent-Replayed") != "" {
		t.Errorf("again: %d %v", second.Code, second.Header())
	}
	want := store.Receipt{Warehouse: "warehouse1", Reference: "DN-7", Lines: []store.Line{{Product: "prod1", Quantity: 2}}, Reason: "delivery", Caller: "api:main", Key: "wish-1"}
	if !reflect.DeepEqual(s.receipts[0], want) {
		t.Errorf("received %+v", s.receipts[0])
	}
	swap := func(old, new string) string { return strings.Replace(goodReceipt, old, new, 1) }
	for name, body := range map[string]string{
		"no lines":       swap(`{"product":"prod1","quantity":2}`, ``),
		"lines null":     swap(`[{"product":"prod1","quantity":2}]`, `null`),
		"too many lines": swap(`{"product":"prod1","quantity":2}`, strings.TrimSuffix(strings.Repeat(`{"product":"prod1","quantity":2},`, 501), ",")),
		"zero":           swap(`:2}`, `:0}`), "negative": swap(`:2}`, `:-2}`), "fraction": swap(`:2}`, `:1.5}`), "exponent": swap(`:2}`, `:1e3}`),
		"huge": swap(`:2}`, `:9223372036854775808}`), "text": swap(`:2}`, `:"2"}`), "product": swap(`"prod1"`, `"a b"`), "empty product": swap(`"prod1"`, `""`),
		"no reference": swap(`"reference":"DN-7",`, ``), "blank reference": swap(`DN-7`, `  `), "odd reference": swap(`DN-7`, `D\u0000`), "long reference": swap(`DN-7`, strings.Repeat("x", 101)),
		"bidi": swap(`"delivery"`, `"a\u202eb"`), "long reason": swap(`"delivery"`, `"`+strings.Repeat("x", 201)+`"`), "unknown field": swap(`"reason"`, `"status"`), "array": `[]`,
	} {
		w := ask(e, "POST", path, strings.NewReader(body))
		if isProblem(t, w, 422); t.Failed() {
			t.Fatalf("%s: %s", name, w.Body)
		}
	}
	isProblem(t, ask(e, "POST", path, strings.NewReader(goodReceipt+"{}")), 400)
	isProblem(t, ask(e, "POST", path, strings.NewReader(swap(`"lines"`, `"reference":"x","lines"`))), 400)
	isProblem(t, ask(e, "POST", path, strings.NewReader(goodReceipt), "Idempotency-Key:"), 422)
	isProblem(t, ask(e, "POST", path, strings.NewReader(goodReceipt), "Idempotency-Key: "+strings.Repeat("k", 256)), 422)
	isProblem(t, ask(e, "POST", path, strings.NewReader(goodReceipt), "Content-Type: text/csv"), 415)
	isProblem(t, ask(e, "POST", "/api/v1/warehouses/warehouse9/receipts", strings.NewReader(goodReceipt)), 404)
	isProblem(t, ask(e, "POST", "/api/v1/warehouses/a%20b/receipts", strings.NewReader(goodReceipt)), 404)
	if len(s.receipts) != 2 {
		t.Errorf("%d receipts came through", len(s.receipts))
	}
	for kind, code := range map[store.Kind]int{store.Conflict: 409, store.Unavailable: 503, store.Internal: 500} {
		s.fails = store.Errorf(kind, "no")
		isProblem(t, ask(e, "POST", path, strings.NewReader(goodReceipt)), code)
	}
	s.fails = &store.Error{Kind: store.Invalid, Message: "Used.", Fields: map[string]string{"idempotency_key": "Already used.", "lines[0].product": "None."}}
	w := ask(e, "POST", path, strings.NewReader(goodReceipt))
	if isProblem(t, w, 422); !strings.Contains(w.Body.String(), `"header.Idempotency-Key"`) || !strings.Contains(w.Body.String(), `"body.lines[0].product"`) {
		t.Error(w.Body)
	}
}

// keptKeys is a KeyStore with one key.
type keptKeys struct {
	key   store.APIKey
	fails error
}

func (k keptKeys) APIKey(_ context.Context, sum string) (store.APIKey, error) {
	if k.fails != nil {
		return store.APIKey{}, k.fails
	}
	if sum != k.key.Sum {
		return store.APIKey{}, store.Errorf(store.NotFound, "no")
	}
	return k.key, nil
}

func TestSeveralKeys(t *testing.T) {
	kept := keptKeys{key: store.APIKey{Name: "erp", Sum: SumOf("wb_erp"), Scopes: []string{ReadStock}}}
	e, s := open(t, SeveralKeys(OneKey(secret), kept))
	as := func(key, method, path, body string) *httptest.ResponseRecorder {
		return ask(e, method, path, strings.NewReader(body), "Authorization: Bearer "+key)
	}
	const stock = "/api/v1/warehouses/warehouse1/stock"
	for _, key := range []string{"wb_erp", secret} {
		if w := as(key, "GET", stock, ""); w.Code != 200 {
			t.Errorf("%s: %d", key, w.Code)
		}
	}
	isProblem(t, as("wb_erp", "PUT", stock+"/prod1", `{"on_hand":5,"reason":"x"}`), 403)
	isProblem(t, as("wb_other", "GET", stock, ""), 401)
	isProblem(t, as(kept.key.Sum, "GET", stock, ""), 401) // what is kept is not the key
	if len(s.counts) > 0 {
		t.Error("a key did more than it may")
	}
	kept.fails = store.Errorf(store.Unavailable, "away")
	e, _ = open(t, SeveralKeys(OneKey(secret), kept))
	isProblem(t, as("wb_erp", "GET", stock, ""), 503)
	if w := as(secret, "GET", stock, ""); w.Code != 200 {
		t.Errorf("the key of the settings needs no Redis: %d", w.Code)
	}
}
