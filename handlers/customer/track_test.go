package customer

import (
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
