package courier

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// What a phone has kept is answered in a sentence, which the phone shows, and never by a page.
func TestKeptConfirmationsAreAnsweredInASentence(t *testing.T) {
	couldNot := func(h *Handlers) echo.HandlerFunc { return h.Failed }
	for name, c := range map[string]struct {
		form   []string
		err    error
		handle func(*Handlers) echo.HandlerFunc
		code   int
		says   string
	}{
		"picked up":     {[]string{"order", "100118"}, nil, pickUp, http.StatusOK, "is with you now"},
		"delivered":     {[]string{"order", "100110", "received_by", "Jan"}, nil, deliver, http.StatusOK, "Taken by Jan."},
		"too late":      {[]string{"order", "100118"}, store.Errorf(store.Conflict, "Ewa has it."), pickUp, http.StatusConflict, "Ewa has it."},
		"no parcel":     {[]string{"order", "x"}, nil, deliver, http.StatusNotFound, "no such parcel"},
		"to nobody":     {[]string{"order", "100110", "received_by", " "}, nil, deliver, http.StatusUnprocessableEntity, "Say who took the parcel."},
		"left the run":  {[]string{"order", "7", "received_by", " "}, nil, deliver, http.StatusUnprocessableEntity, "Say who"},
		"could not":     {[]string{"order", "100110", "attempt", "1", "problem", "nobody", "next", "again"}, nil, couldNot, http.StatusOK, "stays on board"},
		"could not why": {[]string{"order", "100110", "attempt", "1", "problem", "other", "next", "again"}, nil, couldNot, http.StatusUnprocessableEntity, "what went wrong"},
	} {
		got := sendAs(t, &fake{err: c.err}, marek(), values(c.form...), c.handle, "1")
		if got.err != nil || got.code != c.code || !strings.Contains(got.body, c.says) || strings.Contains(got.body, "<") || got.flash.Text != "" {
			t.Errorf("%s: %d %q %v, flash %+v", name, got.code, got.body, got.err, got.flash)
		}
	}
	away := errors.New("the line is cut")
	if got := sendAs(t, &fake{err: away}, marek(), values("order", "100118"), pickUp, "1"); !errors.Is(got.err, away) {
		t.Errorf("what may be tried again was answered %+v", got)
	}
}

// The clock of a phone is believed as far as it can be true.
func TestTimeOfThePhone(t *testing.T) {
	for at, want := range map[string]time.Time{
		noon().Add(-time.Hour).Format(time.RFC3339):          noon().Add(-time.Hour),
		"2026-11-24T12:30:00+01:00":                          noon().Add(-30 * time.Minute),
		noon().Add(time.Minute).Format(time.RFC3339):         {},
		noon().Add(-8 * 24 * time.Hour).Format(time.RFC3339): {},
		"": {}, "noon": {}, "2026-11-24T12:00:00Z\x00": {},
	} {
		f := &fake{}
		send(t, f, marek(), values("order", "100110", "received_by", "Jan", "at", at), deliver)
		if !f.at.Equal(want) {
			t.Errorf("%q became %s, not %s", at, f.at, want)
		}
	}
}

// The page that a phone keeps says how old it is, and is the courier's own.
func TestPageToKeep(t *testing.T) {
	kept := func(h *Handlers) echo.HandlerFunc { return h.Kept }
	got := send(t, &fake{}, marek(), nil, kept)
	for _, want := range []string{"This is how it was today, 12:00", `data-who="marek"`, "ul. Długa 5"} {
		if got.code != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("%d: the page has no %s", got.code, want)
		}
	}
	if got := send(t, &fake{}, store.Account{Role: store.Clerk}, nil, kept); store.KindOf(got.err) != store.NotFound {
		t.Errorf("a clerk: %v", got.err)
	}
	if got := send(t, &fake{}, marek(), nil, rounds); strings.Contains(got.body, "This is how it was") {
		t.Error("the page itself claims to be old")
	}
}
