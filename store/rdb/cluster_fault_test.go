package rdb

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/engine"
	"waybill/store/intake"
	"waybill/store/journal"
	"waybill/store/standby"
	"waybill/store/storetest"
)

// faulty is a group of servers of which one can be hurt while customers order.
type faulty interface {
	URL() string
	Whole()
}

// shopOn is a shop as `waybill serve` has it: real clients, a journal, and orders by way of it.
type shopOn struct {
	t      *testing.T
	engine *engine.Engine
	store  *Store
	intake *intake.Intake
	kept   *journal.Journal
}

func openShopOn(t *testing.T, servers faulty, partitions int) *shopOn {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{URL: servers.URL()})
	must(t, err)
	t.Cleanup(func() { _ = e.Close(context.Background()) })
	j, err := journal.Open(journal.Options{Path: filepath.Join(t.TempDir(), "journal.db"), Now: time.Now})
	must(t, err)
	log := slog.New(slog.DiscardHandler)
	s := New(e.Client(), Options{
		Now: time.Now, Zone: time.UTC, Log: log, NewID: rand.Text, Listening: e.Listening(), Partitions: partitions, Kept: j,
	})
	must(t, demo.Load(t.Context(), withoutOrders{s.On(e.Listening())}))
	_, err = s.Seal(t.Context())
	must(t, err)
	copies := standby.New(standby.Options{Shop: s, Disk: j, Now: time.Now, Log: log})
	must(t, copies.Look(t.Context()))
	shop := &shopOn{t: t, engine: e, store: s, kept: j}
	shop.intake = intake.New(intake.Options{
		Live: s.On(e.Placing()), Patient: s.On(e.Listening()), Pages: s, Journal: j, Directory: copies.Directory, Outage: engine.Unreachable, Partly: e.Partly,
		Now: time.Now, Log: log, Within: 500 * time.Millisecond, AtOnce: engine.PlacingAtOnce, Numbers: 2000,
	})
	s.UseNumbers(shop.intake)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = shop.intake.Run(ctx) })
	running.Go(func() { _ = s.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait(); _ = j.Close() })
	eventually(t, 10*time.Second, "order numbers are in hand", func() (bool, string) { return shop.intake.CanTake() && j.NumbersLeft() > 500, "" })
	return shop
}

// told is what a customer was told, and when.
type told struct {
	order  store.Order
	at     time.Time
	within time.Duration
}

