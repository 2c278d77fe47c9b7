package rdb

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// Somebody writes into the counters by hand: the audit shows it, a repair makes them what ledger and
// reservations say, and a second one finds nothing.
func TestDamagedCountersAreRepaired(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	mustPlace(t, s, line("prod1", 3), line("prod6", 1))
	checkAudit(t, s)
	must(t, s.client.HSet(ctx, s.keyStock("warehouse1"), "prod1", 7).Err())
	must(t, s.client.HIncrBy(ctx, s.keyReserved("warehouse1"), "prod4", 5).Err())
	must(t, s.client.HDel(ctx, s.keyReserved("warehouse1"), "prod9").Err())
	must(t, s.client.HSet(ctx, s.keyStock("warehouse1"), "prod2", "many").Err()) // not even a number
	must(t, s.client.SRem(ctx, s.keyProductList("warehouse1"), "prod1").Err())

	audits, err := s.Audit(ctx)
	must(t, err)
	if got := driftOf(audits); got != "warehouse1/prod1 warehouse1/prod4 warehouse1/prod9" {
		t.Errorf("the audit finds %q", got)
	}
	mended, err := s.RepairBooks(ctx, clerk, "warehouse1")
	must(t, err)
	if slices.Sort(mended); !slices.Equal(mended, []string{"prod1", "prod4", "prod9"}) {
		t.Errorf("repaired %v", mended)
	}
	if again, err := s.RepairBooks(ctx, clerk, "warehouse1"); err != nil || len(again) > 0 {
		t.Errorf("a second repair mends %v, %v", again, err)
	}
	must(t, s.client.HDel(ctx, s.keyStock("warehouse1"), "prod2").Err())
	check(t, s)

	repairs, err := s.BookRepairs(ctx)
	must(t, err)
	i := slices.IndexFunc(repairs, func(r store.BookRepair) bool { return r.Product == "prod1" })
	if len(repairs) != 3 || i < 0 || repairs[i].OnHandWas != 7 || repairs[i].OnHand != 120 || repairs[i].Who != "clerk:gosia" {
		t.Errorf("the history of repairs is %+v", repairs)
	}
	if _, err := s.RepairBooks(ctx, clerk, "nowhere"); store.KindOf(err) != store.NotFound {
		t.Error(err)
	}
}

// What the ledger says of reservations follows the reservations, by an entry that says so.
func TestLostReservation(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod5", 4))
	must(t, s.client.Del(ctx, s.keyReservation("warehouse3", o.Number.String())).Err())
	_, err := s.RepairBooks(ctx, store.Itself, "warehouse3")
	must(t, err)
	checkStock(t, s)
	checkAudit(t, s)
	page, err := s.Ledger(ctx, "warehouse3", store.LedgerQuery{Kind: store.MoveCorrected, Limit: 5})
	must(t, err)
	if len(page.Entries) != 1 || page.Entries[0].Reserved != -4 || page.Entries[0].OnHand != 0 {
		t.Errorf("the ledger says %+v", page.Entries)
	}
}

// The same as a deep look of the reconciler: two looks, then nothing.
func TestReconcileRepairsCounters(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	must(t, s.client.HIncrBy(ctx, s.keyStock("warehouse2"), "prod2", -40).Err())
	if told, err := s.Reconcile(ctx, true); err != nil || len(told) != 1 || !strings.Contains(told[0].What, "prod2") {
		t.Errorf("a dry run tells %v, %v", told, err)
	}
	if mended, err := s.Reconcile(ctx, false); err != nil || len(mended) != 1 {
		t.Errorf("mended %v, %v", mended, err)
	}
	if again, err := s.Reconcile(ctx, false); err != nil || len(again) != 0 {
		t.Errorf("mended again %v, %v", again, err)
	}
	check(t, s)
}

