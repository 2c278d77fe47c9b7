package rdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/demo"
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

// book has a file booked and waits for it.
func book(t testing.TB, s *Store, file []store.StockRow) store.Import {
	t.Helper()
	im, err := s.BookFile(t.Context(), clerk, "a.csv", file, func(store.Import) {})
	must(t, err)
	return im
}

func TestBookFileAllOrNothing(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	mustPlace(t, s, line("prod5", 10)) // of 18 at warehouse3, of which one is promised already
	file := rows("warehouse1 prod1 100", "warehouse1 prod2 7", "warehouse2 prod3 30", "warehouse3 prod5 11")
	if im := book(t, s, file); im.State != store.ImportDone || im.Changes != 3 || im.Checked != 4 {
		t.Fatalf("%+v", im)
	}
	check(t, s)
	before := entriesOf(t, s)
	if im := book(t, s, file); im.State != store.ImportDone || im.Changes != 0 || entriesOf(t, s) != before {
		t.Errorf("the same file again: %+v", im)
	}
	for name, bad := range map[string][]store.StockRow{
		"below what is promised": rows("warehouse1 prod1 1", "warehouse1 prod2 99", "warehouse3 prod5 10"),
		"no such warehouse":      rows("warehouse1 prod1 5", "warehouse9 prod1 5"),
		"no such product":        rows("warehouse1 prod1 5", "warehouse1 prod99 5"),
		"twice":                  rows("warehouse1 prod1 5", "warehouse1 prod1 6"),
		"negative":               rows("warehouse1 prod1 -5"),
		"too many":               rows("warehouse1 prod1 1000000001"),
	} {
		im := book(t, s, bad)
		if im.State != store.ImportRefused || im.Changes != 0 || len(im.Faults) != 1 || im.Faults[0].Line != bad[len(bad)-1].Line {
			t.Errorf("%s: %+v", name, im)
		}
	}
	if entriesOf(t, s) != before {
		t.Error("a bad file has booked something")
	}
	check(t, s)
}

// below is a threshold as a row of a file names it.
func below(units int) *int { return &units }

// A file sets thresholds, beside counts or without them: what names none keeps its own, 0 takes it away, and
// the same again changes nothing. What it would change is told before.
func TestFileOfThresholds(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	for product, units := range map[string]int{"prod1": 10, "prod4": 20, "prod9": 30} {
		must(t, s.SetThreshold(ctx, clerk, "warehouse1", product, units))
	}
	file := rows("warehouse1 prod1 100", "warehouse1 prod4 81", "warehouse1 prod9 0", "warehouse3 prod7 50", "warehouse3 prod5 18")
	file[1].Threshold, file[2].Threshold, file[3].Threshold, file[4].Threshold = below(25), below(0), below(60), below(0)
	file[2].Uncounted = true
	before := entriesOf(t, s)
	changes, faults, err := s.CompareStock(ctx, file)
	want := []store.StockChange{
		{Warehouse: "warehouse1", Product: "prod1", Was: 120, OnHand: 100, Reserved: 1},
		{Warehouse: "warehouse1", Product: "prod4", Was: 80, OnHand: 81, Reserved: 1, WasThreshold: 20, Threshold: 25},
		{Warehouse: "warehouse1", Product: "prod9", Was: 60, OnHand: 60, Reserved: 2, WasThreshold: 30},
		{Warehouse: "warehouse3", Product: "prod7", Was: 50, OnHand: 50, Threshold: 60},
		{Warehouse: "warehouse3", Product: "prod5", Was: 18, OnHand: 18, Reserved: 1, WasThreshold: 20}, // the demo's
	}
	if err != nil || len(faults) > 0 || !slices.Equal(changes, want) {
		t.Errorf("would change %+v, %+v, %v", changes, faults, err)
	}
	for _, changed := range []int{5, 0} {
		if im := book(t, s, file); im.State != store.ImportDone || im.Changes != changed || im.Checked != len(file) {
			t.Errorf("%+v", im)
		}
	}
	if n := entriesOf(t, s) - before; n != 2 {
		t.Errorf("%d entries in the ledger", n)
	}
	for product, at := range map[string][3]int{"prod1": {10, 0, 0}, "prod4": {25, 0, 0}, "prod9": {0, 0, 0}, "prod7": {0, 0, 60}} {
		piles, err := s.Piles(ctx, product)
		must(t, err)
		if got := [3]int{piles[0].Threshold, piles[1].Threshold, piles[2].Threshold}; got != at {
			t.Errorf("%s: thresholds %v", product, got)
		}
	}
	if low, err := s.LowStock(ctx); err != nil || len(low.Rows) != 2 || low.Rows[0].Product != "prod7" || low.Rows[0].Free != 50 || low.Rows[1].Product != "prod2" {
		t.Errorf("low: %+v, %v", low, err) // with the demo's blankets
	}
	bad := rows("warehouse1 prod1 100")
	bad[0].Threshold = below(store.MaxThreshold + 1)
	if _, faults, err := s.CompareStock(ctx, bad); err != nil || len(faults) != 1 || faults[0].Line != 2 {
		t.Errorf("too large: %+v, %v", faults, err)
	}
	check(t, s)
}

