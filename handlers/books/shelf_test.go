package books

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"waybill/store"
)

func TestShelf(t *testing.T) {
	_, h := newShop()
	w, err := ask(t, h.Shelf, store.Clerk, "/warehouses/warehouse1/stock/prod1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if says(t, w, 200, "Kettle", "count-form", "damaged-form", "100", "3 units", `value="key"`, "80 units free, needs 30 itself", `value="shelf r7"`, "Warszawa → Gdańsk", "for order 100", "Łódź → Warszawa", "6 units", "for the shelf"); strings.Contains(w.Body.String(), "/service/") {
		t.Error("a clerk is led to where they may not go")
	}
	if strings.Count(w.Body.String(), `id="way-t-`) != 2 {
		t.Error("what is on the way is not that of this product")
	}
	w, _ = ask(t, h.Shelf, store.Owner, "/warehouses/warehouse1/stock/prod1", nil)
	if says(t, w, 200, "/service/orders/100123", "Ask Warszawa"); strings.Contains(w.Body.String(), "damaged-form") || strings.Contains(w.Body.String(), "count-form") {
		t.Error("an owner gets a clerk's forms")
	}
	w, _ = ask(t, h.Shelf, store.Service, "/warehouses/warehouse1/stock/prod1", nil)
	if strings.Contains(w.Body.String(), "<form class=\"ask\"") {
		t.Error("customer service may ask for units")
	}
}

func TestStock(t *testing.T) {
	_, h := newShop()
	w, err := ask(t, h.Stock, store.Clerk, "/warehouses/warehouse1/stock", nil)
	if err != nil {
		t.Fatal(err)
	}
	says(t, w, 200, `href="/warehouses/warehouse1/stock/prod1"`, "Mug", `data-live="/warehouses/warehouse1/live/stock"`, "Count sheet")
	w, _ = ask(t, h.Stock, store.Owner, "/warehouses/warehouse1/stock?find=KETT", nil)
	if says(t, w, 200, "Kettle"); strings.Contains(w.Body.String(), "Mug") || strings.Contains(w.Body.String(), "data-live") || strings.Contains(w.Body.String(), "Count sheet") {
		t.Error("found what nobody looked for, or an owner counts, or a page that one person asked for is drawn for all")
	}
	w, _ = ask(t, h.Stock, store.Clerk, "/warehouses/warehouse1/stock?find=%3Cb%3E%00", nil)
	says(t, w, 200, "No product like this", `value="&lt;b&gt;"`)
}

func TestCount(t *testing.T) {
	s, h := newShop()
	w, err := ask(t, h.Count, store.Clerk, "/", url.Values{"units": {"12"}, "reason": {"Counted"}})
	if err != nil || w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/warehouses/warehouse1/stock/prod1" || !slices.Equal(s.did, []string{"count warehouse1 prod1 12 Counted by boss"}) {
		t.Errorf("%d %v %q", w.Code, err, s.did)
	}
	for name, c := range map[string]struct{ units, reason, field, kept string }{
		"no number":        {"", "Counted", "units", `value="Counted"`},
		"words":            {"a dozen", "Counted", "units", `value="a dozen"`},
		"a fraction":       {"1.5", "Counted", "units", `value="1.5"`},
		"less than none":   {"-1", "Counted", "units", `value="-1"`},
		"too many":         {"1000000001", "Counted", "units", `value="1000000001"`},
		"no reason":        {"3", " ", "reason", `value="3"`},
		"a long reason":    {"3", strings.Repeat("ą", 201), "reason", strings.Repeat("ą", 200)},
		"a hidden letter":  {"3", "Counted\u202e", "reason", `value="Counted"`},
		"markup in words":  {"<b>", "Counted", "units", `value="&lt;b&gt;"`},
		"several at once":  {"x", "", "reason", `value="x"`},
		"not text at last": {"3", "Counted\xff", "reason", `value="Counted"`},
	} {
		w, err := ask(t, h.Count, store.Clerk, "/", url.Values{"units": {c.units}, "reason": {c.reason}})
		if err != nil {
			t.Fatal(err)
		}
		if says(t, w, 422, `href="#f-count-`+c.field+`"`, c.kept); len(s.did) != 1 {
			t.Errorf("%s: did %q", name, s.did)
		}
	}
	s.fails = store.Errorf(store.Conflict, "3 are promised.")
	w, _ = ask(t, h.Count, store.Clerk, "/", url.Values{"units": {"1"}, "reason": {"Counted"}})
	says(t, w, 409, "3 are promised.", `value="1"`)
}

