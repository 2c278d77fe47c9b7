package warehouse

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

func askFor(h *Handlers) echo.HandlerFunc    { return h.Ask }
func threshold(h *Handlers) echo.HandlerFunc { return h.Threshold }

func TestAWarehouseAsksAnother(t *testing.T) {
	f := works()
	got := send(t, f, clerk(), "warehouse1", "product=prod1", nil, func(h *Handlers) echo.HandlerFunc { return h.Shelf })
	for _, want := range []string{"Warszawa", "80 units free, needs 30 itself", `value="shelf r7"`, `name="threshold"`, `value="10"`} {
		if got.code != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("%d, the page has no %s", got.code, want)
		}
	}
	form := fields("product", "prod1", "from", "warehouse2", "units", "20", "key", "shelf r7")
	got = send(t, f, clerk(), "warehouse1", "", form, askFor)
	if !slices.Equal(f.calls, []string{"ask warehouse1 warehouse2 prod1 20 shelf r7"}) || got.to != "/warehouses/warehouse1#transfers" || got.flash.Undo == nil || got.flash.Undo.Action != "/warehouses/warehouse1/unask" {
		t.Errorf("asked for %q, to %s, %+v", f.calls, got.to, got.flash)
	}
	form.Set("back", "list")
	got = send(t, f, store.Account{Login: "o", Role: store.Owner}, "warehouse1", "", form, askFor)
	if len(f.calls) != 2 || got.to != "/warehouses#running-low" || got.flash.Undo != nil {
		t.Errorf("the owner asked for %q, to %s", f.calls, got.to)
	}
}

func TestAnAskThatMakesNoSenseIsGivenBack(t *testing.T) {
	for _, units := range []string{"", "0", "-1", "1.5", "1e3", "100001", "99999999999999999999", "٣", "<b>"} {
		f := works()
		got := send(t, f, clerk(), "warehouse1", "", fields("product", "prod1", "from", "warehouse2", "units", units, "key", "k"), askFor)
		if got.err != nil || got.code != http.StatusUnprocessableEntity || len(f.calls) > 0 || !strings.Contains(got.body, `id="f-units-warehouse2-error"`) {
			t.Errorf("%q: %d %v, asked for %q", units, got.code, got.err, f.calls)
		}
	}
	f := works()
	f.err = store.Errorf(store.Conflict, "Warszawa has only 3.")
	got := send(t, f, clerk(), "warehouse1", "", fields("product", "prod1", "from", "warehouse2", "units", "20", "key", "k"), askFor)
	if got.code != http.StatusConflict || !strings.Contains(got.body, "Warszawa has only 3.") || !strings.Contains(got.body, `value="20"`) {
		t.Errorf("fewer by now: %d", got.code)
	}
	for _, form := range []string{"warehouse1", "warehouse9", ""} {
		f := works()
		got := send(t, f, clerk(), "warehouse1", "", fields("product", "prod1", "from", form, "units", "2", "key", "k"), askFor)
		if got.code != http.StatusSeeOther || got.flash.Kind != "error" || len(f.calls) > 0 {
			t.Errorf("from %q: %d %+v %q", form, got.code, got.flash, f.calls)
		}
	}
}

func TestAThresholdIsSet(t *testing.T) {
	f := works()
	got := send(t, f, clerk(), "warehouse1", "", fields("product", "prod1", "threshold", "12"), threshold)
	if !slices.Equal(f.calls, []string{"threshold warehouse1 prod1 12"}) || got.to != "/warehouses/warehouse1#stock-prod1" {
		t.Errorf("asked for %q, to %s", f.calls, got.to)
	}
	f = works()
	got = send(t, f, clerk(), "warehouse1", "", fields("product", "prod1", "threshold", "many"), threshold)
	if got.code != http.StatusUnprocessableEntity || !strings.Contains(got.body, `id="f-threshold-error"`) || !strings.Contains(got.body, `value="many"`) || len(f.calls) > 0 {
		t.Errorf("%d, asked for %q", got.code, f.calls)
	}
}