// The kept sums may be damaged, or entries taken out of the ledger: the counters stay right.
func TestDamagedSums(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	checkAudit(t, s)
	must(t, s.client.HIncrBy(ctx, s.keyAudit("warehouse1"), "h:prod1", 1000).Err())
	if mended, err := s.RepairBooks(ctx, clerk, "warehouse1"); err != nil || len(mended) > 0 {
		t.Errorf("the counters followed the damage: %v, %v", mended, err)
	}
	check(t, s)

	first := s.client.XRangeN(ctx, s.keyMovements("warehouse1"), "-", "+", 1).Val()[0].ID
	must(t, s.client.XDel(ctx, s.keyMovements("warehouse1"), first).Err())
	must(t, s.client.HSet(ctx, s.keyStock("warehouse1"), "prod1", 1).Err())
	audits, err := s.Audit(ctx)
	must(t, err)
	if audits[0].Lost != 1 {
		t.Errorf("the audit does not see that an entry was removed: %+v", audits[0])
	}
	_, err = s.RepairBooks(ctx, clerk, "warehouse1")
	must(t, err)
	if level, err := s.level(ctx, "warehouse1", "prod1"); err != nil || level.OnHand != 120 {
		t.Errorf("repaired to %+v, %v", level, err)
	}
	checkAudit(t, s)
}

// An audit beside traffic sees no drift where there is none.
func TestAuditBesideTraffic(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 40 {
			o := mustPlace(t, s, line("prod1", 1), line("prod4", 1))
			_ = s.release(t.Context(), o, everyAttempt, []string{"warehouse1"}, "test")
		}
	}()
	for looks := 0; ; looks++ {
		checkAudit(t, s)
		select {
		case <-done:
			t.Logf("%d looks", looks)
			return
		default:
		}
	}
}

