package rdb

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/demo"
)

var (
	clerk   = store.Actor{Role: store.Clerk, ID: "gosia", Name: "Gosia"}
	courier = store.Actor{Role: store.Courier, ID: "kuba", Name: "Kuba"}
	kasia   = store.Actor{Role: store.Courier, ID: "kasia", Name: "Kasia"}
	shopper = store.Actor{Role: store.Customer, ID: "shop"}
)

// newStore gives a Store on a client, with a clock that stands at a Monday morning.
func newStore(client redis.UniversalClient) *Store { return newStoreIn(client, partitions()) }

func newStoreIn(client redis.UniversalClient, partitions int) *Store {
	if _, watched := watchedClients.LoadOrStore(client, true); !watched && partitions > 1 {
		client.AddHook(oneSlot{})
	}
	return New(client, Options{Partitions: partitions, Now: time.Now, Zone: time.UTC, Log: slog.New(slog.DiscardHandler), NewID: rand.Text})
}

// demoShop gives the demo shop on a private Redis.
func demoShop(t testing.TB) *Store {
	t.Helper()
	s := newStore(freshClient(t))
	if err := demo.Load(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

func draft(lines ...store.Line) store.Draft {
	return store.Draft{
		Recipient: store.Recipient{Name: "Anna Nowak", Email: "anna@example.com", Address: store.Address{Line1: "ul. Długa 1", City: "Gdańsk", PostalCode: "80-001", Country: "PL"}},
		Lines:     lines, Speed: store.Standard,
	}
}

// placement is a new wish each time.
func placement(lines ...store.Line) store.Placement {
	return store.Placement{Caller: "test", Key: rand.Text(), Who: shopper, Draft: draft(lines...), To: &store.Point{Lat: 54.35, Lon: 18.65}}
}

func mustPlace(t testing.TB, s *Store, lines ...store.Line) store.Order {
	t.Helper()
	order, created, err := s.Place(t.Context(), placement(lines...))
	if err != nil || !created {
		t.Fatalf("place: created %v, error %v", created, err)
	}
	return order
}

func mustOrder(t testing.TB, s *Store, n store.Number) store.Order {
	t.Helper()
	order, err := s.Order(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return order
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustStock(t testing.TB, s *Store, lines []store.Line) *siteReading {
	t.Helper()
	directory, err := s.Directory(t.Context())
	must(t, err)
	stock, err := s.stockFor(t.Context(), directory, lines)
	must(t, err)
	return stock
}

// packAll puts every unit of an order into its box.
func packAll(t testing.TB, s *Store, n store.Number) {
	t.Helper()
	for _, line := range mustOrder(t, s, n).Lines {
		must(t, s.Pack(t.Context(), clerk, n, line.Product, line.Quantity))
	}
}

// bringAll sends and receives every transfer of an order.
func bringAll(t testing.TB, s *Store, n store.Number) {
	t.Helper()
	for _, transfer := range mustOrder(t, s, n).Transfers {
		_, err := s.SendTransfer(t.Context(), clerk, transfer.ID)
		must(t, err)
		_, err = s.ReceiveTransfer(t.Context(), clerk, transfer.ID)
		must(t, err)
	}
}

// checkStock is invariant I1: no counter below zero, what is on hand is the sum of the ledger, what is
// reserved is the sum of the reservations and of the ledger, and product_list is what is free.
func checkStock(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	directory, err := s.readDirectory(ctx)
	must(t, err)
	for _, w := range directory.WarehouseIDs {
		onHand, reserved := decodeUnits(s.client.HGetAll(ctx, s.keyStock(w)).Val()), decodeUnits(s.client.HGetAll(ctx, s.keyReserved(w)).Val())
		ledgerOnHand, ledgerReserved, held := ledger(ctx, s, w)
		var free []string
		for _, product := range directory.ProductIDs {
			h, r := onHand[product], reserved[product]
			if h < 0 || r < 0 || r > h {
				t.Errorf("%s %s: on hand %d, reserved %d", w, product, h, r)
			}
			if h != ledgerOnHand[product] || r != ledgerReserved[product] || r != held[product] {
				t.Errorf("%s %s: on hand %d (ledger %d), reserved %d (ledger %d, reservations %d)", w, product, h, ledgerOnHand[product], r, ledgerReserved[product], held[product])
			}
			if h > r {
				free = append(free, product)
			}
		}
		list := s.client.SMembers(ctx, s.keyProductList(w)).Val()
		slices.Sort(list)
		if !slices.Equal(list, free) {
			t.Errorf("%s: product_list %v, free %v", w, list, free)
		}
	}
}

// checkLow is that each warehouse runs low of just what has fewer free units than its threshold, by so many.
func checkLow(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	directory, err := s.readDirectory(ctx)
	must(t, err)
	for _, w := range directory.WarehouseIDs {
		onHand, reserved := decodeUnits(s.client.HGetAll(ctx, s.keyStock(w)).Val()), decodeUnits(s.client.HGetAll(ctx, s.keyReserved(w)).Val())
		low, said := map[string]int{}, map[string]int{}
		for product, units := range decodeUnits(s.client.HGetAll(ctx, s.keyThresholds(w)).Val()) {
			if free := max(0, onHand[product]-reserved[product]); free < units {
				low[product] = free - units
			}
		}
		for _, z := range s.client.ZRangeWithScores(ctx, s.keyLow(w), 0, -1).Val() {
			said[text(z.Member)] = int(z.Score)
		}
		if !maps.Equal(low, said) {
			t.Errorf("%s runs low of %v, and says %v", w, low, said)
		}
	}
}

// checkAudit is that the audit, by its own way through the books, finds what checkStock finds.
func checkAudit(t testing.TB, s *Store) {
	t.Helper()
	audits, err := s.Audit(t.Context())
	must(t, err)
	for _, audit := range audits {
		for _, l := range audit.Drifting() {
			t.Errorf("audit of %s: %+v", audit.Warehouse, l)
		}
	}
}

func ledger(ctx context.Context, s *Store, w string) (onHand, reserved, held map[string]int) {
	onHand, reserved, held = map[string]int{}, map[string]int{}, map[string]int{}
	for _, entry := range s.client.XRange(ctx, s.keyMovements(w), "-", "+").Val() {
		product, _ := entry.Values["product"].(string)
		h, _ := strconv.Atoi(entry.Values["on_hand"].(string))
		r, _ := strconv.Atoi(entry.Values["reserved"].(string))
		onHand[product] += h
		reserved[product] += r
	}
	for key := range keysLike(ctx, s, s.keyReservation(w, "*")) {
		for product, units := range decodeUnits(s.client.HGetAll(ctx, key).Val()) {
			if product[0] != '#' {
				held[product] += units
			}
		}
	}
	return onHand, reserved, held
}

// checkOrders is invariants I3 and I4: each history is a path in the table of steps with one entry a
// version, and each order stands once where its status says.
func checkOrders(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	places := map[string][]store.Status{}
	for _, status := range store.Statuses() {
		for _, member := range queued(ctx, s, status) {
			places[member] = append(places[member], status)
		}
	}
	for _, n := range numbersOf(t, s) {
		o := mustOrder(t, s, n)
		if at := places[orderName(n)]; len(at) != 1 || at[0] != o.Status {
			t.Errorf("order %s is %s and stands in %v", n, o.Status, at)
		}
		if copied := s.client.HGet(ctx, s.keyOrder(n), "status").Val(); copied != string(o.Status) {
			t.Errorf("order %s is %s, its hash says %s", n, o.Status, copied)
		}
		checkHistory(t, o)
	}
}

func checkHistory(t testing.TB, o store.Order) {
	t.Helper()
	at := store.Status("")
	last := map[string]store.EventType{}
	for i, e := range o.History {
		free := at == "" || e.Type == store.EventTakenOver || e.Type == store.EventUndone || e.Type == store.EventAdopted || e.Type == store.EventMerged
		if e.Version != i+1 || e.Status != at && !free && !store.MayStep(at, e.Status, e.Who.Role) {
			t.Errorf("order %s: entry %d has version %d and goes from %q to %q by %s", o.Number, i, e.Version, at, e.Status, e.Who.Role)
		}
		at = e.Status
		if id := e.Data["transfer"]; id != "" && e.Type != store.EventRerouted { // for which it may be the reason again
			if last[id] == e.Type && e.Type != store.EventGaveWay { // which it may do for one count after the other
				t.Errorf("order %s: %s of %s stands twice", o.Number, e.Type, id)
			}
			last[id] = e.Type
		}
	}
	if at != o.Status || len(o.History) != o.Version {
		t.Errorf("order %s: %d entries up to %q, version %d, status %q", o.Number, len(o.History), at, o.Version, o.Status)
	}
}

// checkHolds is invariant I5 as far as stock goes: an order being assembled holds every unit that is not
// in transit, wherever it lies; one that has left, or will not, holds nothing.
func checkHolds(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	directory, err := s.readDirectory(ctx)
	must(t, err)
	for _, n := range numbersOf(t, s) {
		o, held := mustOrder(t, s, n), map[string]int{}
		for _, w := range directory.WarehouseIDs {
			for product, units := range decodeUnits(s.client.HGetAll(ctx, s.keyReservation(w, n.String())).Val()) {
				held[product] += units
			}
		}
		for _, l := range o.Lines {
			wanted := 0
			if o.Status == store.Placed || o.Status == store.Ready || o.Status == store.Backordered {
				wanted = l.Quantity - inTransit(o, l.Product) - store.Quantity(o.Lacking(), l.Product)
			}
			if held[l.Product] != wanted {
				t.Errorf("order %s, %s: holds %d of %s, wanted %d", n, o.Status, held[l.Product], l.Product, wanted)
			}
			delete(held, l.Product)
		}
		for product, units := range held {
			if product[0] != '#' && units != 0 {
				t.Errorf("order %s, %s: holds %d of %s, which is not in it", n, o.Status, units, product)
			}
		}
	}
}

func inTransit(o store.Order, product string) int {
	units := 0
	for _, transfer := range o.Transfers {
		if transfer.State == store.TransferSent {
			units += store.Quantity(transfer.Lines, product)
		}
	}
	return units
}

// checkQueues compares the queues with the orders: each waiting order claims what it waits for, at the
// place of its priority and age, nobody else claims anything, and the sums are right.
func checkQueues(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	want, sums := map[string]string{}, map[string]int{}
	for _, n := range numbersOf(t, s) {
		if o := mustOrder(t, s, n); o.Status == store.Backordered && o.Version > 0 {
			for _, l := range claims(o) {
				want[l.Product+" "+orderName(n)] = fmt.Sprintf("%d %d %d", l.Quantity, o.Priority, o.PlacedAt.UnixMilli())
				sums[l.Product] += l.Quantity
			}
		}
	}
	queues, err := s.waiting(ctx)
	must(t, err)
	got := map[string]string{}
	for product, queue := range queues {
		if sum, _ := s.client.HGet(ctx, s.keyProductUnits(product), "#").Int(); sum != sums[product] {
			t.Errorf("%s: %d units wait, the sum says %d", product, sums[product], sum)
		}
		for i, claim := range queue {
			got[product+" "+orderName(claim.Order)] = fmt.Sprintf("%d %d %d", claim.Units, claim.Priority, claim.Since.UnixMilli())
			if i > 0 && queue[i-1].Compare(claim) >= 0 {
				t.Errorf("%s: order %s stands before %s", product, queue[i-1].Order, claim.Order)
			}
		}
	}
	if asJSON(got) != asJSON(want) {
		t.Errorf("the queues hold %s, the orders wait for %s", asJSON(got), asJSON(want))
	}
}

// check is all invariants that hold in Redis when no flow is under way.
func check(t testing.TB, s *Store) {
	t.Helper()
	checkStock(t, s)
	checkLow(t, s)
	checkAudit(t, s)
	checkOrders(t, s)
	checkHolds(t, s)
	checkQueues(t, s)
	checkLoads(t, s)
}

func asJSON(v any) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

// eventually waits until a condition holds, or fails with what was last seen.
func eventually(t testing.TB, within time.Duration, what string, holds func() (bool, string)) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		ok, seen := holds()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s; seen: %s", within, what, seen)
		}
		time.Sleep(25 * time.Millisecond)
	}
}

func line(product string, units int) store.Line { return store.Line{Product: product, Quantity: units} }

func zAt(score float64, member string) redis.Z { return redis.Z{Score: score, Member: member} }
