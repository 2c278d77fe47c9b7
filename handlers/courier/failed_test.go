package courier

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func failed(h *Handlers) echo.HandlerFunc { return h.Failed }

func TestCouldNotDeliver(t *testing.T) {
	f := &fake{}
	got := send(t, f, marek(), values("order", "100110", "attempt", "1", "problem", "nobody", "note", " rang  twice ", "next", "again"), failed)
	if got.code != http.StatusSeeOther || got.to != "/courier#run" || !strings.Contains(got.flash.Text, "stays on board") {
		t.Errorf("%+v", got)
	}
	got = send(t, f, marek(), values("order", "100110", "attempt", "2", "problem", "refused", "next", "back"), failed)
	if got.code != http.StatusSeeOther || !strings.Contains(got.flash.Text, "back to the warehouse") {
		t.Errorf("%+v", got)
	}
	if want := []string{
		"could not marek 100110 {Attempt:1 Problem:nobody Note:rang twice Back:false}",
		"could not marek 100110 {Attempt:2 Problem:refused Note: Back:true}",
	}; !slices.Equal(f.calls, want) {
		t.Errorf("asked for %q", f.calls)
	}
}

// What cannot be taken comes back with the form unfolded and what was chosen.
func TestFailureWithoutAReason(t *testing.T) {
	for _, form := range [][]string{{"problem", ""}, {"problem", "other"}, {"problem", "nobody", "note", "a\x00b"}, {"problem", "nobody", "note", strings.Repeat("a", 201)}} {
		f := &fake{}
		got := send(t, f, marek(), values(append(form, "order", "100110", "attempt", "1")...), failed)
		if got.code != http.StatusUnprocessableEntity || !strings.Contains(got.body, `id="failed-100110-1" open`) || !strings.Contains(got.body, `id="note-100110-1-error"`) || len(f.calls) > 0 {
			t.Errorf("%q: %d, asked for %q", form, got.code, f.calls)
		}
	}
	for _, attempt := range []string{"", "0", "-1", "1e9", "1001"} {
		f := &fake{}
		if got := send(t, f, marek(), values("order", "100110", "attempt", attempt, "problem", "nobody"), failed); got.flash.Kind != "error" || len(f.calls) > 0 {
			t.Errorf("attempt %q: %+v", attempt, got)
		}
	}
}
