package customer

import (
	"strings"
	"testing"
	"time"

	"waybill/store"
)

// A shortage offers what one can do: take what is left, or wait for as many as may.
func TestShortLines(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	dir := store.Directory{Products: map[string]store.Product{
		"mug":   {ID: "mug", Name: "Mug", Terms: store.Terms{Kind: store.TermsBackorder, Cap: 10}},
		"globe": {ID: "globe", Name: "Globe", Terms: store.Terms{Kind: store.TermsPreOrder, Cap: 10, Release: now.AddDate(0, 0, 7)}},
	}}
	for _, c := range []struct {
		short   store.Shortage
		words   string
		buttons []string
	}{
		{store.Shortage{Product: "mug", Wanted: 12, Left: 3}, "Mug: 3 left, you want 12.", []string{`value="mug:3">Order 3 instead`}},
		{store.Shortage{Product: "mug", Wanted: 12, Left: 3, Waits: true, Full: true, Room: 6}, "Mug: 3 left, you want 12. You can wait for 6 at most.", []string{`value="mug:3">Order 3 instead`, `value="mug:6">Wait for 6 instead`}},
		{store.Shortage{Product: "mug", Wanted: 12, Waits: true, Full: true}, "Mug is sold out, and so many wait for it that we cannot take more orders.", nil},
		{store.Shortage{Product: "globe", Wanted: 12, Waits: true, Ahead: true, Full: true, Room: 6}, "Globe: 6 more can be ordered ahead, you want 12.", []string{`value="globe:6">Order 6 instead`}},
		{store.Shortage{Product: "globe", Wanted: 12, Waits: true, Ahead: true, Full: true}, "So many have ordered Globe ahead that we cannot take more orders.", nil},
	} {
		m := NewDates(DatesAsk{Directory: dir, Now: now, Short: []store.Shortage{c.short}})
		var page strings.Builder
		if err := shortLine(m.Short[0], m.Short[0].Words()).Render(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
		html := page.String()
		if !strings.Contains(html, "<span>"+c.words+"</span>") || strings.Count(html, `name="take"`) != len(c.buttons) {
			t.Errorf("%+v reads %s", c.short, html)
		}
		for _, button := range c.buttons {
			if !strings.Contains(html, button) {
				t.Errorf("%+v: no %s in %s", c.short, button, html)
			}
		}
	}
}
