package customer

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"waybill/store"
)

func TestTrack(t *testing.T) {
	s := newShop()
	h := newHandlers(s)
	post(t, h.Place, good("name", "<b>Anna</b>"), "")
	a := ask(h.Track, http.MethodGet, "/track/token-100123", "", "", "")
	if a.err != nil || a.code != http.StatusOK {
		t.Fatalf("%d %v", a.code, a.err)
	}
	for _, want := range []string{"100\u00a0123", "Arrives ", `data-live="/track/token-100123/live"`, "Długa 5", "Poland", "&lt;b&gt;Anna", `id="live-track"`, "data-announce"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	for _, handler := range []func() answered{
		func() answered { return ask(h.Track, http.MethodGet, "/track/nobody", "", "", "") },
		func() answered { return ask(h.TrackLive, http.MethodGet, "/track/nobody", "", "", "") },
	} {
		if a := handler(); store.KindOf(a.err) != store.NotFound {
			t.Errorf("an unknown link: %v", a.err)
		}
	}
}

// An order that is not in the books, or that cannot be looked up, is shown as its link tells it, and its
// page asks to be live.
func TestTrackFromTheLinkAlone(t *testing.T) {
	s := newShop()
	s.links = map[string]error{"early": nil, "away": store.Errorf(store.Unavailable, "Redis is away.")}
	h := newHandlers(s)
	for token, want := range map[string][]string{
		"early": {"safely written down", "Step by step", "Cancel the order"},
		"away":  {"We cannot look up how far it has come just now", "Nothing is lost"},
	} {
		a := ask(h.Track, http.MethodGet, "/track/"+token, "", "", "")
		if a.err != nil || a.code != http.StatusOK {
			t.Fatalf("%s: %d %v", token, a.code, a.err)
		}
		want = append(want, "100\u00a0777", "We have your order", `data-live="/track/`+token+`/live"`, "Wool blanket", "and 3 more products", "Ordered")
		for _, words := range want {
			if !strings.Contains(a.body, words) {
				t.Errorf("%s: the page does not have %q", token, words)
			}
		}
		for _, wrong := range []string{"We have no address", "Standard"} {
			if strings.Contains(a.body, wrong) {
				t.Errorf("%s: the page claims %q", token, wrong)
			}
		}
		if offers := strings.Contains(a.body, "Cancel the order"); offers != (token == "early") {
			t.Errorf("%s: cancelling offered: %v", token, offers)
		}
	}
	if a := ask(h.Cancel, http.MethodPost, "/track/away/cancel", "application/x-www-form-urlencoded", "reason=", ""); store.KindOf(a.err) != store.Unavailable {
		t.Errorf("cancelled without being looked up: %v", a.err)
	}
}

// A link whose order goes by another one now leads there.
func TestTrackLeadsToTheOrdersOwnLink(t *testing.T) {
	s := newShop()
	h := newHandlers(moved{s})
	post(t, h.Place, good(), "")
	if a := ask(h.Track, http.MethodGet, "/track/old", "", "", ""); a.err != nil || a.code != http.StatusSeeOther || a.header.Get("Location") != "/track/token-100123" {
		t.Errorf("%d %q %v", a.code, a.header.Get("Location"), a.err)
	}
}

// moved is a shop in which every link leads to the first order.
type moved struct{ *shop }

func (m moved) OrderByToken(context.Context, string) (store.Order, error) { return m.orders[0], nil }
