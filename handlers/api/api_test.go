package api

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

const placedGolden = `{
  "number": "100123",
  "reference": "tok3n",
  "status": "placed",
  "warehouse": "warehouse2",
  "promised_at": "2026-11-24T17:00:00Z",
  "tracking_url": "http://shop.example/track/tok3n",
  "lines": [
    {
      "product": "prod1",
      "quantity": 2
    }
  ],
  "transfers": [
    {
      "id": "100123-1",
      "from": "warehouse1",
      "to": "warehouse2",
      "state": "requested",
      "lines": [
        {
          "product": "prod1",
          "quantity": 1
        }
      ]
    }
  ]
}
`

func TestPlace(t *testing.T) {
	e, s := open(t, OneKey(secret))
	first := ask(e, "POST", "/api/v1/orders", strings.NewReader(good))
	if first.Code != 201 {
		t.Fatalf("%d %s", first.Code, first.Body)
	}
	if got := indent(t, first.Body.Bytes()); got != placedGolden {
		t.Errorf("answered\n%s\nwant\n%s", got, placedGolden)
	}
	conforms[orderView](t, first.Body.Bytes())
	h := first.Header()
	if h.Get("Location") != "/api/v1/orders/100123" || h.Get("ETag") != `"7"` || h.Get("Idempotent-Replayed") != "" {
		t.Errorf("headers %v", h)
	}
	second := ask(e, "POST", "/api/v1/orders", strings.NewReader(good))
	if second.Code != 201 || second.Body.String() != first.Body.String() || second.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("repeat: %d %v %s", second.Code, second.Header(), second.Body)
	}

	wish := s.wishes[0]
	if wish.Caller != "api:main" || wish.Key != "wish-1" || wish.Who != (store.Actor{Role: store.Partner, ID: "main"}) {
		t.Errorf("wish %+v", wish)
	}
	if wish.To == nil || wish.To.Lat != 54.35 || wish.To.Lon != 18.65 {
		t.Errorf("to %v", wish.To)
	}
	d := wish.Draft
	if d.Recipient.Phone != "+48600100200" || d.Recipient.Address.PostalCode != "80-827" || d.Speed != store.Standard || d.Backorder {
		t.Errorf("draft %+v", d)
	}
}

// TestPlaceLeast: what may be left out has the documented default, lines are added up, and
// an address that nobody finds is no obstacle.
// An order that is written down and not placed yet is 202, with its link, and its state has a name of its own.
func TestPlaceReceived(t *testing.T) {
	e, s := open(t, OneKey(secret))
	s.received = true
	for range 2 {
		w := ask(e, "POST", "/api/v1/orders", strings.NewReader(good))
		if w.Code != 202 || !strings.Contains(w.Body.String(), `"status":"received"`) || !strings.Contains(w.Body.String(), "/track/tok3n") {
			t.Errorf("answered %d: %s", w.Code, w.Body)
		}
		if etag := w.Header().Get("ETag"); etag != `"7-received"` {
			t.Errorf("ETag %s: once it is placed it may have the same version", etag)
		}
		if to := w.Header().Get("Location"); to != "/api/v1/orders/tok3n" || !strings.Contains(w.Body.String(), `"reference":"tok3n"`) {
			t.Errorf("it is to be followed at %s: %s", to, w.Body)
		}
	}
}

