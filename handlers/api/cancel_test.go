package api

import (
	"net/http"
	"strings"
	"testing"

	"waybill/store"
)

// An order is cancelled with its reason and comes back; too late is 409 with what to do; what cannot be
// read reaches nobody.
func TestCancel(t *testing.T) {
	e, s := open(t, OneKey(secret))
	for range 2 {
		w := ask(e, "POST", "/api/v1/orders/100123/cancel", strings.NewReader(`{"reason":" ordered  twice "}`))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"number":"100123"`) || w.Header().Get("ETag") == "" {
			t.Errorf("answered %d: %s", w.Code, w.Body)
		}
	}
	if w := ask(e, "POST", "/api/v1/orders/100123/cancel", strings.NewReader(`{}`)); w.Code != http.StatusOK {
		t.Errorf("without a reason: %d %s", w.Code, w.Body)
	}
	if want := "cancel/partner/main/100123/ordered twice"; len(s.counts) != 3 || s.counts[0] != want || s.counts[2] != "cancel/partner/main/100123/" {
		t.Errorf("asked %v, want %s", s.counts, want)
	}
	for name, c := range map[string]struct {
		path, body string
		status     int
		says       string
	}{
		"too late":     {"100124", `{}`, 409, "refused at the door"},
		"unknown":      {"7", `{}`, 404, "no order 7"},
		"no number":    {"x", `{}`, 404, "no such order"},
		"no body":      {"100123", ``, 400, "empty"},
		"a list":       {"100123", `[]`, 422, `"body"`},
		"other field":  {"100123", `{"status":"sent"}`, 422, `"body.status"`},
		"not a text":   {"100123", `{"reason":5}`, 422, `"body.reason"`},
		"NUL":          {"100123", `{"reason":"a\u0000b"}`, 422, `"body.reason"`},
		"turned round": {"100123", `{"reason":"a\u202eb"}`, 422, `"body.reason"`},
		"long":         {"100123", `{"reason":"` + strings.Repeat("a", 201) + `"}`, 422, `"body.reason"`},
	} {
		w := ask(e, "POST", "/api/v1/orders/"+c.path+"/cancel", strings.NewReader(c.body))
		if isProblem(t, w, c.status); !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: does not say %s: %s", name, c.says, w.Body)
		}
	}
	if len(s.counts) != 3 {
		t.Errorf("bad requests got through: %v", s.counts)
	}
	limitedTo, _ := open(t, limited{ReadOrders})
	isProblem(t, ask(limitedTo, "POST", "/api/v1/orders/100123/cancel", strings.NewReader(`{}`)), 403)
}

// What was promised of an order is not promised any more once it is cancelled.
func TestNothingIsPromisedOfACancelledOrder(t *testing.T) {
	o := demoOrder()
	if viewOrder(o, "").PromisedAt == nil || viewStory(o, "").PromisedAt == nil {
		t.Error("a placed order has no date")
	}
	o.Status = store.Cancelled
	if viewOrder(o, "").PromisedAt != nil || viewStory(o, "").PromisedAt != nil {
		t.Error("a cancelled order has a date")
	}
}
