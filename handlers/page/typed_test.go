package page_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

func TestLineIsFitToBeShownAgain(t *testing.T) {
	for _, c := range []struct {
		typed, text string
		whole       bool
	}{
		{"", "", true},
		{"  two \t words\r\n", "two words", true},
		{"zażółć – 日本", "zażółć – 日本", true},
		{"a\x00b", "ab", false},
		{"a\xffb", "ab", false},
		{"right\u202eto left", "rightto left", false},
		{"\ufeffmark", "mark", false},
		{"zażółć – 日本 i jeszcze", "zażółć – 日本 i", false},
	} {
		if text, whole := page.Line(c.typed, 14); text != c.text || whole != c.whole {
			t.Errorf("%q: %q, %v", c.typed, text, whole)
		}
	}
}

func TestUnitsAreDigitsOnly(t *testing.T) {
	for typed, want := range map[string]int{"0": 0, "7": 7, "012": 12, "1000": 1000} {
		if n, ok := page.Units(typed, 1000); n != want || !ok {
			t.Errorf("%q: %d, %v", typed, n, ok)
		}
	}
	for _, typed := range []string{"", " 7", "-1", "+1", "1.5", "1e3", "٣", "1001", "9223372036854775808", "99999999999999999999"} {
		if n, ok := page.Units(typed, 1000); ok {
			t.Errorf("%q is %d", typed, n)
		}
	}
}

func TestReasonIsSaid(t *testing.T) {
	for typed, ok := range map[string]bool{"fell down": true, " fell\tdown ": true, "": false, "\u200b": false, "a\x00b": false, strings.Repeat("a", 201): false} {
		if text, said := page.Reason(sent("reason", typed), "reason"); said != ok || ok && text != "fell down" {
			t.Errorf("%q: %q, %v", typed, text, said)
		}
	}
}

func TestPostedTakesFormsOnly(t *testing.T) {
	if values, err := page.Posted(sent("a", "1")); err != nil || values.Get("a") != "1" {
		t.Error(values, err)
	}
	huge := sent("a", strings.Repeat("a", 300<<10))
	if _, err := page.Posted(huge); store.KindOf(err) != store.TooLarge {
		t.Errorf("too long: %v", err)
	}
	other := sent("a", "1")
	other.Request().Header.Set("Content-Type", "application/json")
	if _, err := page.Posted(other); err == nil {
		t.Error("JSON passed for a form")
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("a=%zz"))
	r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	if _, err := page.Posted(echo.New().NewContext(r, httptest.NewRecorder())); store.KindOf(err) != store.Invalid {
		t.Errorf("broken: %v", err)
	}
}

// sent is a request that posts one field.
func sent(name, value string) echo.Context {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(url.Values{name: {value}}.Encode()))
	r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	return echo.New().NewContext(r, httptest.NewRecorder())
}
