package warehouse

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

func sendAll(h *Handlers) echo.HandlerFunc { return h.SendAll }

func TestALaneGoesAtOnce(t *testing.T) {
	f := works()
	more := f.orders[100200]
	more.Transfers = append(more.Transfers, store.Transfer{ID: "t-10", From: "warehouse1", To: "warehouse3", Lines: []store.Line{{Product: "prod6", Quantity: 4}}})
	f.orders[100200] = more
	got := send(t, f, clerk(), "warehouse1", "", fields("transfers", "t-9,t-10"), sendAll)
	if got.code != http.StatusSeeOther || !slices.Equal(f.calls, []string{"send t-9", "send t-10"}) {
		t.Errorf("%d, asked for %q", got.code, f.calls)
	}
	if got.flash.Text != "6 units on the way to Kraków." || got.flash.Undo == nil || got.flash.Undo.Fields[0].Value != "t-9,t-10" {
		t.Errorf("%+v", got.flash)
	}
}

func TestWhatIsNotOursToSendStays(t *testing.T) {
	f := works()
	got := send(t, f, clerk(), "warehouse1", "", fields("transfers", "t-9,t-1,nowhere"), sendAll)
	if !slices.Equal(f.calls, []string{"send t-9"}) || got.flash.Kind != "warn" || !strings.Contains(got.flash.Text, "2 transfers left as before") {
		t.Errorf("%+v, asked for %q", got.flash, f.calls)
	}
	f = works()
	got = send(t, f, clerk(), "warehouse1", "", fields("transfers", strings.Repeat("t-9,", 200)), sendAll)
	if len(f.calls) > 0 || got.flash.Kind != "error" {
		t.Errorf("%+v, asked for %q", got.flash, f.calls)
	}
}

// In the midst of it our records go away: people read what has left, and can take it back.
func TestALaneThatGoesInPart(t *testing.T) {
	f := works()
	more := f.orders[100200]
	more.Transfers = append(more.Transfers, store.Transfer{ID: "t-10", From: "warehouse1", To: "warehouse3", Lines: []store.Line{{Product: "prod6", Quantity: 4}}})
	f.orders[100200] = more
	f.well, f.err = 1, store.Errorf(store.Unavailable, "Our records are away.")
	got := send(t, f, clerk(), "warehouse1", "", fields("transfers", "t-9,t-10"), sendAll)
	if got.flash.Kind != "warn" || !strings.Contains(got.flash.Text, "1 transfer left as before: Our records are away.") || got.flash.Undo == nil || got.flash.Undo.Fields[0].Value != "t-9" {
		t.Errorf("%+v (%v)", got.flash, got.err)
	}
	f.calls, f.well = nil, 0
	if got = send(t, f, clerk(), "warehouse1", "", fields("transfers", "t-9,t-10"), sendAll); store.KindOf(got.err) != store.Unavailable || len(f.calls) != 1 {
		t.Errorf("%v, asked for %q", got.err, f.calls)
	}
}
