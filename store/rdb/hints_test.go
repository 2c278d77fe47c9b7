package rdb_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/rdb"
	"waybill/store/storetest"
)

// heard notes what Listen calls, in order.
type heard struct {
	mu   sync.Mutex
	said []string
}

func (h *heard) note(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.said); n == 0 || h.said[n-1] != what { // each pong repeats "up"
		h.said = append(h.said, what)
	}
}

// await waits until what was noted from the given place on, and returns the place after it.
func (h *heard) await(t *testing.T, from int, what string, limit time.Duration) int {
	t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(time.Millisecond) {
		h.mu.Lock()
		at := slices.Index(h.said[from:], what)
		h.mu.Unlock()
		if at >= 0 {
			return from + at + 1
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t.Fatalf("%q was not heard within %v; heard %q", what, limit, h.said[from:])
	return 0
}

func (h *heard) between(from, to int) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.said[from:to])
}

// listen runs Listen until the test ends, and checks that it returns then.
func listen(t *testing.T, hints *rdb.Hints) *heard {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	h := &heard{}
	ended := make(chan error, 1)
	go func() {
		ended <- hints.Listen(ctx,
			func(channel string) { h.note("changed " + channel) },
			func(channel string) { h.note("standing " + channel) },
			func(up bool) { h.note(fmt.Sprintf("up %v", up)) })
	}()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Listen returned %v", err)
			}
		case <-time.After(3 * time.Second):
			t.Error("Listen did not return")
		}
	})
	return h
}

func hintsOf(reader, listener redis.UniversalClient) *rdb.Hints {
	return rdb.New(reader, rdb.Options{Listening: listener, Now: time.Now, NewID: rand.Text}).Hints()
}

func TestRevisionsOfCountersOrdersAndStrangers(t *testing.T) {
	ctx := t.Context()
	srv := storetest.Redis(t)
	c := srv.Client()
	hints := hintsOf(c, c)
	for range 7 {
		c.Incr(ctx, "live:courier:rev")
	}
	c.HSet(ctx, "order:123", "recipient", "Kowalski", "version", "4")
	c.HSet(ctx, "order:124", "recipient", "Nowak") // as the seed writes it
	c.RPush(ctx, "live:waiting:rev", "a list where a number belongs")
	got, err := hints.Revisions(ctx, []string{"courier", "order:123", "order:124", "warehouse:none", "waiting"})
	if want := []string{"7", "4", "", "", ""}; err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %q, %v; want %q", got, err, want)
	}
	if got, err := hints.Revisions(ctx, nil); err != nil || len(got) != 0 {
		t.Fatalf("no channels: %q, %v", got, err)
	}
	srv.Kill()
	for _, channels := range [][]string{nil, {"courier"}} {
		if _, err := hints.Revisions(ctx, channels); err == nil {
			t.Errorf("a dead Redis gave revisions of %q", channels)
		}
	}
}

func TestListenHearsWhatIsWatchedOnly(t *testing.T) {
	ctx := t.Context()
	c := storetest.Redis(t).Client()
	hints := hintsOf(c, c)
	hints.Watch("courier")
	h := listen(t, hints)
	at := h.await(t, 0, "standing courier", time.Second)
	at = h.await(t, at, "up true", time.Second)

	hints.Watch("order:123")
	at = h.await(t, at, "standing order:123", time.Second)
	c.Publish(ctx, "live:order:124", "nobody looks")
	c.Publish(ctx, "live:order:123", "5")
	at = h.await(t, at, "changed order:123", time.Second)
	hints.Unwatch("order:123")
	for end := time.Now().Add(time.Second); c.PubSubNumSub(ctx, "live:order:123").Val()["live:order:123"] != 0; {
		if time.Now().After(end) {
			t.Fatal("still subscribed")
		}
	}
	c.Publish(ctx, "live:order:123", "6")
	c.Publish(ctx, "live:courier", "1")
	end := h.await(t, at, "changed courier", time.Second)
	said := h.between(0, end)
	if slices.Contains(said, "changed order:124") || slices.Contains(said, "up false") {
		t.Errorf("heard %q", said)
	}
	if slices.Contains(h.between(at, end), "changed order:123") {
		t.Error("heard a channel that was unwatched")
	}
}

// What is watched stands again after each kind of loss, and the loss is told.
func TestListenTellsOfEachGap(t *testing.T) {
	srv := storetest.Redis(t)
	link := storetest.Proxy(t, srv.Addr())
	hints := hintsOf(srv.Client(), storetest.Client(t, link.URL()))
	hints.Watch("courier")
	h := listen(t, hints)
	at := h.await(t, 0, "up true", time.Second)
	faults := []struct {
		name      string
		hurt      func()
		heal      func()
		toTell    time.Duration
		toRecover time.Duration
	}{
		{"killed", srv.Kill, srv.Restart, time.Second, time.Second},
		{"stopped", srv.Stop, srv.Cont, 2 * time.Second, time.Second},
		{"cut", link.Cut, link.Heal, time.Second, time.Second},
		{"client killed", func() { srv.Client().ClientKillByFilter(t.Context(), "TYPE", "pubsub") }, func() {}, time.Second, time.Second},
	}
	for _, fault := range faults {
		fault.hurt()
		at = h.await(t, at, "up false", fault.toTell)
		fault.heal()
		at = h.await(t, at, "standing courier", fault.toRecover)
		at = h.await(t, at, "up true", fault.toRecover)
		srv.Client().Publish(t.Context(), "live:courier", fault.name)
		at = h.await(t, at, "changed courier", time.Second)
	}
}

// What one node changes about products, another one knows by the time it hears that they have changed, also
// if it has just read how they were.
func TestANodeHearsThatItsDirectoryIsOld(t *testing.T) {
	ctx := t.Context()
	srv := storetest.Redis(t)
	node := func() *rdb.Store {
		return rdb.New(srv.NewClient(), rdb.Options{Now: time.Now, Zone: time.UTC, Log: slog.New(slog.DiscardHandler), NewID: rand.Text})
	}
	here, there := node(), node()
	hints := there.Hints()
	hints.Watch("catalogue")
	h := listen(t, hints)
	at := h.await(t, 0, "up true", 5*time.Second)
	for i := range 5 {
		product := store.Product{ID: fmt.Sprintf("prod%d", i+1), Name: "New"}
		if _, err := there.Directory(ctx); err != nil {
			t.Fatal(err)
		}
		h.note("saving")
		if err := here.SaveProduct(ctx, product); err != nil {
			t.Fatal(err)
		}
		at = h.await(t, at, "changed catalogue", 5*time.Second)
		if directory, err := there.Directory(ctx); err != nil || directory.Products[product.ID].Name != "New" {
			t.Fatalf("the node that was told does not know %s: %v", product.ID, err)
		}
	}
}