// begun gives a file whose booking has begun: it was found bookable, and no row of it is booked.
func begun(t testing.TB, s *Store, file []store.StockRow) *importRun {
	t.Helper()
	im, err := s.StageImport(t.Context(), clerk, "a.csv", file)
	must(t, err)
	must(t, s.ConfirmImport(t.Context(), clerk, im.ID))
	r := &importRun{Store: s, im: im, pieces: pieces(file), whole: map[int]bool{}}
	must(t, r.turn(t.Context(), wayLess, store.ImportRunning))
	return r
}

// overtakenFile has an order take units between the look and the booking: what was booked by then is put
// back.
func overtakenFile(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	r := begun(t, s, rows("warehouse1 prod1 100", "warehouse2 prod9 5", "warehouse3 prod5 3"))
	_, err := r.piece(ctx, r.pieces[0])
	must(t, err)
	if l, _ := s.level(ctx, "warehouse1", "prod1"); l.OnHand != 100 {
		t.Fatalf("warehouse1 has %d of prod1", l.OnHand)
	}
	mustPlace(t, s, line("prod5", 15))
	must(t, s.nextImport(ctx))
	im, err := s.Import(ctx, r.im.ID)
	must(t, err)
	if im.State != store.ImportRefused || im.Changes != 0 || len(im.Faults) != 1 || im.Faults[0].Line != 4 || im.Faults[0].Promised == nil {
		t.Errorf("%+v", im)
	}
	if l, _ := s.level(ctx, "warehouse1", "prod1"); l.OnHand != 120 {
		t.Errorf("warehouse1 keeps %d of prod1", l.OnHand)
	}
	if l, _ := s.level(ctx, "warehouse2", "prod9"); l.OnHand != 0 {
		t.Errorf("warehouse2 keeps %d of prod9", l.OnHand)
	}
	if _, err := r.piece(ctx, r.pieces[0]); !errors.Is(err, errOtherNode) { // a node that comes late
		t.Errorf("booked after it was put back: %v", err)
	}
	check(t, s)
}

// A node dies at each of its round trips while it books a file: the next one brings the file to its end,
// all of it or nothing, as far as the customer who orders meanwhile lets it.
func TestBookFileAtEveryCrashPoint(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	file := rows("warehouse1 prod1 100", "warehouse1 prod4 90", "warehouse2 prod9 5", "warehouse3 prod5 3", "warehouse3 prod7 999", "warehouse2 prod2 0")
	file[0].Threshold, file[1].Threshold = below(130), below(7)
	file[5].Threshold, file[5].Uncounted = below(50), true
	for _, sold := range []bool{false, true} {
		points := 0
		for at, finished := 1, false; !finished && !t.Failed(); at++ {
			for _, after := range []bool{false, true} {
				d := death{at: at, after: after}
				crashFile(t, server, file, &d, sold)
				finished = !d.dead
			}
			points++
		}
		t.Logf("%d crash points, before and after each; sold meanwhile: %v", points, sold)
	}
}

