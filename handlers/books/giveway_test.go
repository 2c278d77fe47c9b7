package books

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"waybill/store"
)

func lessForm(pairs ...string) url.Values {
	form := url.Values{"kind": {"counted"}, "n-prod1": {"3"}, "seen-prod1": {"12"}, "reason": {"Counted"}, "key": {"k"}, "asked": {"prod1"}, "act": {"book"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		if form[pairs[i]] = []string{pairs[i+1]}; pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	return form
}

// The page says who would lose how much and what becomes of them; nothing is booked by looking.
func TestAskGiveWay(t *testing.T) {
	s, h := newShop()
	w, err := ask(t, h.AskGiveWay, store.Owner, "/warehouses/warehouse1/give-way?product=prod1&count=3&reason=Counted&back=/admin/stock/files/im1", nil)
	if err != nil {
		t.Fatal(err)
	}
	says(t, w, 200, "3 on the shelf, 8 promised: 5 units are missing", `value="prod1:100124" checked`, "Loses 4 units.", "Gets them from Gdańsk, arrives Fri", "Take 4 units out of its box",
		`value="prod1:ask-1" checked`, "The shelf gets less", "cannot give way", `name="seen-prod1" value="12"`, `href="/admin/stock/files/im1"`, "Book it, 2 orders give way", "priority 2", `href="/service/orders/100124"`)
	w, err = ask(t, h.AskGiveWay, store.Clerk, "/warehouses/warehouse1/give-way?product=prod1&kind=damaged&take=10&back=//evil", nil)
	if err != nil {
		t.Fatal(err)
	}
	if says(t, w, 200, `name="kind" value="damaged"`, `name="n-prod1" value="10"`, `href="/warehouses/warehouse1/stock"`); strings.Contains(w.Body.String(), "evil") {
		t.Error("leads away")
	}
	for _, query := range []string{"", "product=prod1", "product=prod1&count=-1", "product=prod1&count=1e3", "product=prod9&count=1", "product=prod1&kind=damaged&take=0"} {
		if _, err := ask(t, h.AskGiveWay, store.Clerk, "/warehouses/warehouse1/give-way?"+query, nil); store.KindOf(err) != store.NotFound {
			t.Errorf("%q: %v", query, err)
		}
	}
	if len(s.did) > 0 {
		t.Errorf("did %v", s.did)
	}
}

// Who is chosen goes without. Too few, no reason, figures that are no longer true: asked again, with what
// was chosen kept.
func TestGiveWay(t *testing.T) {
	s, h := newShop()
	form := lessForm()
	form["give"] = []string{"prod1:100124", "prod1:ask-1"}
	w, err := ask(t, h.GiveWay, store.Clerk, "/warehouses/warehouse1/give-way", form)
	if err != nil || w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/warehouses/warehouse1/stock" ||
		!slices.Equal(s.did, []string{"correct counted warehouse1 [{prod1 -9 12}] [{0 ask-1 prod1 1} {100124  prod1 4}] Counted (k) by boss"}) {
		t.Errorf("%d %v %v", w.Code, s.did, err)
	}
	s.did = nil
	for name, c := range map[string]struct {
		form url.Values
		code int
		says string
	}{
		"nobody chosen":    {lessForm(), 422, "Not enough orders are chosen"},
		"too few":          {lessForm("give", "prod1:ask-1"), 422, "4 units are missing still"},
		"not asked yet":    {lessForm("asked", ""), 422, "Not enough orders are chosen"},
		"a look":           {lessForm("act", "look", "give", "prod1:100124"), 200, "Loses 5 units."},
		"no reason":        {lessForm("reason", " ", "give", "prod1:100124"), 422, "Say in a few words why there is less"},
		"a hidden letter":  {lessForm("reason", "x\u202e", "give", "prod1:100124"), 422, "Say in a few words why there is less"},
		"somebody unknown": {lessForm("give", "prod1:<b>"), 422, "Not enough orders are chosen"},
	} {
		w, err := ask(t, h.GiveWay, store.Clerk, "/warehouses/warehouse1/give-way", c.form)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		says(t, w, c.code, c.says)
	}
	if w, err := ask(t, h.GiveWay, store.Clerk, "/warehouses/warehouse1/give-way", lessForm("key", "done")); err != nil || w.Code != http.StatusSeeOther {
		t.Errorf("pressed twice: %d %v", w.Code, err)
	}
	if _, err := ask(t, h.GiveWay, store.Clerk, "/warehouses/warehouse1/give-way", lessForm("n-prod1", "")); store.KindOf(err) != store.Invalid {
		t.Errorf("nothing to book: %v", err)
	}
	s.fails = store.Errorf(store.Conflict, "Stock has moved.")
	w, err = ask(t, h.GiveWay, store.Clerk, "/warehouses/warehouse1/give-way", lessForm("give", "prod1:100124"))
	if err != nil {
		t.Fatal(err)
	}
	says(t, w, 409, "Stock has moved.", `value="prod1:100124" checked`)
	if len(s.did) > 0 {
		t.Errorf("did %v", s.did)
	}
}

// Damage for which nobody may give way by itself leads to where that is asked.
func TestDamageLeadsToGiveWay(t *testing.T) {
	s, h := newShop()
	s.fails = store.Errorf(store.Conflict, "Orders hold 8 of it.")
	form := url.Values{"units": {"10"}, "reason": {"fell & broke"}, "key": {"k"}}
	w, err := ask(t, h.Damaged, store.Clerk, "/warehouses/warehouse1/stock/prod1/damaged", form)
	if err != nil {
		t.Fatal(err)
	}
	says(t, w, 409, "Orders hold 8 of it.", "/warehouses/warehouse1/give-way?back=%2Fwarehouses%2Fwarehouse1%2Fstock%2Fprod1&amp;kind=damaged&amp;product=prod1&amp;reason=fell+%26+broke&amp;take=10")
	form.Set("units", "13")
	if w, _ = ask(t, h.Damaged, store.Clerk, "/warehouses/warehouse1/stock/prod1/damaged", form); strings.Contains(w.Body.String(), "give-way") {
		t.Error("more than there are")
	}
}
