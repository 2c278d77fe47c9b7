package customer

import (
	"net/url"
	"strings"
	"testing"

	"waybill/store"
)

// cancelled is the answer to a form that asks for an order to be cancelled.
func cancelled(t *testing.T, s *shop, token, reason string) answered {
	t.Helper()
	body := url.Values{"reason": {reason}}.Encode()
	return ask(newHandlers(s).Cancel, "POST", "/track/"+token+"/cancel", "application/x-www-form-urlencoded", body, "")
}

func TestCancel(t *testing.T) {
	s := newShop()
	s.orders = []store.Order{{Number: 7, Token: "seven", Version: 1, Status: store.Placed}, {Number: 8, Token: "eight", Version: 1, Status: store.Sent}}
	if page := ask(newHandlers(s).Track, "GET", "/track/seven", "", "", ""); !strings.Contains(page.body, `action="/track/seven/cancel"`) {
		t.Error("the page has no form to cancel with")
	}
	if page := ask(newHandlers(s).Track, "GET", "/track/eight", "", "", ""); strings.Contains(page.body, "/cancel") {
		t.Error("the page of an order on its way has a form to cancel with")
	}
	long := strings.Repeat("because ", 30)
	if a := cancelled(t, s, "seven", long); a.err != nil || a.code != 422 || !strings.Contains(a.body, "at most 200 characters") || !strings.Contains(a.body, "because because") {
		t.Errorf("a long reason: %d %v", a.code, a.err)
	}
	if a := cancelled(t, s, "eight", ""); a.err != nil || a.code != 303 || a.header.Get("Location") != "/track/eight" || len(a.cookies) == 0 || s.orders[1].Status != store.Sent {
		t.Errorf("too late: %d %v", a.code, a.err)
	}
	if a := cancelled(t, s, "nine", ""); store.KindOf(a.err) != store.NotFound {
		t.Errorf("an unknown link: %d %v", a.code, a.err)
	}
	for range 2 {
		if a := cancelled(t, s, "seven", " two\n words"); a.err != nil || a.code != 303 || s.orders[0].Status != store.Cancelled || s.reasons[0] != "two words" {
			t.Errorf("cancelled: %d %v %v", a.code, a.err, s.reasons)
		}
	}
}