// customers order without pause, one unit of a product that there is enough of, until they are told to stop.
func (s *shopOn) customers(count int) (stop func() []told) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var all []told
	var mu sync.Mutex
	var ordering sync.WaitGroup
	for range count {
		ordering.Go(func() {
			for ctx.Err() == nil {
				order, ok := s.order()
				if !ok {
					return
				}
				mu.Lock()
				all = append(all, order)
				mu.Unlock()
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	return func() []told { cancel(); ordering.Wait(); return all }
}

// order is one customer's order. Who hears that this machine's disk is slow sends it again, as the answer says;
// that nobody hears of a Redis that is away is what is tested.
func (s *shopOn) order() (told, bool) {
	p := placement(line("prod2", 1))
	for try := 0; ; try++ {
		began := time.Now()
		order, created, err := s.intake.Place(s.t.Context(), p)
		slow := strings.HasPrefix(store.MessageOf(err), "Writing your order down takes too long")
		switch {
		case err == nil && (created || try > 0):
			return told{order, began, time.Since(began)}, true
		case err == nil || !slow || try == 60:
			s.t.Errorf("a customer was told %v, created: %v", err, created)
			return told{}, false
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// afterwards puts back what a failover has lost, finishes what was left half done and looks whether every
// order that somebody was told of is there once, and all invariants hold.
func (s *shopOn) afterwards(all []told) {
	t := s.t
	t.Helper()
	eventually(t, time.Minute, "nothing is pending", func() (bool, string) {
		return len(s.kept.Pending(0, 1)) == 0, asJSON(s.intake.Stats())
	})
	patient := s.store.On(s.engine.Listening())
	changes, _ := s.kept.Newest(nil, 100_000)
	slices.Reverse(changes)
	lost, err := patient.Lost(t.Context(), changes)
	must(t, err)
	restored, _, err := patient.PutRight(t.Context(), lost, time.Now())
	must(t, err)
	sweep(t, patient, "after the fault")
	placed := 0
	for _, told := range all {
		if order := mustOrder(t, patient, told.order.Number); order.UID != told.order.UID {
			t.Errorf("order %s is another one", order.Number)
		}
		if told.order.Status == store.Placed {
			placed++
		}
	}
	t.Logf("%d orders, %d placed at once, %d received; put back: %+v", len(all), placed, len(all)-placed, restored)
}

// faults are the ways to lose a master. Each ends with the server there again.
var faults = map[string]func(master *storetest.Server, down time.Duration){
	"killed":    func(m *storetest.Server, down time.Duration) { m.Kill(); time.Sleep(down); m.Restart() },
	"stopped":   func(m *storetest.Server, down time.Duration) { m.Stop(); time.Sleep(down); m.Cont() },
	"restarted": func(m *storetest.Server, _ time.Duration) { m.Restart() },
}

// someFaults are those of which a run without WAYBILL_FAULTS=long tries the first.
func someFaults(first string) []string {
	if os.Getenv("WAYBILL_FAULTS") != "long" {
		return []string{first}
	}
	return sortedKeys(faults)
}

// One master of a cluster goes away in each way while customers order. Everybody is answered in time, orders
// that need nothing of it are placed all the while, and in the end every order is there once.
func TestAShardGoesAway(t *testing.T) {
	t.Parallel()
	for _, name := range someFaults("killed") {
		t.Run(name, func(t *testing.T) {
			cluster := storetest.Cluster(t)
			shop := openShopOn(t, cluster, ClusterPartitions)
			_, err := shop.store.SetStock(t.Context(), clerk, "warehouse2", "prod2", 100_000, "count")
			must(t, err)
			stop := shop.customers(4)
			time.Sleep(time.Second)
			began := time.Now()
			faults[name](cluster.Master(keyEvents(shop.store.part(0))), 4*time.Second)
			ended := time.Now()
			cluster.Whole()
			time.Sleep(time.Second)
			all := stop()
			during, slowest := 0, time.Duration(0)
			for _, told := range all {
				slowest = max(slowest, told.within)
				if told.order.Status == store.Placed && told.at.After(began.Add(500*time.Millisecond)) && told.at.Before(ended) {
					during++
				}
			}
			if name != "restarted" && during < 20 {
				t.Errorf("only %d orders were placed while one of three shards was away", during)
			}
			t.Logf("%d placed meanwhile, the slowest answer after %v", during, slowest)
			shop.afterwards(all)
		})
	}
}

// The master that Sentinels watch goes away in each way while customers order.
func TestAWatchedMasterGoesAway(t *testing.T) {
	t.Parallel()
	for _, name := range someFaults("killed") {
		t.Run(name, func(t *testing.T) {
			watched := storetest.Sentinel(t)
			shop := openShopOn(t, watched, 1)
			_, err := shop.store.SetStock(t.Context(), clerk, "warehouse2", "prod2", 100_000, "count")
			must(t, err)
			stop := shop.customers(4)
			time.Sleep(time.Second)
			faults[name](watched.Master(), 6*time.Second)
			watched.Whole()
			time.Sleep(time.Second)
			shop.afterwards(stop())
		})
	}
}

// A page that is opened while a shard is away shows what the others have, and says that something is missing;
// it is whole again afterwards. Without the warehouse's own shelves there is no page.
func TestPagesWithoutAShard(t *testing.T) {
	t.Parallel()
	s, cluster := clusterShop(t)
	for range 40 {
		o := mustPlace(t, s, line("prod1", 1))
		must(t, s.Pack(t.Context(), clerk, o.Number, "prod1", 1))
		if o.Number%2 == 0 {
			must(t, s.Ready(t.Context(), clerk, o.Number))
		}
	}
	whole, err := s.Board(t.Context(), "warehouse1")
	must(t, err)
	parcels := func(r store.Rounds) (n int) {
		for _, place := range r.Ready {
			n += len(place.Orders)
		}
		return n
	}
	rounds, err := s.Rounds(t.Context(), courier.ID)
	must(t, err)
	if whole.Partly || rounds.Partly || parcels(rounds) < 15 {
		t.Fatalf("before: %v %v %d", whole.Partly, rounds.Partly, parcels(rounds))
	}
	shelves := cluster.Master(s.keyStock("warehouse1"))
	hurt := shelves
	for _, at := range s.parts() {
		if master := cluster.Master(keyEvents(at)); master.PID() != shelves.PID() {
			hurt = master
			break
		}
	}
	hurt.Kill()
	part, err := s.Board(t.Context(), "warehouse1")
	if err != nil || !part.Partly || len(part.ToAssemble)+len(part.Ready) == 0 || len(part.ToAssemble)+len(part.Ready) >= len(whole.ToAssemble)+len(whole.Ready) {
		t.Errorf("without a shard: %v, partly %v, %d of %d", err, part.Partly, len(part.ToAssemble)+len(part.Ready), len(whole.ToAssemble)+len(whole.Ready))
	}
	if r, err := s.Rounds(t.Context(), courier.ID); err != nil || !r.Partly || parcels(r) == 0 || parcels(r) >= parcels(rounds) {
		t.Errorf("rounds without a shard: %v, partly %v, %d of %d", err, r.Partly, parcels(r), parcels(rounds))
	}
	hurt.Restart()
	cluster.Whole()
	eventually(t, time.Minute, "the board is whole", func() (bool, string) {
		b, err := s.Board(t.Context(), "warehouse1")
		return err == nil && !b.Partly && len(b.ToAssemble) == len(whole.ToAssemble) && len(b.Ready) == len(whole.Ready), asJSON(err)
	})
	cluster.Master(s.keyStock("warehouse1")).Kill()
	if _, err := s.Board(t.Context(), "warehouse1"); store.KindOf(err) != store.Unavailable {
		t.Errorf("without its own shelves: %v", err)
	}
}