func TestAWarehouseAsksAnother(t *testing.T) {
	s, h := newShop()
	form := url.Values{"from": {"warehouse2"}, "units": {"20"}, "key": {"shelf r7"}}
	w, err := ask(t, h.Ask, store.Clerk, "/", form)
	if err != nil || w.Code != http.StatusSeeOther || !slices.Equal(s.did, []string{"ask warehouse2 for 20 prod1 (shelf r7)"}) || len(w.Result().Cookies()) == 0 {
		t.Errorf("%d %v %q", w.Code, err, s.did)
	}
	for back, to := range map[string]string{"": "/warehouses/warehouse1/stock/prod1", "list": "/warehouses#running-low", "board": "/warehouses/warehouse1#transfers", "low": "/warehouses/warehouse1/low", "//evil.example": "/warehouses/warehouse1/stock/prod1"} {
		form.Set("back", back)
		if w, err := ask(t, h.Ask, store.Owner, "/", form); err != nil || w.Header().Get("Location") != to {
			t.Errorf("back to %q: %s, %v", back, w.Header().Get("Location"), err)
		}
	}
	s.did = nil
	form.Del("back")
	for _, units := range []string{"", "0", "-1", "1.5", "1e3", "100001", "99999999999999999999", "٣", "<b>"} {
		form.Set("units", units)
		w, err := ask(t, h.Ask, store.Clerk, "/", form)
		if err != nil {
			t.Fatal(err)
		}
		says(t, w, 422, `id="f-units-warehouse2-error"`)
	}
	form.Set("units", "2")
	for _, from := range []string{"warehouse1", "warehouse9", ""} {
		form.Set("from", from)
		if w, err := ask(t, h.Ask, store.Clerk, "/", form); err != nil || w.Code != http.StatusSeeOther {
			t.Errorf("from %q: %d %v", from, w.Code, err)
		}
	}
	if len(s.did) > 0 {
		t.Errorf("did %q", s.did)
	}
	form.Set("from", "warehouse2")
	s.fails = store.Errorf(store.Conflict, "Warszawa has only 3.")
	w, _ = ask(t, h.Ask, store.Clerk, "/", form)
	says(t, w, 409, "Warszawa has only 3.", `value="2"`)
}

func TestAThresholdIsSet(t *testing.T) {
	s, h := newShop()
	w, err := ask(t, h.Threshold, store.Clerk, "/", url.Values{"threshold": {"12"}})
	if err != nil || w.Code != http.StatusSeeOther || !slices.Equal(s.did, []string{"threshold warehouse1 prod1 12"}) {
		t.Errorf("%d %v %q", w.Code, err, s.did)
	}
	for _, units := range []string{"", "many", "-1", "1.5"} {
		w, err := ask(t, h.Threshold, store.Clerk, "/", url.Values{"threshold": {units}})
		if err != nil {
			t.Fatal(err)
		}
		if says(t, w, 422, `id="f-threshold-error"`); len(s.did) != 1 {
			t.Errorf("%q: did %q", units, s.did)
		}
	}
}

func TestDamagedAndAdjust(t *testing.T) {
	s, h := newShop()
	form := url.Values{"units": {" 2 "}, "reason": {"fell  down"}, "key": {"k"}, "way": {"fewer"}}
	for _, do := range []func() (int, error){
		func() (int, error) { w, err := ask(t, h.Damaged, store.Clerk, "/", form); return w.Code, err },
		func() (int, error) { w, err := ask(t, h.Adjust, store.Clerk, "/", form); return w.Code, err },
		func() (int, error) {
			form.Set("way", "more")
			w, err := ask(t, h.Adjust, store.Clerk, "/", form)
			return w.Code, err
		},
	} {
		if code, err := do(); err != nil || code != http.StatusSeeOther {
			t.Errorf("%d %v", code, err)
		}
	}
	want := []string{"damaged warehouse1 prod1 -2 fell down (k) by boss", "adjusted warehouse1 prod1 -2 fell down (k) by boss", "adjusted warehouse1 prod1 2 fell down (k) by boss"}
	if !slices.Equal(s.did, want) {
		t.Errorf("did %q", s.did)
	}
	for name, pair := range map[string][2]string{
		"empty": {"units", ""}, "zero": {"units", "0"}, "negative": {"units", "-1"}, "fraction": {"units", "1.5"}, "exponent": {"units", "1e3"}, "2^63": {"units", "9223372036854775808"},
		"Arabic digits": {"units", "١٢"}, "too many": {"units", "1000000001"},
		"no reason": {"reason", " "}, "long reason": {"reason", strings.Repeat("x", 201)}, "NUL": {"reason", "a\x00b"}, "bidi": {"reason", "a\u202eb"}, "bytes": {"reason", "a\xffb"},
	} {
		bad := url.Values{"units": {"2"}, "reason": {"fell"}, "key": {"k"}}
		bad.Set(pair[0], pair[1])
		w, err := ask(t, h.Damaged, store.Clerk, "/", bad)
		if err != nil || w.Code != 422 || !strings.Contains(w.Body.String(), `href="#f-damaged-`+pair[0]+`"`) {
			t.Errorf("%s: %d %v", name, w.Code, err)
		}
	}
	if len(s.did) != 3 {
		t.Errorf("did %q", s.did)
	}
	s.fails = store.Errorf(store.Conflict, "11 are promised.")
	w, err := ask(t, h.Adjust, store.Clerk, "/", url.Values{"units": {"9"}, "reason": {"lost"}, "way": {"fewer"}})
	if err != nil {
		t.Fatal(err)
	}
	says(t, w, 409, "11 are promised.", `value="9"`, `value="lost"`, `value="fewer" selected`)
}

