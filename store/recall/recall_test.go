package recall

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/engine"
	"waybill/store/journal"
	"waybill/store/rdb"
	"waybill/store/storetest"
)

func TestMain(m *testing.M) {
	engine.RouteLibraryLog(slog.New(slog.DiscardHandler)) // it has much to say about servers that are killed
	os.Exit(m.Run())
}

// node is a node of a shop: its connections, its journal, and what watches over both.
type node struct {
	t       *testing.T
	engine  *engine.Engine
	journal *journal.Journal
	shop    *rdb.Store
	recall  *Recall
	stop    func()
}

// open starts a node on a Redis, with the journal that lies in a directory.
func open(t *testing.T, url, dir string) *node {
	t.Helper()
	j, err := journal.Open(journal.Options{Path: filepath.Join(dir, "journal.db"), Now: time.Now})
	must(t, err)
	e, err := engine.Open(t.Context(), engine.Options{URL: url})
	must(t, err)
	n := &node{t: t, engine: e, journal: j}
	log := slog.New(slog.DiscardHandler)
	n.recall = New(Options{Journal: j, Now: time.Now, Log: log, Refilled: "refilled", Hold: func(string) func() { return func() {} }})
	n.shop = rdb.New(e.Listening(), rdb.Options{Now: time.Now, Zone: time.UTC, Log: log, NewID: rand.Text, Kept: j, Gate: n.recall})
	n.recall.Shop = n.shop.Ungated()
	identity, err := n.shop.Identity(t.Context())
	must(t, err)
	must(t, j.Belong(t.Context(), identity.ID))
	e.OnServer(n.recall.Met)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = n.recall.Run(ctx) })
	n.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		_ = e.Close(context.Background())
		_ = j.Close()
	})
	t.Cleanup(n.stop)
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (n *node) opened() {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), 30*time.Second)
	defer cancel()
	if err := n.recall.Opened(ctx); err != nil {
		n.t.Fatal("the gate stays shut")
	}
}

func (n *node) place(key string) store.Order {
	n.t.Helper()
	o, _, err := n.shop.Place(n.t.Context(), store.Placement{
		Caller: "test", Key: key, Who: store.Actor{Role: store.Customer, ID: "shop"}, To: &store.Point{Lat: 54.35, Lon: 18.65},
		Draft: store.Draft{
			Recipient: store.Recipient{Name: "Anna", Email: "anna@example.com", Address: store.Address{Line1: "Długa 1", City: "Gdańsk", PostalCode: "80-001", Country: "PL"}},
			Lines:     []store.Line{{Product: "prod1", Quantity: 1}}, Speed: store.Standard,
		},
	})
	must(n.t, err)
	return o
}

// bare loads the demo without orders.
type bare struct{ *rdb.Store }

func (bare) Place(context.Context, store.Placement) (store.Order, bool, error) {
	return store.Order{}, true, nil
}

func (n *node) stock(units int) {
	n.t.Helper()
	must(n.t, demo.Load(n.t.Context(), bare{n.shop}))
	_, err := n.shop.SetStock(n.t.Context(), store.Itself, "warehouse1", "prod1", units, "counted")
	must(n.t, err)
}

// TestACleanRestartIsQuick has a hundred thousand changes in the journal. Redis is killed and loses nothing:
// the gate opens in a moment, and what is older is compared afterwards.
func TestACleanRestartIsQuick(t *testing.T) {
	server := storetest.Redis(t)
	n := open(t, server.URL(), t.TempDir())
	n.opened()
	n.stock(100_000)
	for i := range 1200 {
		n.place(fmt.Sprint(i))
	}
	var old []journal.Change
	for i := range 100_000 { // they make no sense, so they are passed over; but each is looked at
		old = append(old, journal.Change{Key: fmt.Sprintf("order/%d", 900_000+i), Version: 1, At: time.Now().Add(-time.Hour), Data: []byte("{}")})
	}
	for len(old) > 0 {
		must(t, n.journal.Keep(t.Context(), old[:5000]...))
		old = old[5000:]
	}
	server.Restart()
	began := time.Now()
	await(t, "the new server is met", func() bool { n.ping(); return n.recall.Stats().Shut })
	met := time.Now()
	n.opened()
	took := time.Since(met)
	t.Logf("met after %s, open %s later", met.Sub(began), took)
	if took > 5*time.Second { // 0.1 s on a machine that does nothing else
		t.Errorf("the gate was shut for %s", took)
	}
	if s := n.recall.Stats(); s.Restored != (rdb.Restored{}) || s.Reopened != 0 {
		t.Errorf("put back although nothing was lost: %+v", s)
	}
}

// ping asks Redis something, so that a connection is made; the answer does not matter.
func (n *node) ping() { _ = n.engine.Client().Ping(n.t.Context()).Err() }

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// TestFailoverToAReplicaThatLags kills a master whose replica has not heard of the last orders. The Sentinels
// choose the replica, connections meet it, and everything is there again, before the next act.
func TestFailoverToAReplicaThatLags(t *testing.T) {
	watched := storetest.Sentinel(t)
	n := open(t, watched.URL(), t.TempDir())
	n.opened()
	n.stock(1000)
	early := n.place("early")
	watched.Whole()
	watched.Lag()
	var lost []store.Order
	for i := range 25 {
		lost = append(lost, n.place(fmt.Sprint(i)))
	}
	must(t, n.shop.Cancel(t.Context(), store.Actor{Role: store.Customer, ID: "shop"}, early.Number, "changed my mind"))
	must(t, n.journal.SaveSnapshot(t.Context(), "test", nil)) // all pictures are on the disk
	watched.Master().Kill()
	await(t, "what was lost is put back", func() bool { n.ping(); return n.recall.Stats().Restored.Orders == len(lost)+1 })
	n.opened()
	for _, o := range append(lost, early) {
		now, err := n.shop.Order(t.Context(), o.Number)
		must(t, err)
		want := store.Placed
		if o.Number == early.Number {
			want = store.Cancelled
		}
		if now.Status != want || now.UID != o.UID {
			t.Errorf("order %s is %s", o.Number, now.Status)
		}
	}
	audits, err := n.shop.Audit(t.Context())
	must(t, err)
	for _, audit := range audits {
		for _, line := range audit.Drifting() {
			text, _ := json.Marshal(line)
			t.Errorf("%s: %s", audit.Warehouse, text)
		}
	}
	if next := n.place("next"); next.Number <= lost[len(lost)-1].Number {
		t.Errorf("number %s is given again", next.Number)
	}
}
