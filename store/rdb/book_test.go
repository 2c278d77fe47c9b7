package rdb

import (
	"strings"
	"sync"
	"testing"

	"waybill/store"
)

// The same receipt sent by many at once adds its units once; the same key with other goods is refused.
func TestReceiptOnce(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	r := store.Receipt{Warehouse: "warehouse1", Reference: "DN-7", Lines: []store.Line{line("prod1", 5), line("prod2", 3), line("prod1", 2)}, Reason: "delivery", Caller: "api:main", Key: "k"}
	var made sync.WaitGroup
	var mu sync.Mutex
	times := 0
	for range 8 {
		made.Go(func() {
			levels, created, err := s.Receive(ctx, clerk, r)
			mu.Lock()
			defer mu.Unlock()
			if created {
				times++
			}
			if err != nil || len(levels) != 2 || levels[0].Level.OnHand != 127 || levels[1].Level.OnHand != 3 {
				t.Errorf("%+v, %v", levels, err)
			}
		})
	}
	made.Wait()
	if times != 1 {
		t.Errorf("added %d times", times)
	}
	check(t, s)
	other := r
	other.Lines = []store.Line{line("prod1", 6)}
	if _, _, err := s.Receive(ctx, clerk, other); store.KindOf(err) != store.Invalid {
		t.Errorf("the key with other goods: %v", err)
	}
	other.Caller = "api:somebody else"
	if _, created, err := s.Receive(ctx, clerk, other); err != nil || !created {
		t.Errorf("somebody else's key: %v, %v", created, err)
	}
	page, err := s.Ledger(ctx, "warehouse1", store.LedgerQuery{Kind: store.MoveReceived, Limit: 9})
	if err != nil || len(page.Entries) != 3 || page.Entries[2].Reference != "DN-7" {
		t.Errorf("%+v, %v", page.Entries, err)
	}
	for name, bad := range map[string]struct {
		change func(*store.Receipt)
		kind   store.Kind
	}{
		"warehouse": {func(r *store.Receipt) { r.Warehouse = "nowhere" }, store.NotFound},
		"product":   {func(r *store.Receipt) { r.Lines = []store.Line{line("prod1", 1), line("none", 1)} }, store.Invalid},
		"zero":      {func(r *store.Receipt) { r.Lines = []store.Line{line("prod1", 0)} }, store.Invalid},
		"negative":  {func(r *store.Receipt) { r.Lines = []store.Line{line("prod1", -1)} }, store.Invalid},
		"too many":  {func(r *store.Receipt) { r.Lines = []store.Line{line("prod1", maxOnHand)} }, store.Conflict},
		"wraps":     {func(r *store.Receipt) { r.Lines = []store.Line{line("prod1", 1<<62)} }, store.Invalid},
		"no key":    {func(r *store.Receipt) { r.Key = "" }, store.Invalid},
		"long key":  {func(r *store.Receipt) { r.Key = strings.Repeat("k", 256) }, store.Invalid},
	} {
		wrong := r
		wrong.Key = "bad " + name
		bad.change(&wrong)
		if _, created, err := s.Receive(ctx, clerk, wrong); created || store.KindOf(err) != bad.kind {
			t.Errorf("%s: %v, %v", name, created, err)
		}
	}
	check(t, s)
}

// Goods that come in go to orders that wait.
func TestReceiptServesWaitingOrders(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	p := placement(line("prod6", 40))
	p.Draft.Backorder = true
	o, _, err := s.Place(t.Context(), p)
	must(t, err)
	_, _, err = s.Receive(t.Context(), clerk, store.Receipt{Warehouse: "warehouse2", Lines: []store.Line{line("prod6", 30)}, Caller: "api", Key: "1"})
	must(t, err)
	if got := mustOrder(t, s, o.Number); got.Status != store.Placed {
		t.Errorf("the order is %s", got.Status)
	}
	check(t, s)
}

// Damage and adjustments stop at what is promised, and say to whom.
func TestAdjust(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod5", 15)) // of 18; one more is promised
	damage := store.Adjustment{Warehouse: "warehouse3", Product: "prod5", Kind: store.MoveDamaged, Change: -2, Reason: "fell", Key: "a"}
	for range 2 {
		if level, err := s.Adjust(ctx, clerk, damage); err != nil || level != (store.Level{OnHand: 16, Reserved: 16}) {
			t.Errorf("%+v, %v", level, err)
		}
	}
	damage.Key, damage.Change = "b", -1
	if _, err := s.Adjust(ctx, clerk, damage); store.KindOf(err) != store.Conflict || !strings.Contains(store.MessageOf(err), "Orders hold 16 of these") {
		t.Error(err)
	}
	holds, err := s.Holds(ctx, "warehouse3", "prod5")
	must(t, err)
	if len(holds) != 2 || holds[0].Units+holds[1].Units != 16 || holds[0].Order != o.Number && holds[1].Order != o.Number {
		t.Errorf("held by %+v", holds)
	}
	for name, change := range map[string]func(*store.Adjustment){
		"none":           func(a *store.Adjustment) { a.Change = 0 },
		"damaged units":  func(a *store.Adjustment) { a.Change = 1 },
		"out of range":   func(a *store.Adjustment) { a.Change = -1 << 62 },
		"no such thing":  func(a *store.Adjustment) { a.Product = "none" },
		"without a name": func(a *store.Adjustment) { a.Key = "" },
	} {
		a := damage
		a.Key = name
		change(&a)
		if _, err := s.Adjust(ctx, clerk, a); store.KindOf(err) != store.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	check(t, s)
}

// A count sheet is booked whole or not at all.
func TestCountSheet(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	sheet := []store.Counted{{Product: "prod1", Units: 118, Seen: 120}, {Product: "prod2", Units: 4, Seen: 0}, {Product: "prod4", Units: 80, Seen: 79}, {Product: "prod9", Units: 60, Seen: 60}}
	if _, err := s.BookSheet(ctx, clerk, "warehouse1", sheet, "count"); store.KindOf(err) != store.Conflict {
		t.Errorf("what was seen is not so: %v", err)
	}
	sheet[2].Seen = 80
	if n, err := s.BookSheet(ctx, clerk, "warehouse1", sheet, "count"); n != 2 || err != nil {
		t.Errorf("booked %d, %v", n, err)
	}
	if _, err := s.BookSheet(ctx, clerk, "warehouse1", sheet, "count"); store.KindOf(err) != store.Conflict {
		t.Errorf("the same sheet twice: %v", err)
	}
	low := []store.Counted{{Product: "prod1", Units: 117, Seen: 118}, {Product: "prod4", Units: 0, Seen: 80}}
	_, err := s.BookSheet(ctx, clerk, "warehouse1", low, "count")
	if e, ok := err.(*store.Error); !ok || e.Kind != store.Conflict || len(e.Fields) != 1 || e.Fields["prod4"] == "" {
		t.Errorf("below what is promised: %v", err)
	}
	if l, _ := s.level(ctx, "warehouse1", "prod1"); l.OnHand != 118 {
		t.Errorf("booked by half: %+v", l)
	}
	check(t, s)
}
