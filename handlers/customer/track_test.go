package customer

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"waybill/store"
	"waybill/views/customer"
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
		if !strings.Contains(a.body, "Cancel the order") {
			t.Errorf("%s: it cannot be cancelled", token)
		}
		a = ask(h.Cancel, http.MethodPost, "/track/"+token+"/cancel", "application/x-www-form-urlencoded", "reason=twice", "")
		if a.err != nil || a.code != http.StatusSeeOther || a.header.Get("Location") != "/track/"+token+".note" || a.cookies["waybill-cancel"] != "note" {
			t.Errorf("%s: cancelled: %d %v", token, a.code, a.err)
		}
		long := ask(h.Cancel, http.MethodPost, "/track/"+token+"/cancel", "application/x-www-form-urlencoded", "reason="+strings.Repeat("x", 300), "")
		if long.err != nil || long.code != http.StatusUnprocessableEntity || !strings.Contains(long.body, want[0]) {
			t.Errorf("%s: a long reason: %d %v", token, long.code, long.err)
		}
	}
	if len(s.reasons) != 2 || s.reasons[0] != "twice" {
		t.Errorf("written down: %q", s.reasons)
	}
}

// An order of weeks ago is not offered to be cancelled while nobody can look how far it has come.
func TestTrackOfAnOldOrderFromTheLinkAlone(t *testing.T) {
	order := store.Order{Number: 7, Token: "seven", Status: store.Received, PlacedAt: noon.AddDate(0, 0, -7)}
	if m := customer.NewTold(order, store.Directory{}, noon, func(name string) string { return name }); m.MayCancel {
		t.Error("it is offered")
	}
	order.PlacedAt = noon.Add(-time.Hour)
	if m := customer.NewTold(order, store.Directory{}, noon, func(name string) string { return name }); !m.MayCancel {
		t.Error("a fresh one is not")
	}
}

// Who has asked to cancel an order that cannot be looked up reads so when they come back, and is not asked again.
func TestTrackOfAnOrderThatIsNotWanted(t *testing.T) {
	order := store.Order{Number: 7, Token: "seven", Status: store.Received, PlacedAt: noon, Unwanted: noon.Add(-time.Hour)}
	asset := func(name string) string { return name }
	for name, m := range map[string]customer.TrackModel{
		"away": customer.NewTold(order, store.Directory{}, noon, asset), "early": customer.NewTrack(order, store.Directory{}, noon, asset),
	} {
		if m.MayCancel || m.Answer != "Cancellation noted at 10:00" || !strings.Contains(m.Why, "safely written down") || m.Status != "" || len(m.Steps) > 0 {
			t.Errorf("%s: %+v", name, m)
		}
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
