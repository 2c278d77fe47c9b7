package page_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

func newKit(secure bool) *page.Kit {
	return page.New(page.Options{Now: time.Now, Zone: time.UTC, Asset: func(s string) string { return s }, Secure: secure})
}

func visit(cookies ...*http.Cookie) (echo.Context, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(http.MethodGet, "/courier", nil)
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	return echo.New().NewContext(r, w), w
}

func TestFlashIsShownOnce(t *testing.T) {
	kit := newKit(true)
	c, w := visit()
	left := ui.Flash{Text: "Ready: 126 – żółć", Undo: &ui.UndoForm{Action: "/warehouses/w/unready", Fields: []ui.HiddenField{{Name: "number", Value: "126"}}}}
	if err := kit.Done(c, "/there", left); err != nil || w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/there" {
		t.Fatal(w.Code, w.Header(), err)
	}
	cookie := w.Result().Cookies()[0]
	if cookie.Name != "__Host-waybill-flash" || !cookie.HttpOnly || !cookie.Secure {
		t.Errorf("cookie %+v", cookie)
	}
	c, w = visit(cookie)
	flash := kit.Model(c, "There").Flash
	if flash == nil || flash.Kind != "ok" || flash.Text != left.Text || flash.Undo.Fields[0].Value != "126" {
		t.Fatalf("flash %+v", flash)
	}
	if gone := w.Result().Cookies(); len(gone) != 1 || gone[0].MaxAge >= 0 {
		t.Errorf("the browser keeps the flash: %+v", gone)
	}
}

func TestFlashThatWeDidNotWriteIsDropped(t *testing.T) {
	for _, text := range []string{"", "{", `{"Text":"x","Kind":"odd"}`, `{"Kind":"ok"}`, "\x00\xff"} {
		c, _ := visit(&http.Cookie{Name: "waybill-flash", Value: base64.RawURLEncoding.EncodeToString([]byte(text))})
		if flash := newKit(false).Model(c, "").Flash; flash != nil {
			t.Errorf("%q: %+v", text, flash)
		}
	}
	c, _ := visit(&http.Cookie{Name: "waybill-flash", Value: base64.RawURLEncoding.EncodeToString([]byte(`{"Text":"x","Kind":"ok","Undo":{"Action":"https://evil.example/"}}`))})
	if flash := newKit(false).Model(c, "").Flash; flash == nil || flash.Undo != nil {
		t.Errorf("an undo leads away from here: %+v", flash)
	}
}

func TestFailedTellsWhatPeopleCanMend(t *testing.T) {
	kit := newKit(false)
	invalid := &store.Error{Kind: store.Invalid, Message: "general", Fields: map[string]string{"a": "Mend this.", "b": "Mend this."}}
	c, w := visit()
	if err := kit.Failed(c, "/back", invalid); err != nil || w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, err)
	}
	if got := page.FlashText(invalid); got != "Mend this." {
		t.Errorf("told %q", got)
	}
	for _, err := range []error{errors.New("defect"), store.Errorf(store.Unavailable, "away"), store.Errorf(store.Forbidden, "no")} {
		c, w := visit()
		if got := kit.Failed(c, "/back", err); !errors.Is(got, err) || len(w.Result().Cookies()) != 0 {
			t.Errorf("%v was swallowed", err)
		}
	}
}

func TestRenderSendsNothingOfABrokenPage(t *testing.T) {
	c, w := visit()
	broken := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return errors.New("broken")
	})
	if err := newKit(false).Render(c, http.StatusOK, broken); err == nil || w.Body.Len() > 0 || c.Response().Committed {
		t.Errorf("%v, %q", err, w.Body)
	}
}

func TestNavigationFollowsTheRole(t *testing.T) {
	labels := func(account *store.Account) string {
		c, _ := visit()
		if account != nil {
			page.SignedIn(c, *account, "s")
		}
		var all []string
		for _, link := range newKit(false).Model(c, "").Nav {
			label := link.Label
			if link.Current {
				label += "!"
			}
			all = append(all, label)
		}
		return strings.Join(all, " ")
	}
	if got := labels(nil); got != "Shop Staff" {
		t.Error(got)
	}
	if got := labels(&store.Account{Role: store.Courier}); got != "Parcels!" {
		t.Error(got)
	}
	if got := labels(&store.Account{Role: store.Clerk, Warehouse: "w"}); got != "Board Stock Deliveries Waiting" {
		t.Error(got)
	}
}

func TestLocalPath(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/warehouses/w?x=1#y": true, "": false, "//evil.example": false, "/\\evil.example": false,
		"https://evil.example": false, "javascript:alert(1)": false, "/a\nb": false, "/" + strings.Repeat("a", 600): false,
	} {
		if page.LocalPath(path) != want {
			t.Errorf("%q: %v", path, !want)
		}
	}
}