// All of it works where no redis-server is installed too.
func TestBooksInMemory(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Memory(t))
	must(t, demo.Load(t.Context(), s))
	must(t, s.client.HSet(t.Context(), s.keyStock("warehouse1"), "prod1", 7).Err())
	if mended, err := s.RepairBooks(t.Context(), clerk, "warehouse1"); err != nil || len(mended) != 1 {
		t.Errorf("repaired %v, %v", mended, err)
	}
	checkAudit(t, s)
	page, err := s.Ledger(t.Context(), "warehouse1", store.LedgerQuery{Limit: 2})
	if err != nil || len(page.Entries) != 2 || page.Older == "" {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestLedgerPages(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	bringAll(t, s, o.Number)
	var all []store.Movement
	for q := (store.LedgerQuery{Limit: 2}); ; {
		page, err := s.Ledger(ctx, "warehouse1", q)
		must(t, err)
		all = append(all, page.Entries...)
		if q.Before = page.Older; q.Before == "" {
			break
		}
		_, err = s.SetStock(ctx, clerk, "warehouse1", "prod9", 60+len(all), "while somebody turns pages")
		must(t, err)
	}
	for i := 1; i < len(all); i++ {
		if all[i-1].At.Before(all[i].At) || all[i-1].ID == all[i].ID {
			t.Errorf("%+v comes before %+v", all[i-1], all[i])
		}
	}
	if kinds := kindsOf(all); kinds != "sent reserved reserved reserved reserved reserved counted counted counted" && kinds != "delivered reserved reserved reserved reserved reserved counted counted counted" {
		t.Errorf("the ledger tells %s", kinds)
	}
	ofOrder, err := s.Ledger(ctx, o.Warehouse, store.LedgerQuery{Order: o.Number, Limit: 50})
	must(t, err)
	if kinds := kindsOf(ofOrder.Entries); !strings.HasPrefix(kinds, "delivered ") || !strings.HasSuffix(kinds, "reserved") {
		t.Errorf("the order's entries are %s", kinds)
	}
	for _, q := range []store.LedgerQuery{{Product: "prod77"}, {Order: 9}, {Kind: store.MoveShipped}} {
		q.Limit = 50
		if page, err := s.Ledger(ctx, "warehouse1", q); err != nil || len(page.Entries) > 0 || page.Older != "" {
			t.Errorf("%+v gives %+v, %v", q, page, err)
		}
	}
	for _, before := range []string{"x", "+", "1", "1-2-3", "(1-1", strings.Repeat("9", 30) + "-1"} {
		if _, err := s.Ledger(ctx, "warehouse1", store.LedgerQuery{Before: before, Limit: 5}); store.KindOf(err) != store.Invalid {
			t.Errorf("before %q: %v", before, err)
		}
	}
	if _, err := s.Ledger(ctx, "nowhere", store.LedgerQuery{Limit: 5}); store.KindOf(err) != store.NotFound {
		t.Error(err)
	}
}

// Stock events go out in the same step as the change, beside the orders' own.
func TestStockEvents(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	for _, at := range eventParts(t, s) {
		must(t, s.client.Del(ctx, keyEvents(at)).Err())
	}
	mustPlace(t, s, line("prod5", 17)) // the last ones
	time.Sleep(2 * time.Millisecond)   // streams of several partitions are put in order by their milliseconds
	_, err := s.SetStock(ctx, clerk, "warehouse3", "prod5", 20, "delivery")
	must(t, err)
	var told []string
	for _, e := range eventsOf(t, s) {
		v := e.Values
		if text(v["product"]) == "" {
			told = append(told, text(v["type"]))
			continue
		}
		told = append(told, fmt.Sprintf("%s %s %s %s/%s/%s", v["type"], v["warehouse"], v["product"], v["on_hand"], v["reserved"], v["available"]))
	}
	want := []string{
		"stock.changed warehouse3 prod5 18/18/0", "product.out_of_stock warehouse3 prod5 18/18/0", "placed",
		"stock.changed warehouse3 prod5 20/18/2", "product.back_in_stock warehouse3 prod5 20/18/2",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q\nwant %q", told, want)
	}
}

// How long Redis is busy with one piece of a long ledger, and with a whole audit of it.
func BenchmarkAudit(b *testing.B) {
	s := newStore(storetest.Redis(b).Client())
	must(b, s.SaveWarehouse(b.Context(), store.Warehouse{ID: "w", Name: "W", At: store.Point{Lat: 50, Lon: 20}}))
	const entries = 100_000
	for range entries / 1000 {
		_, err := s.client.Pipelined(b.Context(), func(p redis.Pipeliner) error {
			for i := range 1000 {
				p.XAdd(b.Context(), &redis.XAddArgs{Stream: s.keyMovements("w"), Values: []any{"kind", "counted", "product", fmt.Sprint("prod", i%50), "on_hand", "1", "reserved", "0", "reference", "count", "who", "clerk:gosia", "why", "delivery", "at", "1732200000000"}})
			}
			return nil
		})
		must(b, err)
	}
	for b.Loop() {
		must(b, s.client.Del(b.Context(), s.keyAudit("w")).Err())
		_, err := s.audit(b.Context(), "w", true)
		must(b, err)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/(entries/auditChunk), "µs/1000-entries")
}

func driftOf(audits []store.Audit) string {
	var drift []string
	for _, audit := range audits {
		for _, l := range audit.Drifting() {
			drift = append(drift, audit.Warehouse+"/"+l.Product)
		}
	}
	return strings.Join(drift, " ")
}

func kindsOf(entries []store.Movement) string {
	var kinds []string
	for _, m := range entries {
		kinds = append(kinds, string(m.Kind))
	}
	return strings.Join(kinds, " ")
}

// The ledger names who handed a parcel on and who cancelled an order, not the node that books it.
func TestTheLedgerNamesPeople(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	sent, cancelled := mustPlace(t, s, line("prod1", 1)), mustPlace(t, s, line("prod1", 2))
	packAll(t, s, sent.Number)
	must(t, s.Ready(ctx, clerk, sent.Number))
	must(t, s.PickUp(ctx, courier, sent.Number))
	must(t, s.Deliver(ctx, courier, sent.Number, store.Proof{}))
	must(t, s.Cancel(ctx, shopper, cancelled.Number, "a slip"))
	for _, want := range []struct {
		order store.Order
		kind  store.MovementKind
		who   store.Actor
	}{{sent, store.MoveShipped, courier}, {cancelled, store.MoveReleased, shopper}} {
		page, err := s.Ledger(ctx, want.order.Warehouse, store.LedgerQuery{Order: want.order.Number, Kind: want.kind, Limit: 5})
		must(t, err)
		if len(page.Entries) != 1 || page.Entries[0].Who != ledgerName(want.who) {
			t.Errorf("%s: %+v", want.kind, page.Entries)
		}
	}
	check(t, s)
}