// TestReference: an order is followed and cancelled by its reference on a node that knows nothing else of it,
// also while nothing can be looked up.
func TestReference(t *testing.T) {
	e, s := open(t, OneKey(secret))
	w := ask(e, "GET", "/api/v1/orders/tok3n-of-the-demo-order", nil)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"status":"placed"`) || strings.Contains(w.Body.String(), "partial") {
		t.Errorf("of an order that is known: %d %s", w.Code, w.Body)
	}
	for _, s.away = range []bool{false, true} {
		w := ask(e, "GET", "/api/v1/orders/"+reference, nil)
		if w.Code != 200 || w.Header().Get("ETag") != `"0-received"` {
			t.Fatalf("away %v: %d %v %s", s.away, w.Code, w.Header(), w.Body)
		}
		conforms[storyView](t, w.Body.Bytes())
		for _, part := range []string{`"number":"100777"`, `"status":"received"`, `"partial":true`, `"reference":"` + reference + `"`} {
			if !strings.Contains(w.Body.String(), part) {
				t.Errorf("away %v: no %s in %s", s.away, part, w.Body)
			}
		}
		w = ask(e, "POST", "/api/v1/orders/"+reference+"/cancel", strings.NewReader(`{"reason":"twice"}`))
		if w.Code != 202 || !strings.Contains(w.Body.String(), `"status":"received"`) || !strings.Contains(w.Body.String(), `"reference":"`+noted+`"`) {
			t.Errorf("away %v: cancelling: %d %s", s.away, w.Code, w.Body)
		}
		conforms[orderView](t, w.Body.Bytes())
		told := ask(e, "GET", "/api/v1/orders/"+noted, nil, `If-None-Match: "0-received"`)
		if told.Code != 200 || told.Header().Get("ETag") != w.Header().Get("ETag") || !strings.Contains(told.Body.String(), `"cancel_asked_at":"2026-11-20T09:30:00Z"`) {
			t.Errorf("away %v: cancelled: %d %v %s", s.away, told.Code, told.Header(), told.Body)
		}
		conforms[storyView](t, told.Body.Bytes())
	}
	s.away = false
	if w := ask(e, "POST", "/api/v1/orders/tok3n-of-the-demo-order/cancel", strings.NewReader(`{}`)); w.Code != 200 {
		t.Errorf("cancelling one that is known: %d %s", w.Code, w.Body)
	}
	if want := "cancel/partner/main/" + reference + "/twice"; len(s.counts) != 3 || s.counts[0] != want {
		t.Errorf("cancelled %q", s.counts)
	}
	for _, wrong := range []string{reference[1:], strings.Repeat("x", 600), "tok3n"} {
		w := ask(e, "GET", "/api/v1/orders/"+wrong, nil)
		if w.Code != 404 && w.Code != 422 {
			t.Errorf("%.30s: %d", wrong, w.Code)
		}
		if w := ask(e, "POST", "/api/v1/orders/"+wrong+"/cancel", strings.NewReader(`{}`)); w.Code != 404 && w.Code != 422 {
			t.Errorf("cancelling %.30s: %d", wrong, w.Code)
		}
	}
	if w := ask(e, "GET", "/api/v1/orders/100124", nil); w.Code != 404 || !strings.Contains(w.Body.String(), "by the reference") {
		t.Errorf("a number that is not known: %d %s", w.Code, w.Body)
	}
}

func TestPlaceLeast(t *testing.T) {
	e, s := open(t, OneKey(secret))
	body := strings.NewReplacer(`"phone":"600 100 200",`, ``, `"line2":"",`, ``, `,"speed":"standard"`, ``, `,"backorder":"deny"`, ``,
		"Gdańsk", "Nowhere", `"quantity":2}`, `"quantity":2},{"product":"prod1","quantity":3}`).Replace(good)
	if w := ask(e, "POST", "/api/v1/orders", strings.NewReader(body)); w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	d := s.wishes[0].Draft
	if d.Speed != store.Standard || d.Backorder || s.wishes[0].To != nil || len(d.Lines) != 1 || d.Lines[0].Quantity != 5 {
		t.Errorf("wish %+v", s.wishes[0])
	}
	if w := ask(e, "POST", "/api/v1/orders", strings.NewReader(swap(`"deny"`, `"allow"`)), "Idempotency-Key: wish-2"); w.Code != 201 || !s.wishes[1].Draft.Backorder {
		t.Errorf("backorder: %d %+v", w.Code, s.wishes[1].Draft)
	}
	if w := ask(e, "POST", "/api/v1/orders", strings.NewReader(swap(`"deny"`, `"allow","parts":true`)), "Idempotency-Key: wish-3"); w.Code != 201 || !s.wishes[2].Draft.Parts {
		t.Errorf("in parts: %d %+v", w.Code, s.wishes[2].Draft)
	}
}

func TestOrder(t *testing.T) {
	e, _ := open(t, OneKey(secret))
	w := ask(e, "GET", "/api/v1/orders/100123", nil)
	if w.Code != 200 || w.Header().Get("ETag") != `"7"` {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	conforms[storyView](t, w.Body.Bytes())
	for _, part := range []string{
		`"version":7`, `"placed_at":"2026-11-20T08:30:00Z"`, `"history":[{"version":1,"type":"placed","status":"placed","at":"2026-11-20T08:30:00Z","who":{"role":"customer"}},`,
		`"who":{"role":"clerk","name":"Ola"}}`,
	} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("no %s in %s", part, w.Body)
		}
	}
	if strings.Contains(w.Body.String(), "Anna") || strings.Contains(w.Body.String(), `"ola"`) {
		t.Errorf("names somebody: %s", w.Body)
	}
	for match, status := range map[string]int{`"7"`: 304, `"6", W/"7"`: 304, `*`: 304, `"6"`: 200, `7`: 200, `"77"`: 200} {
		w := ask(e, "GET", "/api/v1/orders/100123", nil, "If-None-Match: "+match)
		if w.Code != status || w.Header().Get("ETag") != `"7"` || (w.Body.Len() == 0) != (status == 304) {
			t.Errorf("If-None-Match %s: %d %s", match, w.Code, w.Body)
		}
	}
	for _, number := range []string{"100124", "0", "-1", "0123", "1e3", "9999999999999999999", "abc", "%00", "%ff", "١٢", "100123/x", "100123%20"} {
		isProblem(t, ask(e, "GET", "/api/v1/orders/"+number, nil), 404)
	}
}

// TestEmptyIsNotNull: an order of which nothing is known yet still has lists.
func TestEmptyIsNotNull(t *testing.T) {
	for _, view := range []any{viewOrder(store.Order{Number: 1, Status: store.Received}, ""), viewStory(store.Order{Number: 1, Status: store.Received}, "")} {
		body, err := json.Marshal(view)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{`"warehouse":null`, `"promised_at":null`, `"tracking_url":null`, `"lines":[]`, `"transfers":[]`} {
			if !strings.Contains(string(body), part) {
				t.Errorf("no %s in %s", part, body)
			}
		}
	}
}

func TestStock(t *testing.T) {
	e, s := open(t, OneKey(secret))
	w := ask(e, "GET", "/api/v1/warehouses/warehouse1/stock", nil)
	if want := `{"warehouse":"warehouse1","items":[{"product":"prod1","on_hand":5,"reserved":2,"available":3,"threshold":4}]}` + "\n"; w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	isProblem(t, ask(e, "GET", "/api/v1/warehouses/warehouse9/stock", nil), 404)
	isProblem(t, ask(e, "GET", "/api/v1/warehouses/a%20b/stock", nil), 404)

	const path = "/api/v1/warehouses/warehouse1/stock/prod1"
	w = ask(e, "PUT", path, strings.NewReader(`{"on_hand":9,"reason":" Yearly  count "}`))
	if want := `{"product":"prod1","on_hand":9,"reserved":2,"available":7}` + "\n"; w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if len(s.counts) != 1 || s.counts[0] != "partner/main/warehouse1/prod1/Yearly count" {
		t.Errorf("booked %q", s.counts)
	}
	isProblem(t, ask(e, "PUT", path, strings.NewReader(`{"on_hand":1,"reason":"x"}`)), 409)
	isProblem(t, ask(e, "PUT", path+"%2F..", strings.NewReader(`{"on_hand":5,"reason":"x"}`)), 404)
	for _, body := range []string{
		`{"on_hand":-1,"reason":"x"}`, `{"on_hand":1000000001,"reason":"x"}`, `{"on_hand":2.5,"reason":"x"}`, `{"on_hand":"5","reason":"x"}`,
		`{"on_hand":5}`, `{"reason":"x"}`, `{"on_hand":5,"reason":""}`, `{"on_hand":5,"reason":"  "}`, `{"on_hand":5,"reason":"a\u0000b"}`,
		`{"on_hand":5,"reason":"` + strings.Repeat("x", 201) + `"}`, `{"on_hand":5,"reason":"x","reserved":0}`,
	} {
		isProblem(t, ask(e, "PUT", path, strings.NewReader(body)), 422)
	}
	if len(s.counts) != 1 {
		t.Errorf("bad counts were booked: %q", s.counts)
	}
}

func TestThreshold(t *testing.T) {
	e, s := open(t, OneKey(secret))
	const path = "/api/v1/warehouses/warehouse1/stock/prod1/threshold"
	for range 2 {
		w := ask(e, "PUT", path, strings.NewReader(`{"threshold":20}`))
		if want := `{"warehouse":"warehouse1","product":"prod1","threshold":20}` + "\n"; w.Code != 200 || w.Body.String() != want {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if w := ask(e, "PUT", path, strings.NewReader(`{"threshold":0}`)); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	want := []string{"threshold main warehouse1 prod1 20", "threshold main warehouse1 prod1 20", "threshold main warehouse1 prod1 0"}
	for _, body := range []string{`{}`, `{"threshold":-1}`, `{"threshold":1000001}`, `{"threshold":null}`, `{"threshold":"5"}`, `{"threshold":5,"on_hand":1}`} {
		isProblem(t, ask(e, "PUT", path, strings.NewReader(body)), 422)
	}
	isProblem(t, ask(e, "PUT", strings.Replace(path, "prod1", "prod9", 1), strings.NewReader(`{"threshold":5}`)), 404)
	isProblem(t, ask(e, "PUT", strings.Replace(path, "prod1", "a%20b", 1), strings.NewReader(`{"threshold":5}`)), 404)
	if !slices.Equal(s.counts, want) {
		t.Errorf("did %q", s.counts)
	}
	reader, _ := open(t, limited{ReadStock})
	isProblem(t, ask(reader, "PUT", path, strings.NewReader(`{"threshold":5}`)), 403)
}

// TestDocument: the description is OpenAPI 3.1, names every operation with its scope, and
// each of its references leads somewhere. No key is needed to read it.
func TestDocument(t *testing.T) {
	e, _ := open(t, OneKey(""))
	w := ask(e, "GET", "/api/v1/openapi.json", nil, "Authorization:")
	var document struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string                `json:"operationId"`
			Security    []map[string][]string `json:"security"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil || w.Code != 200 {
		t.Fatalf("%d %v", w.Code, err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("version %q", document.OpenAPI)
	}
	found := map[string]string{}
	for path, operations := range document.Paths {
		for method, op := range operations {
			if len(op.Security) != 1 || len(op.Security[0][scheme]) != 1 {
				t.Fatalf("%s has no scope", op.OperationID)
			}
			found[op.OperationID] = method + " " + path + " " + op.Security[0][scheme][0]
		}
	}
	if want := map[string]string{
		"placeOrder": "post /api/v1/orders orders:write",
		"getOrder":   "get /api/v1/orders/{number} orders:read",

		"cancelOrder": "post /api/v1/orders/{number}/cancel orders:write",

		"getStock":     "get /api/v1/warehouses/{id}/stock stock:read",
		"setStock":     "put /api/v1/warehouses/{id}/stock/{product} stock:write",
		"setThreshold": "put /api/v1/warehouses/{id}/stock/{product}/threshold stock:write",
		"receiveStock": "post /api/v1/warehouses/{id}/receipts stock:write",

		"listDeliveries":   "get /api/v1/warehouses/{id}/deliveries stock:read",
		"getDelivery":      "get /api/v1/warehouses/{id}/deliveries/{delivery} stock:read",
		"announceDelivery": "post /api/v1/warehouses/{id}/deliveries stock:write",
		"moveDelivery":     "put /api/v1/warehouses/{id}/deliveries/{delivery}/due stock:write",
		"receiveDelivery":  "post /api/v1/warehouses/{id}/deliveries/{delivery}/receipts stock:write",

		"listTransfers":   "get /api/v1/warehouses/{id}/transfers stock:read",
		"getTransfer":     "get /api/v1/transfers/{transfer} stock:read",
		"askTransfer":     "post /api/v1/warehouses/{id}/transfers stock:write",
		"sendTransfer":    "post /api/v1/transfers/{transfer}/send stock:write",
		"receiveTransfer": "post /api/v1/transfers/{transfer}/receive stock:write",
	}; !reflect.DeepEqual(found, want) {
		t.Errorf("operations %v", found)
	}
	var tree any
	if err := json.Unmarshal(w.Body.Bytes(), &tree); err != nil {
		t.Fatal(err)
	}
	walk(tree, func(node map[string]any) {
		if ref, ok := node["$ref"].(string); ok && !leads(tree, ref) {
			t.Errorf("%s leads nowhere", ref)
		}
		if list, ok := node["type"].([]any); ok && list[0] == "array" {
			t.Errorf("a list may be null: %v", node)
		}
	})
}

func walk(node any, visit func(map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		visit(node)
		for _, child := range node {
			walk(child, visit)
		}
	case []any:
		for _, child := range node {
			walk(child, visit)
		}
	}
}

func leads(tree any, ref string) bool {
	for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		node, _ := tree.(map[string]any)
		tree = node[part]
	}
	return tree != nil
}

// conforms checks an answer against the schema by which it is described.
func conforms[T any](t *testing.T, body []byte) {
	t.Helper()
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	schema := registry.Schema(reflect.TypeFor[T](), true, "")
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatal(err)
	}
	result := &huma.ValidateResult{}
	huma.Validate(registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, result)
	for _, err := range result.Errors {
		t.Errorf("not as described: %v", err)
	}
}

func indent(t *testing.T, body []byte) string {
	t.Helper()
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(json.RawMessage(body)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
