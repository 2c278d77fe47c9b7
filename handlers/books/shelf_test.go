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
	if says(t, w, 200, "Kettle", "damaged-form", "100", "3 units", `value="key"`); strings.Contains(w.Body.String(), "/service/") {
		t.Error("a clerk is led to where they may not go")
	}
	w, _ = ask(t, h.Shelf, store.Owner, "/warehouses/warehouse1/stock/prod1", nil)
	if says(t, w, 200, "/service/orders/100123"); strings.Contains(w.Body.String(), "damaged-form") {
		t.Error("an owner gets forms")
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
