package api

import (
	"slices"
	"strings"
	"testing"

	"waybill/store"
)

const (
	transfersAt = "/api/v1/warehouses/warehouse1/transfers"
	theTransfer = `{"id":"t-1","order":"100123","from":"warehouse1","to":"warehouse2","state":"requested","due":"2026-11-24T08:00:00Z","lines":[{"product":"prod1","quantity":3}],"missing":[],"lost":[],"damaged":[],"version":1}`
)

func TestTransfersAreReadAndAskedFor(t *testing.T) {
	e, s := open(t, OneKey(secret))
	if w := ask(e, "GET", transfersAt, nil); w.Code != 200 || w.Body.String() != `{"warehouse":"warehouse1","items":[`+theTransfer+"]}\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(e, "GET", "/api/v1/transfers/t-1", nil); w.Code != 200 || w.Body.String() != theTransfer+"\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	const wish = `{"from":"warehouse2","product":"prod1","quantity":20}`
	w := ask(e, "POST", transfersAt, strings.NewReader(wish))
	if w.Code != 201 || w.Header().Get("Location") != "/api/v1/transfers/ask-1" || !strings.Contains(w.Body.String(), `"order":null,"from":"warehouse2","to":"warehouse1"`) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if want := []string{"ask main warehouse1 from warehouse2: 20 prod1, 64"}; !slices.Equal(s.counts, want) {
		t.Errorf("did %q", s.counts)
	}
	s.again = true
	if w = ask(e, "POST", transfersAt, strings.NewReader(wish)); w.Code != 200 || w.Header().Get("Idempotent-Replayed") != "true" || w.Header().Get("Location") != "/api/v1/transfers/ask-1" {
		t.Errorf("again: %d %v %s", w.Code, w.Header(), w.Body)
	}
	for body, where := range map[string]string{
		strings.Replace(wish, "warehouse2", "warehouse1", 1): "body.from", strings.Replace(wish, "warehouse2", "nowhere", 1): "body.from",
		strings.Replace(wish, "prod1", "nothing", 1): "body.product", strings.Replace(wish, ":20", ":0", 1): "body.quantity", `{}`: "body.from",
	} {
		w := ask(e, "POST", transfersAt, strings.NewReader(body))
		if isProblem(t, w, 422); !strings.Contains(w.Body.String(), `"`+where+`"`) {
			t.Errorf("%s is told as %s", body, w.Body)
		}
	}
	isProblem(t, ask(e, "POST", transfersAt, strings.NewReader(wish), "Idempotency-Key:"), 422)
	isProblem(t, ask(e, "POST", "/api/v1/warehouses/warehouse9/transfers", strings.NewReader(wish)), 404)
	isProblem(t, ask(e, "GET", "/api/v1/warehouses/warehouse9/transfers", nil), 404)
	isProblem(t, ask(e, "GET", "/api/v1/transfers/t-2", nil), 404)
	if len(s.counts) != 2 {
		t.Errorf("did %q", s.counts)
	}
}

func TestTransfersAreSentAndReceived(t *testing.T) {
	e, s := open(t, OneKey(secret))
	const send, receive = "/api/v1/transfers/t-1/send", "/api/v1/transfers/t-1/receive"
	for _, c := range []struct{ path, body, says string }{
		{send, `{"lines":[{"product":"prod1","quantity":1},{"product":"prod1","quantity":2}]}`, `"state":"sent"`},
		{send, `{"lines":[{"product":"prod1","quantity":1}],"reason":"damaged","note":" two  broke "}`, `"missing":[{"product":"prod1","quantity":2}]`},
		{receive, `{"lines":[{"product":"prod1","quantity":2}],"damaged":[{"product":"prod1","quantity":1}],"note":"wet"}`, `"damaged":[{"product":"prod1","quantity":1}]`},
	} {
		if w := ask(e, "POST", c.path, strings.NewReader(c.body)); w.Code != 200 || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.body, w.Code, w.Body)
		}
	}
	want := []string{"send main t-1 [{prod1 3}] ", "send main t-1 [{prod1 1}] damaged: two broke", "receive main t-1 [{prod1 2}] [{prod1 1}] wet"}
	if !slices.Equal(s.counts, want) {
		t.Errorf("did %q", s.counts)
	}
	for _, c := range []struct{ path, body, where string }{
		{send, `{"lines":[]}`, "body.reason"}, {send, `{"lines":[],"reason":"lost"}`, "body.reason"}, {send, `{}`, "body.lines"},
		{send, `{"lines":[{"product":"a b","quantity":1}]}`, "body.lines[0].product"}, {send, `{"lines":[{"product":"prod1","quantity":-1}]}`, "body.lines[0].quantity"},
		{receive, `{"lines":[],"note":"a\u0000"}`, "body.note"}, {receive, `{"lines":null}`, "body.lines"},
	} {
		w := ask(e, "POST", c.path, strings.NewReader(c.body))
		if isProblem(t, w, 422); !strings.Contains(w.Body.String(), `"`+c.where+`"`) {
			t.Errorf("%s is told as %s", c.body, w.Body)
		}
	}
	isProblem(t, ask(e, "POST", "/api/v1/transfers/t-2/send", strings.NewReader(`{"lines":[]}`)), 404)
	for kind, code := range map[store.Kind]int{store.Conflict: 409, store.Unavailable: 503} {
		s.fails = store.Errorf(kind, "no")
		isProblem(t, ask(e, "POST", send, strings.NewReader(`{"lines":[{"product":"prod1","quantity":3}]}`)), code)
	}
	if len(s.counts) != 3 {
		t.Errorf("did %q", s.counts)
	}
}