func TestSheet(t *testing.T) {
	s, h := newShop()
	w, _ := ask(t, h.Sheet, store.Clerk, "/warehouses/warehouse1/count", nil)
	if says(t, w, 200, `name="n-prod1"`, `name="n-prod2"`); strings.Contains(w.Body.String(), ">12<") || strings.Contains(w.Body.String(), `value="12"`) {
		t.Error("the sheet says what the books say")
	}
	w, _ = ask(t, h.Sheet, store.Clerk, "/warehouses/warehouse1/count?find=KETT", nil)
	if says(t, w, 200, `name="n-prod1"`); strings.Contains(w.Body.String(), `name="n-prod2"`) {
		t.Error("products that nobody looked for")
	}
	w, _ = ask(t, h.Compare, store.Clerk, "/", url.Values{"n-prod1": {"10"}, "n-prod2": {"5"}, "n-none": {"7"}})
	if says(t, w, 200, "1 difference", "−2", `name="seen-prod1" value="12"`, "1 product counted as"); len(s.did) > 0 {
		t.Error("comparing books something")
	}
	w, _ = ask(t, h.Compare, store.Clerk, "/", url.Values{"n-prod1": {"2"}})
	if says(t, w, 200, "8 units promised, 2 counted", "100"); strings.Contains(w.Body.String(), "Book 1 difference") {
		t.Error("a count below what is promised is offered to be booked")
	}
	for name, value := range map[string]string{"none": "", "word": "many", "negative": "-1", "fraction": "1.5", "huge": "99999999999", "Arabic": "١٢"} {
		w, err := ask(t, h.Compare, store.Clerk, "/", url.Values{"n-prod1": {value}, "n-prod2": {""}})
		if err != nil || w.Code != 422 || !strings.Contains(w.Body.String(), "error-summary") {
			t.Errorf("%s: %d %v", name, w.Code, err)
		}
	}
}

func TestBookSheet(t *testing.T) {
	s, h := newShop()
	good := url.Values{"n-prod1": {"10"}, "seen-prod1": {"12"}, "n-prod2": {"6"}, "seen-prod2": {"5"}, "reason": {"yearly"}}
	w, err := ask(t, h.BookSheet, store.Clerk, "/", good)
	if err != nil || w.Code != http.StatusSeeOther || !slices.Equal(s.did, []string{"sheet warehouse1 [{prod1 10 12} {prod2 6 5}] yearly by boss"}) {
		t.Errorf("%d %v %q", w.Code, err, s.did)
	}
	for name, change := range map[string][2]string{"no reason": {"reason", ""}, "never seen": {"seen-prod1", ""}, "forged": {"seen-prod1", "-1"}} {
		bad := url.Values{"n-prod1": {"10"}, "seen-prod1": {"12"}, "reason": {"yearly"}}
		bad.Set(change[0], change[1])
		if w, err := ask(t, h.BookSheet, store.Clerk, "/", bad); err != nil || w.Code != 422 {
			t.Errorf("%s: %d %v", name, w.Code, err)
		}
	}
	s.fails = store.Errorf(store.Conflict, "Stock has moved.")
	w, err = ask(t, h.BookSheet, store.Clerk, "/", good)
	if err != nil {
		t.Fatal(err)
	}
	says(t, w, 409, "Stock has moved.", `name="seen-prod1" value="12"`, `name="n-prod2" value="6"`)
	if len(s.did) != 1 {
		t.Errorf("did %q", s.did)
	}
}
