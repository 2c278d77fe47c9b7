package rdb

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/storetest"
)

func rows(list ...string) []store.StockRow {
	var all []store.StockRow
	for i, text := range list {
		row := store.StockRow{Line: i + 2, Reason: "file"}
		if _, err := fmt.Sscan(text, &row.Warehouse, &row.Product, &row.OnHand); err != nil {
			panic(err)
		}
		all = append(all, row)
	}
	return all
}

func entriesOf(t *testing.T, s *Store) int64 {
	t.Helper()
	sum := int64(0)
	for _, w := range []string{"warehouse1", "warehouse2", "warehouse3"} {
		sum += s.client.XLen(t.Context(), s.keyMovements(w)).Val()
	}
	return sum
}

func TestBookStockAllOrNothing(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod5", 10)) // of 18 at warehouse3, of which one is promised already
	file := rows("warehouse1 prod1 100", "warehouse1 prod2 7", "warehouse2 prod3 30", "warehouse3 prod5 11")
	seen := 0
	changed, faults, err := s.BookStock(ctx, clerk, file, "file:a.csv", func(n int) { seen += n })
	if err != nil || len(faults) > 0 || changed != 3 || seen != 4 {
		t.Fatalf("changed %d, told of %d rows, %v, %v", changed, seen, faults, err)
	}
	check(t, s)
	before := entriesOf(t, s)
	if changed, faults, err := s.BookStock(ctx, clerk, file, "file:a.csv", func(int) {}); changed != 0 || faults != nil || err != nil || entriesOf(t, s) != before {
		t.Errorf("the same file again changed %d, %v, %v", changed, faults, err)
	}
	for name, bad := range map[string][]store.StockRow{
		"below what is promised": rows("warehouse1 prod1 1", "warehouse1 prod2 99", "warehouse3 prod5 10"),
		"no such warehouse":      rows("warehouse1 prod1 5", "warehouse9 prod1 5"),
		"no such product":        rows("warehouse1 prod1 5", "warehouse1 prod99 5"),
		"twice":                  rows("warehouse1 prod1 5", "warehouse1 prod1 6"),
		"negative":               rows("warehouse1 prod1 -5"),
		"too many":               rows("warehouse1 prod1 1000000001"),
	} {
		changed, faults, err := s.BookStock(ctx, clerk, bad, "file:b.csv", func(int) {})
		if changed != 0 || len(faults) != 1 || faults[0].Line != bad[len(bad)-1].Line || err != nil {
			t.Errorf("%s: changed %d, %+v, %v", name, changed, faults, err)
		}
	}
	if entriesOf(t, s) != before {
		t.Error("a bad file has booked something")
	}
	check(t, s)
	_ = o
}

// An order takes units between the look and the booking: what was booked by then is put back.
func TestBookStockIsOvertaken(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	overtaken := false
	run := importRun{Store: s, who: clerk, reference: "file:x", done: func(int) {
		if !overtaken { // warehouse1 is booked, warehouse3 is not yet
			overtaken = true
			mustPlace(t, s, line("prod5", 15))
		}
	}}
	faults, err := run.all(ctx, rows("warehouse1 prod1 100", "warehouse2 prod9 5", "warehouse3 prod5 3"))
	if err != nil || len(faults) != 1 || faults[0].Line != 4 {
		t.Fatalf("%+v, %v", faults, err)
	}
	if l, _ := s.level(ctx, "warehouse1", "prod1"); l.OnHand != 120 {
		t.Errorf("warehouse1 keeps %d of prod1", l.OnHand)
	}
	if l, _ := s.level(ctx, "warehouse2", "prod9"); l.OnHand != 0 {
		t.Errorf("warehouse2 keeps %d of prod9", l.OnHand)
	}
	check(t, s)
}

