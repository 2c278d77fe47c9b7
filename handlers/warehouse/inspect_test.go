package warehouse

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

func inspect(h *Handlers) echo.HandlerFunc { return h.Inspect }
func putBack(h *Handlers) echo.HandlerFunc { return h.PutBack }
func board(h *Handlers) echo.HandlerFunc   { return h.Board }

// cameBack is works with the order returned to warehouse1.
func cameBack() *fake {
	f := works()
	order := f.orders[100123]
	order.Status, order.Warehouse, order.ReturnTo = store.Returned, "warehouse2", "warehouse1"
	f.orders[100123] = order
	f.board.ToAssemble, f.board.ToInspect = nil, []store.Order{order}
	return f
}

func TestInspect(t *testing.T) {
	f := cameBack()
	got := send(t, f, clerk(), "warehouse1", "inspect=100123", nil, board)
	for _, want := range []string{`href="/warehouses/warehouse1?inspect=100123#inspect"`, `id="inspect-form"`, `name="sellable-prod1"`, `value="2"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the board has no %s", want)
		}
	}
	got = send(t, f, clerk(), "warehouse1", "", fields("order", "100123", "sellable-prod1", "1", "damaged-prod1", "1", "sellable-prod6", "0", "damaged-prod6", "0"), inspect)
	if got.code != http.StatusSeeOther || !strings.HasSuffix(got.flash.Text, ": 1 unit back on the shelf, 1 damaged. 1 unit missing.") {
		t.Errorf("%+v", got)
	}
	if want := []string{"inspect ola 100123 [{prod1 1 1} {prod6 0 0}]"}; !slices.Equal(f.calls, want) {
		t.Errorf("asked for %q", f.calls)
	}
}

// What cannot be is told at its field, with what was typed.
func TestInspectNonsense(t *testing.T) {
	for _, sellable := range []string{"", "-1", "1.5", "three", "٣", "99999999", "3", "2"} {
		f := cameBack()
		got := send(t, f, clerk(), "warehouse1", "", fields("order", "100123", "sellable-prod1", sellable, "damaged-prod1", "1", "sellable-prod6", "1", "damaged-prod6", "0"), inspect)
		if got.code != http.StatusUnprocessableEntity || !strings.Contains(got.body, `id="f-sellable-prod1-error"`) || !strings.Contains(got.body, `value="`+sellable+`"`) || len(f.calls) > 0 {
			t.Errorf("%q: %d, asked for %q", sellable, got.code, f.calls)
		}
	}
	f := cameBack()
	for _, order := range []string{"", "x", "7", "100200"} {
		if got := send(t, f, clerk(), "warehouse1", "", fields("order", order), inspect); got.flash.Kind != "error" || len(f.calls) > 0 {
			t.Errorf("order %q: %+v", order, got)
		}
	}
}

func TestPutBack(t *testing.T) {
	f := works()
	order := f.orders[100123]
	order.Status = store.Cancelled
	f.board.PutBack = []store.Order{order}
	got := send(t, f, clerk(), "warehouse1", "", nil, board)
	if !strings.Contains(got.body, "1 × Enamel mug") || !strings.Contains(got.body, "/putback") {
		t.Error("the board does not say what to put back")
	}
	got = send(t, f, clerk(), "warehouse1", "", fields("order", "100123"), putBack)
	if got.code != http.StatusSeeOther || !slices.Equal(f.calls, []string{"putback ola 100123"}) {
		t.Errorf("%+v, asked for %q", got, f.calls)
	}
}
