package rdb

import (
	"testing"

	"waybill/store"
	"waybill/store/storetest"
)

// Running low is told once, shown with what to do about it, and told again only after there was enough.
func TestRunningLow(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 3, 80, 0)
	ctx := t.Context()
	must(t, s.SetThreshold(ctx, clerk, "a", "p", 10))
	must(t, s.SetThreshold(ctx, clerk, "b", "p", 30))
	for _, bad := range []struct {
		warehouse, product string
		units              int
		kind               store.Kind
	}{{"a", "p", -1, store.Invalid}, {"a", "p", 1_000_001, store.Invalid}, {"x", "p", 1, store.NotFound}, {"a", "x", 1, store.NotFound}} {
		if err := s.SetThreshold(ctx, clerk, bad.warehouse, bad.product, bad.units); store.KindOf(err) != bad.kind {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	told := func() (n int) {
		for _, entry := range eventsOf(t, s) {
			if entry.Values["type"] == "stock.low" {
				n++
			}
		}
		return n
	}
	for range 3 {
		must(t, s.lookAtLow(ctx))
	}
	if told() != 1 {
		t.Errorf("told %d times", told())
	}
	board, err := s.Board(ctx, "a")
	must(t, err)
	if len(board.Low.Rows) != 1 || board.Low.Count() != 1 || board.Low.Rows[0].Take == nil || *board.Low.Rows[0].Take != (store.Suggestion{From: "b", Units: 17, Free: 80, Needs: 30}) || board.Low.Rows[0].Revision == "" {
		t.Fatalf("the board says %s", asJSON(board.Low))
	}
	take := board.Low.Rows[0].Take
	asked, _, err := s.AskTransfer(ctx, clerk, store.Ask{To: "a", From: take.From, Product: "p", Units: take.Units, Key: board.Low.Rows[0].Revision})
	must(t, err)
	low, err := s.LowStock(ctx)
	must(t, err)
	if len(low.Rows) != 1 || low.Rows[0].Coming != 17 || low.Rows[0].Take != nil {
		t.Errorf("after asking: %s", asJSON(low))
	}
	bring(t, s, asked.ID)
	if low, _ := s.LowStock(ctx); low.Count()+len(low.Rows) != 0 {
		t.Errorf("after receiving: %s", asJSON(low))
	}
	mustPlace(t, s, line("p", 15), line("q", 1))
	if told() != 2 {
		t.Errorf("told %d times after a second crossing", told())
	}
	supplies, err := s.Piles(ctx, "p")
	must(t, err)
	if len(supplies) != 3 || supplies[1].Free != 63 || supplies[1].Threshold != 30 {
		t.Errorf("%+v", supplies)
	}
	must(t, s.SetThreshold(ctx, clerk, "a", "p", 0))
	if low, _ := s.LowStock(ctx); low.Count()+len(low.Rows) != 0 {
		t.Errorf("without a threshold: %s", asJSON(low))
	}
	check(t, s)
}