// A file is staged, previewed, confirmed twice, booked once in the background, and refused when stock has
// moved on.
func TestImportInTheBackground(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() { stop(); <-ended }()

	file := rows("warehouse1 prod1 100", "warehouse3 prod5 4")
	im, err := s.StageImport(ctx, clerk, "a.csv", file)
	must(t, err)
	changes, faults, err := s.PreviewImport(ctx, im.ID)
	if err != nil || len(faults) > 0 || len(changes) != 2 || changes[0] != (store.StockChange{Warehouse: "warehouse1", Product: "prod1", Was: 120, OnHand: 100, Reserved: 1}) {
		t.Fatalf("%+v, %+v, %v", changes, faults, err)
	}
	other, err := s.StageImport(ctx, clerk, "b.csv", rows("warehouse3 prod5 0"))
	must(t, err)
	must(t, s.ConfirmImport(ctx, clerk, im.ID))
	must(t, s.ConfirmImport(ctx, clerk, im.ID))
	must(t, s.ConfirmImport(ctx, clerk, other.ID))
	state := func(id string) store.Import {
		im, err := s.Import(ctx, id)
		must(t, err)
		return im
	}
	eventually(t, 10*time.Second, "both files are through", func() (bool, string) {
		return state(im.ID).State == store.ImportDone && state(other.ID).State == store.ImportRefused, asJSON([]store.Import{state(im.ID), state(other.ID)})
	})
	if got := state(im.ID); got.Changes != 2 || got.Checked != 2 {
		t.Errorf("%+v", got)
	}
	if got := state(other.ID); len(got.Faults) != 1 || !strings.Contains(got.Faults[0].Message, "promised") {
		t.Errorf("%+v", got)
	}
	if err := s.ConfirmImport(ctx, clerk, other.ID); store.KindOf(err) != store.Conflict {
		t.Error(err)
	}
	if _, err := s.Import(ctx, "none"); store.KindOf(err) != store.NotFound {
		t.Error(err)
	}
	if all, err := s.Imports(ctx); err != nil || len(all) != 2 || all[0].ID != other.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if n := s.client.LLen(ctx, s.keyImportsDue()).Val(); n != 0 {
		t.Errorf("%d files are still due", n)
	}
	check(t, s)
}

// 100,000 rows into an empty shop, the same again, and how long others wait for Redis meanwhile.
func TestImportOfManyRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	server := storetest.Redis(t)
	s := newStore(server.Client())
	ctx := t.Context()
	const products, warehouses = 10_000, 10
	fillShop(t, s, products, warehouses)
	var file []store.StockRow
	for w := range warehouses {
		for p := range products {
			file = append(file, store.StockRow{Line: len(file) + 2, Warehouse: fmt.Sprint("w", w), Product: fmt.Sprint("p", p), OnHand: 1 + p%50, Reason: "opening"})
		}
	}
	longest, stop := worstPing(ctx, server.NewClient())
	for i, want := range []int{len(file), 0} {
		start := time.Now()
		changed, faults, err := s.BookStock(ctx, clerk, file, "file:long.csv", func(int) {})
		took := time.Since(start)
		if changed != want || len(faults) > 0 || err != nil {
			t.Errorf("changed %d, %v, %v", changed, faults, err)
		}
		if t.Logf("time %d: %v", i+1, took); took > time.Minute { // 10 s are allowed alone; this limit is for -race beside other tests
			t.Errorf("%d rows took %v", len(file), took)
		}
	}
	stop()
	t.Logf("others waited %v at the longest", *longest)
	checkAudit(t, s)
}

// worstPing asks Redis all the time for a sign of life, and keeps the longest time that it took.
func worstPing(ctx context.Context, client *redis.Client) (longest *time.Duration, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	longest = new(time.Duration)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			start := time.Now()
			if client.Ping(ctx).Err() == nil {
				*longest = max(*longest, time.Since(start))
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return longest, func() { cancel(); <-ended }
}

// fillShop makes many products and warehouses without asking for each.
func fillShop(t *testing.T, s *Store, products, warehouses int) {
	t.Helper()
	ctx := t.Context()
	for w := range warehouses {
		must(t, s.SaveWarehouse(ctx, store.Warehouse{ID: fmt.Sprint("w", w), Name: fmt.Sprint("W", w), At: store.Point{Lat: 50, Lon: 20}}))
	}
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range products {
			p.SAdd(ctx, s.keyProducts(), fmt.Sprint("p", i))
			p.HSet(ctx, s.keyProduct(fmt.Sprint("p", i)), "name", fmt.Sprint("Product ", i))
		}
		return nil
	})
	must(t, err)
	s.forgetDirectory()
}