func crashFile(t *testing.T, server *storetest.Server, file []store.StockRow, d *death, sold bool) {
	t.Helper()
	ctx := t.Context()
	must(t, server.Client().FlushAll(ctx).Err())
	healthy := newStore(server.Client())
	must(t, demo.Load(ctx, withoutOrders{healthy}))
	for _, w := range []string{"warehouse1", "warehouse2"} { // those of the demo
		must(t, healthy.client.Del(ctx, healthy.keyThresholds(w), healthy.keyLow(w)).Err())
	}
	must(t, healthy.SetThreshold(ctx, clerk, "warehouse1", "prod1", 5))
	r := begun(t, healthy, file)
	if sold {
		mustPlace(t, healthy, line("prod5", 15))
	}
	client := server.NewClient()
	defer client.Close()
	client.AddHook(d)
	dying := newStore(client)
	_ = dying.nextImport(ctx)
	healthy.client.Del(ctx, healthy.keyLease("imports")) // as if ten seconds had passed
	must(t, healthy.nextImport(ctx))
	im, err := healthy.Import(ctx, r.im.ID)
	must(t, err)
	where := fmt.Sprintf("dead at round trip %d (after: %v), sold: %v", d.at, d.after, sold)
	state, prod1, prod9 := store.ImportDone, 100, 5
	if sold {
		state, prod1, prod9 = store.ImportRefused, 120, 0
	}
	one, err := healthy.levelsOf(ctx, "warehouse1", []string{"prod1"})
	must(t, err)
	nine, err := healthy.levelsOf(ctx, "warehouse2", []string{"prod9"})
	must(t, err)
	if im.State != state || one[0].OnHand != prod1 || nine[0].OnHand != prod9 || !sold && (im.Checked != 6 || im.Changes != 6) {
		t.Errorf("%s: %+v, prod1 %d, prod9 %d", where, im, one[0].OnHand, nine[0].OnHand)
	}
	thresholds := fmt.Sprint(healthy.client.HGetAll(ctx, healthy.keyThresholds("warehouse1")).Val(), healthy.client.HGetAll(ctx, healthy.keyThresholds("warehouse2")).Val())
	if want := map[bool]string{false: "map[prod1:130 prod4:7] map[prod2:50]", true: "map[prod1:5] map[]"}[sold]; thresholds != want {
		t.Errorf("%s: thresholds %s", where, thresholds)
	}
	if n := healthy.client.LLen(ctx, healthy.keyImportsDue()).Val(); n != 0 {
		t.Errorf("%s: %d files are still due", where, n)
	}
	check(t, healthy)
}

// Several nodes that all believe to be the one that books a file come to the same as one.
func TestBookFileByManyNodes(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	for _, sold := range []bool{false, true} {
		must(t, server.Client().FlushAll(t.Context()).Err())
		s := newStore(server.Client())
		must(t, demo.Load(t.Context(), withoutOrders{s}))
		r := begun(t, s, rows("warehouse1 prod1 100", "warehouse1 prod4 90", "warehouse2 prod9 5", "warehouse3 prod5 3"))
		if sold {
			mustPlace(t, s, line("prod5", 15))
		}
		together(6, func(int) {
			twin := newStore(server.Client())
			twin.node = s.node // so the lease is each one's
			if err := twin.nextImport(t.Context()); err != nil {
				t.Error(err)
			}
		})
		must(t, s.nextImport(t.Context()))
		im, err := s.Import(t.Context(), r.im.ID)
		must(t, err)
		level, err := s.levelsOf(t.Context(), "warehouse1", []string{"prod1", "prod4"})
		must(t, err)
		if sold && (im.State != store.ImportRefused || level[0].OnHand != 120 || level[1].OnHand != 80) ||
			!sold && (im.State != store.ImportDone || level[0].OnHand != 100 || level[1].OnHand != 90) {
			t.Errorf("sold: %v: %+v, %+v", sold, im, level)
		}
		check(t, s)
	}
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

// A node has gone through what becomes less of a file, and is held up; meanwhile another one is refused a row and puts
// the file back. Whoever comes late must not turn it round again: the file comes to an end, and has changed nothing.
func TestALateTurnOfAFile(t *testing.T) {
	t.Parallel()
	s, ctx := demoShop(t), t.Context()
	before := holdings(t, s)
	im := confirmed(t, s)
	rows := countsFile()
	late := importRun{Store: s, im: im, way: "", pieces: pieces(rows), whole: map[int]bool{}}
	must(t, late.turn(ctx, wayLess, store.ImportRunning))
	for ; late.next < len(late.pieces); late.next++ {
		_, err := late.piece(ctx, late.pieces[late.next])
		must(t, err)
	}
	other := late
	must(t, other.turn(ctx, wayUndo, store.ImportUndoing))
	for ; other.next < len(other.pieces); other.next++ {
		_, err := other.piece(ctx, other.pieces[other.next])
		must(t, err)
	}
	if err := late.turn(ctx, wayMore, store.ImportRunning); !errors.Is(err, errOtherNode) {
		t.Errorf("the late one turned it: %v", err)
	}
	must(t, s.nextImport(ctx))
	if now, err := s.Import(ctx, im.ID); err != nil || now.State != store.ImportRefused {
		t.Errorf("the file is %s (%v)", now.State, err)
	}
	if now := holdings(t, s); now != before {
		t.Errorf("the shelves hold %s, held %s", now, before)
	}
	check(t, s)
}
