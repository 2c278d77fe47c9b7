package rdb

import (
	"slices"
	"testing"

	"waybill/store"
	"waybill/store/storetest"
)

// The sets of the seed become warehouses, products and stock; once.
func TestImportSeed(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	ctx := t.Context()
	for w, products := range map[string][]any{
		"warehouse1": {"prod1", "prod4", "prod9"}, "warehouse2": {"prod2", "prod3", "prod6", "prod8"}, "warehouse3": {"prod5", "prod7", "bad product"},
		"bad warehouse": {"prod1"},
	} {
		must(t, s.client.SAdd(ctx, s.keyProductList(w), products...).Err())
	}
	must(t, s.client.Set(ctx, s.keyProductList("odd"), "no set", 0).Err())
	must(t, s.SaveWarehouse(ctx, store.Warehouse{ID: "warehouse3", Name: "Wrocław", At: store.Point{Lat: 51.1, Lon: 17}}))
	must(t, s.SaveProduct(ctx, store.Product{ID: "prod5", Name: "Vase"}))
	_, err := s.SetStock(ctx, clerk, "warehouse3", "prod5", 18, "counted before")
	must(t, err)
	must(t, s.client.SAdd(ctx, s.keyProductList("warehouse3"), "prod7").Err())

	done, err := s.ImportSeed(ctx, store.Itself, 5)
	must(t, err)
	if !slices.Equal(done.Warehouses, []string{"warehouse1", "warehouse2"}) || len(done.Products) != 8 || done.Counts != 8 {
		t.Errorf("made %+v", done)
	}
	for shelf, want := range map[[2]string]int{{"warehouse1", "prod1"}: 5, {"warehouse3", "prod7"}: 5, {"warehouse3", "prod5"}: 18} {
		if l, err := s.level(ctx, shelf[0], shelf[1]); err != nil || l.OnHand != want {
			t.Errorf("%v: %+v, %v", shelf, l, err)
		}
	}
	d, err := s.Directory(ctx)
	must(t, err)
	if d.Products["prod5"].Name != "Vase" || d.Warehouses["warehouse3"].Name != "Wrocław" || len(d.WarehouseIDs) != 3 || d.Warehouses["warehouse1"].At != (store.Point{}) {
		t.Errorf("%+v", d)
	}
	must(t, s.client.SRem(ctx, s.keyProductList("warehouse3"), "bad product").Err()) // the reconciler does it
	check(t, s)
	if again, err := s.ImportSeed(ctx, store.Itself, 9); err != nil || len(again.Warehouses)+len(again.Products)+again.Counts != 0 {
		t.Errorf("again made %+v, %v", again, err)
	}
	if _, err := s.ImportSeed(ctx, store.Itself, 0); store.KindOf(err) != store.Invalid {
		t.Error(err)
	}
	mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	check(t, s)
}
