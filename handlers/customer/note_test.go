package customer

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

// visit opens an order's page with the note that the browser keeps under its link.
func visit(h *Handlers, path, note string) answered {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	if note != "" {
		request.AddCookie(&http.Cookie{Name: noteName, Value: note})
	}
	return answerTo(h.Track, request)
}

// What was answered to who cancelled goes with the browser, by the address and by a cookie, and is forgotten once
// the books have the order.
func TestTheNoteGoesWithTheBrowser(t *testing.T) {
	s := newShop()
	s.links = map[string]error{"early": nil, "away": store.Errorf(store.Unavailable, "Redis is away.")}
	s.orders = []store.Order{{Number: 7, Token: "seven", Version: 1, Status: store.Placed}}
	h := newHandlers(s)
	for token := range s.links {
		a := ask(h.Cancel, http.MethodPost, "/track/"+token+"/cancel", "application/x-www-form-urlencoded", "", "")
		cookie := ""
		for _, line := range a.header.Values("Set-Cookie") {
			if strings.HasPrefix(line, noteName+"=note;") {
				cookie = line
			}
		}
		for _, part := range []string{"Path=/track/" + token + ";", "HttpOnly", "SameSite=Lax", "Max-Age="} {
			if !strings.Contains(cookie, part) {
				t.Errorf("%s: the cookie %q has no %s", token, cookie, part)
			}
		}
		for what, a := range map[string]answered{"the new address": visit(h, "/track/"+token+".note", ""), "the link, with the cookie": visit(h, "/track/"+token, "note")} {
			if a.err != nil || a.code != http.StatusOK {
				t.Fatalf("%s, %s: %d %v", token, what, a.code, a.err)
			}
			if !strings.Contains(a.body, "Cancellation noted at") || !strings.Contains(a.body, `data-live="/track/`+token+`.note/live"`) || strings.Contains(a.body, "<form method") {
				t.Errorf("%s, %s: the page does not say so, or asks again:\n%s", token, what, a.body)
			}
		}
		for _, forged := range []string{"forged", "a b", strings.Repeat("a", 600)} {
			if a := visit(h, "/track/"+token, forged); a.code != http.StatusOK || !strings.Contains(a.body, "Cancel the order") {
				t.Errorf("%s: with a forged note: %d %v", token, a.code, a.err)
			}
		}
	}
	a := visit(h, "/track/seven", "note")
	if line := a.header.Get("Set-Cookie"); a.code != http.StatusOK || !strings.HasPrefix(line, noteName+"=;") || !strings.Contains(line, "Max-Age=0") {
		t.Errorf("once the books have it: %d %v, %q", a.code, a.err, line)
	}
	if a := visit(h, "/track/seven", ""); a.header.Get("Set-Cookie") != "" {
		t.Errorf("without a note: %q", a.header.Get("Set-Cookie"))
	}
}

// Who has kept the link only, where the cancellation is known, is led to the address that says so.
func TestTheNoteIsHandedOut(t *testing.T) {
	s := newShop()
	s.orders = []store.Order{{Number: 7, Token: "seven.note", Version: 2, Status: store.Cancelled}}
	h := newHandlers(moved{s})
	if a := visit(h, "/track/seven", ""); a.code != http.StatusSeeOther || a.header.Get("Location") != "/track/seven.note" || a.cookies[noteName] != "note" {
		t.Errorf("%d %q %v %v", a.code, a.header.Get("Location"), a.cookies, a.err)
	}
	for _, path := range []string{"/track/seven.note", "/track/seven.other"} {
		a := visit(h, path, "")
		if want := path == "/track/seven.note"; (a.code == http.StatusOK) != want {
			t.Errorf("%s: %d %v", path, a.code, a.err)
		}
	}
	s.orders[0].Token = "seven" // the books have it: the note counts no more, and nobody is led in a circle
	if a := visit(h, "/track/seven.note", ""); a.code != http.StatusOK {
		t.Errorf("%d %v", a.code, a.err)
	}
}

// The socket of a page with a note is a topic of its own, which looks with the note.
func TestTheSocketLooksWithTheNote(t *testing.T) {
	s := newShop()
	s.links = map[string]error{"early": nil}
	h := newHandlers(s)
	var topic page.Topic
	h.kit = page.New(page.Options{Live: socket{&topic}, Now: h.kit.Now, Zone: warsaw(), Asset: func(name string) string { return name }})
	request := httptest.NewRequest(http.MethodGet, "/track/early/live", nil)
	request.AddCookie(&http.Cookie{Name: noteName, Value: "note"})
	if a := answerTo(h.TrackLive, request); a.err != nil {
		t.Fatal(a.err)
	}
	if topic.Name != "link:early.note" || topic.Channels[1] != "link:early" {
		t.Errorf("%q hears of %q", topic.Name, topic.Channels)
	}
	part, err := topic.Render(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := part.Render(t.Context(), &text); err != nil || !strings.Contains(text.String(), "Cancellation noted") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

// socket notes what a page would follow.
type socket struct{ topic *page.Topic }

func (s socket) Serve(_ echo.Context, topic page.Topic, _ string) error {
	*s.topic = topic
	return nil
}
