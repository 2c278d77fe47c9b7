package warehouse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// A page of what runs low leads to the pages beside it; one behind the last is the first.
func TestLow(t *testing.T) {
	f := works()
	f.board.Low.All = map[string]int{"warehouse1": store.LowAtOnce + 3}
	for i := range store.LowAtOnce + 3 {
		f.board.Low.Rows = append(f.board.Low.Rows, store.Low{Warehouse: "warehouse1", Product: fmt.Sprint("p", i), Threshold: 9, Revision: "7", Take: &store.Suggestion{From: "warehouse2", Units: 2, Free: 20}})
	}
	low := func(h *Handlers) echo.HandlerFunc { return h.Low }
	first, next := "/warehouses/warehouse1/low?from=0", fmt.Sprint("/warehouses/warehouse1/low?from=", store.LowAtOnce)
	for query, want := range map[string]struct {
		rows         int
		says, silent string
	}{
		"":                                   {store.LowAtOnce, next, first},
		"from=x":                             {store.LowAtOnce, next, first},
		fmt.Sprint("from=", store.LowAtOnce): {3, first, next},
		fmt.Sprint("from=", 2):               {store.LowAtOnce, first, next},
	} {
		got := send(t, f, clerk(), "warehouse1", query, nil, low)
		if got.code != 200 || strings.Count(got.body, `id="low-warehouse1-`) != want.rows || !strings.Contains(got.body, want.says) || strings.Contains(got.body, want.silent) || !strings.Contains(got.body, `name="back" value="low"`) {
			t.Errorf("%s: %d, %v, %s", query, got.code, got.err, got.body)
		}
	}
	if got := send(t, f, clerk(), "warehouse1", "from=60", nil, low); got.code != 303 || got.to != "/warehouses/warehouse1/low" {
		t.Errorf("behind the last page: %d to %s", got.code, got.to)
	}
	if got := send(t, f, clerk(), "warehouse2", "", nil, low); store.KindOf(got.err) != store.NotFound {
		t.Errorf("another's warehouse: %v", got.err)
	}
	looksOn := send(t, f, store.Account{Role: store.Service}, "warehouse1", "", nil, low)
	if looksOn.code != 200 || strings.Contains(looksOn.body, "Ask Warszawa") {
		t.Errorf("who may not ask: %d %s", looksOn.code, looksOn.body)
	}
}

// The list of all warehouses leads to what it does not show, warehouse by warehouse.
func TestTheListLeadsToAllThatRunsLow(t *testing.T) {
	f := works()
	f.board.Low = store.LowList{All: map[string]int{"warehouse1": 1, "warehouse3": 1200}, Rows: []store.Low{
		{Warehouse: "warehouse1", Product: "prod1", Threshold: 9}, {Warehouse: "warehouse3", Product: "prod1", Threshold: 7},
	}}
	got := send(t, f, store.Account{Role: store.Owner}, "", "", nil, func(h *Handlers) echo.HandlerFunc { return h.List })
	if got.code != 200 || !strings.Contains(got.body, `<a href="/warehouses/warehouse3/low">1199 more in Kraków</a>`) || strings.Contains(got.body, "/warehouses/warehouse1/low") || !strings.Contains(got.body, ">1201<") {
		t.Errorf("%d, %v, %s", got.code, got.err, got.body)
	}
}
