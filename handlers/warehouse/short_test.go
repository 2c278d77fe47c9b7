package warehouse

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func sendPart(h *Handlers) echo.HandlerFunc    { return h.SendPart }
func receivePart(h *Handlers) echo.HandlerFunc { return h.ReceivePart }

func TestTheFormForAPartIsFilledIn(t *testing.T) {
	short := func(h *Handlers) echo.HandlerFunc { return h.Short }
	got := send(t, works(), clerk(), "warehouse1", "transfer=t-9", nil, short)
	for _, want := range []string{"Not all of it goes to Kraków", `name="sent:prod1"`, `value="2"`, `value="gone"`, `action="/warehouses/warehouse1/send-part"`} {
		if got.code != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("%d, the page has no %s", got.code, want)
		}
	}
	got = send(t, works(), clerk(), "warehouse1", "transfer=t-1", nil, short)
	for _, want := range []string{"Not all of it arrived from Warszawa", `name="damaged:prod6"`, `action="/warehouses/warehouse1/receive-part"`} {
		if got.code != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("%d, the page has no %s", got.code, want)
		}
	}
	if got = send(t, works(), clerk(), "warehouse1", "transfer=t-77", nil, short); got.code != http.StatusSeeOther || got.flash.Kind != "error" {
		t.Errorf("an unknown transfer: %d %+v", got.code, got.flash)
	}
}

func TestAPartIsSentReceivedOrRefused(t *testing.T) {
	for name, c := range map[string]struct {
		form   url.Values
		handle func(*Handlers) echo.HandlerFunc
		call   string
		to     string
	}{
		"one of two": {fields("transfer", "t-9", "sent:prod1", "1", "reason", "damaged", "note", "chipped"), sendPart, "send part [{prod1 1}] damaged: chipped: t-9", "/warehouses/warehouse1#transfers"},
		"none":       {fields("transfer", "t-9", "sent:prod1", "2", "reason", "gone", "none", "1"), sendPart, "send part [{prod1 0}] not on the shelf: t-9", "/warehouses/warehouse1/stock/prod1#count"},
		"a broken one": {fields("transfer", "t-1", "sent:prod6", "0", "damaged:prod6", "1", "note", "wet"), receivePart,
			"receive part [{prod6 0}] [{prod6 1}] wet: t-1", "/warehouses/warehouse1#transfers"},
		"nothing arrived": {fields("transfer", "t-1", "sent:prod6", "1", "damaged:prod6", "0", "note", "gone", "none", "1"), receivePart,
			"receive part [{prod6 0}] [{prod6 0}] gone: t-1", "/warehouses/warehouse1#transfers"},
	} {
		f := works()
		got := send(t, f, clerk(), "warehouse1", "", c.form, c.handle)
		if got.err != nil || got.code != http.StatusSeeOther || got.to != c.to || !slices.Equal(f.calls, []string{c.call}) || got.flash.Kind != "ok" {
			t.Errorf("%s: %d to %s, asked for %q, %+v, %v", name, got.code, got.to, f.calls, got.flash, got.err)
		}
	}
}

// What a clerk kept back can be sent after all; what was not on the shelf has left the books.
func TestARefusalCanBeUndone(t *testing.T) {
	kept := send(t, works(), clerk(), "warehouse1", "", fields("transfer", "t-9", "sent:prod1", "0", "reason", "kept", "none", "1"), sendPart)
	if kept.flash.Undo == nil || kept.flash.Undo.Action != "/warehouses/warehouse1/unrefuse" {
		t.Fatalf("%+v", kept.flash)
	}
	gone := send(t, works(), clerk(), "warehouse1", "", fields("transfer", "t-9", "sent:prod1", "0", "reason", "gone", "none", "1"), sendPart)
	if gone.flash.Undo != nil {
		t.Errorf("%+v", gone.flash.Undo)
	}
	unrefuse := func(h *Handlers) echo.HandlerFunc { return h.Unrefuse }
	f := works()
	got := send(t, f, clerk(), "warehouse1", "", fields("transfer", "t-9"), unrefuse)
	if got.code != http.StatusSeeOther || !slices.Equal(f.calls, []string{"unrefuse t-9"}) || got.flash.Kind != "ok" || !strings.Contains(got.flash.Text, "is asked once more for 2 × ") {
		t.Errorf("%d %q %+v", got.code, f.calls, got.flash)
	}
	f = works()
	if got := send(t, f, clerk(), "warehouse1", "", fields("transfer", "t-1"), unrefuse); got.flash.Kind != "error" || len(f.calls) > 0 {
		t.Errorf("what another warehouse sends: %q %+v", f.calls, got.flash)
	}
}

func TestAPartThatMakesNoSenseIsGivenBack(t *testing.T) {
	for name, c := range map[string]struct {
		form   url.Values
		handle func(*Handlers) echo.HandlerFunc
		field  string
	}{
		"too many":          {fields("transfer", "t-9", "sent:prod1", "3", "reason", "gone"), sendPart, "f-sent:prod1"},
		"words":             {fields("transfer", "t-9", "sent:prod1", "one", "reason", "gone"), sendPart, "f-sent:prod1"},
		"nothing typed":     {fields("transfer", "t-9", "reason", "gone"), sendPart, "f-sent:prod1"},
		"less than none":    {fields("transfer", "t-1", "sent:prod6", "-1", "damaged:prod6", "0", "note", "x"), receivePart, "f-sent:prod6"},
		"more than sent":    {fields("transfer", "t-1", "sent:prod6", "1", "damaged:prod6", "1", "note", "x"), receivePart, "f-damaged:prod6"},
		"a note with a NUL": {fields("transfer", "t-1", "sent:prod6", "0", "damaged:prod6", "0", "note", "x\x00y"), receivePart, "f-note"},
	} {
		f := works()
		got := send(t, f, clerk(), "warehouse1", "", c.form, c.handle)
		if got.err != nil || got.code != http.StatusUnprocessableEntity || len(f.calls) > 0 || !strings.Contains(got.body, `id="`+c.field+`-error"`) {
			t.Errorf("%s: %d %v, asked for %q", name, got.code, got.err, f.calls)
		}
	}
	f := works()
	if got := send(t, f, clerk(), "warehouse1", "", fields("transfer", "t-1", "sent:prod6", "1", "reason", "gone"), sendPart); got.code != http.StatusSeeOther || got.flash.Kind != "error" || len(f.calls) > 0 {
		t.Errorf("sending what is to be received: %d %+v %q", got.code, got.flash, f.calls)
	}
}
