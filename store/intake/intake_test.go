package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/seal"
)

// shop is a Redis that makes every order, after a while, or fails.
type shop struct {
	mu    sync.Mutex
	takes time.Duration
	fails error
	most  int // orders with it at once
	now   int
	made  []store.Acceptance
	next  store.Number
	id    string
}

var errOutage = errors.New("no answer")

func (s *shop) Fulfil(ctx context.Context, a store.Acceptance) (store.Order, bool, error) {
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	takes, fails := s.takes, s.fails
	s.mu.Unlock()
	if fails == nil {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			fails = errOutage
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now--
	if fails != nil {
		return store.Order{}, false, &store.Error{Kind: store.Unavailable, Err: fails}
	}
	s.made = append(s.made, a)
	return store.Order{Number: a.Number, UID: a.UID, Token: a.Token, Status: store.Placed, Version: 1}, true, nil
}

func (s *shop) PlacedBefore(_ context.Context, _ store.Placement, refusal error) (store.Order, bool, error) {
	return store.Order{}, false, refusal
}

func (s *shop) Order(_ context.Context, n store.Number) (store.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.made {
		if a.Number == n {
			return store.Order{Number: n, UID: a.UID, Token: a.Token, Status: store.Placed, Version: 1}, s.fails
		}
	}
	return store.Order{}, store.Errorf(store.NotFound, "There is no such order.")
}

func (s *shop) OrderByToken(context.Context, string) (store.Order, error) {
	return store.Order{}, store.Errorf(store.NotFound, "There is no such order.")
}

func (s *shop) Cancel(context.Context, store.Actor, store.Number, string) error { return nil }

func (s *shop) LeaseNumbers(_ context.Context, floor store.Number, count int) (store.Number, store.Number, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return 0, 0, s.fails
	}
	first := max(s.next, floor) + 1
	s.next = first + store.Number(count) - 1
	return first, s.next, nil
}

func (s *shop) IdentityInRedis(context.Context) (store.Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return store.Identity{ID: s.id, Key: "key"}, s.fails
}

func (s *shop) Seal(context.Context) (*seal.Seal, error) { return seal.New([]byte("key")), nil }

func (s *shop) Ping(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fails
}

func (s *shop) set(change func(*shop)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func products() store.Directory {
	d := store.Directory{Products: map[string]store.Product{}}
	for _, id := range []string{"prod1", "prod2", "prod3"} {
		d.Products[id] = store.Product{ID: id, Name: id}
	}
	return d
}

func open(t *testing.T, s *shop) *Intake {
	t.Helper()
	s.id = "shop"
	j, err := journal.Open(journal.Options{Path: filepath.Join(t.TempDir(), "journal.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return New(Options{
		Live: s, Patient: s, Pages: s, Journal: j, Directory: func(context.Context) (store.Directory, error) { return products(), nil },
		Outage: func(err error) bool { return errors.Is(err, errOutage) }, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Within: 100 * time.Millisecond, AtOnce: 4, Numbers: 500,
	})
}

// running runs the intake until the test ends, or until stop is called.
func running(t *testing.T, i *Intake) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- i.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func wish(key string, lines ...store.Line) store.Placement {
	return store.Placement{Caller: "shop", Key: key, Who: store.Actor{Role: store.Customer}, Draft: store.Draft{
		Recipient: store.Recipient{Name: "Anna", Email: "anna@example.com", Address: store.Address{Line1: "Długa 1", City: "Gdańsk", PostalCode: "80-001", Country: "PL"}},
		Lines:     lines, Speed: store.Standard,
	}}
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came to: %s", what)
		}
	}
}

// pages is a log that can be read while it is written.
type pages struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *pages) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(line)
}

// tells counts the lines that say something.
func (p *pages) tells(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Count(p.text.String(), what)
}

// TestOneWaitsForAll: with the first answer that does not come in time nobody asks any more; all that was
// taken meanwhile is made once Redis answers, in the order of acceptance. The log tells of it once, also when
// a customer was the first to notice.
func TestOneWaitsForAll(t *testing.T) {
	s, log := &shop{}, &pages{}
	i := open(t, s)
	i.Log = slog.New(slog.NewTextHandler(log, nil))
	running(t, i)
	if o, created, err := i.Place(t.Context(), wish("first", store.Line{Product: "prod1", Quantity: 1})); err != nil || !created || o.Status != store.Placed {
		t.Fatalf("%v %v %+v", created, err, o)
	}
	s.set(func(s *shop) { s.fails, s.most = errOutage, 0 })
	var numbers []store.Number
	for n := range 50 {
		o, created, err := i.Place(t.Context(), wish(fmt.Sprint(n), store.Line{Product: "prod1", Quantity: 1}))
		if err != nil || !created || o.Status != store.Received {
			t.Fatalf("%v %v %+v", created, err, o)
		}
		numbers = append(numbers, o.Number)
	}
	if !i.Stats().Away || i.Stats().Pending != 50 || !i.CanTake() {
		t.Errorf("%+v", i.Stats())
	}
	time.Sleep(settling)
	s.set(func(s *shop) { s.fails, s.made = nil, nil })
	await(t, "all are made", func() bool { return i.Stats().Replayed == 50 })
	s.set(func(s *shop) {
		for n, a := range s.made {
			if a.Number != numbers[n] || !a.Told {
				t.Fatalf("place %d: order %s, want %s; told %v", n, a.Number, numbers[n], a.Told)
			}
		}
	})
	await(t, "the journal knows it", func() bool { return i.Stats().Pending == 0 })
	if gone, back := log.tells("redis is away: orders are taken"), log.tells("redis is back"); gone != 1 || back != 1 {
		t.Errorf("the log tells %d times that redis is away, %d times that it is back", gone, back)
	}
}

// TestCrowdIsLoadAndNoOutage: more customers than connections wait for one another, within limits, and
// the gate stays open.
func TestCrowdIsLoadAndNoOutage(t *testing.T) {
	s := &shop{takes: 60 * time.Millisecond}
	i := open(t, s)
	if err := i.leaseOnce(t.Context(), 40); err != nil { // a slow disk is another test's matter
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			if _, created, err := i.Place(context.Background(), wish(fmt.Sprint(n), store.Line{Product: "prod1", Quantity: 1})); err != nil || !created {
				t.Errorf("%v %v", created, err)
			}
		})
	}
	all.Wait()
	if s.most > 4 || i.Stats().Away {
		t.Errorf("%d at once; away: %v", s.most, i.Stats().Away)
	}
}

// TestTheSameWishAtOnce from many goroutines is one order, and all hear of it.
func TestTheSameWishAtOnce(t *testing.T) {
	s := &shop{takes: 20 * time.Millisecond}
	i := open(t, s)
	var mu sync.Mutex
	numbers, made := map[store.Number]bool{}, 0
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			o, created, err := i.Place(context.Background(), wish("double click", store.Line{Product: "prod1", Quantity: 1}))
			mu.Lock()
			defer mu.Unlock()
			if numbers[o.Number] = true; created {
				made++
			}
			if err != nil || o.Status != store.Placed {
				t.Errorf("%v %+v", err, o)
			}
		})
	}
	all.Wait()
	if len(numbers) != 1 || made != 1 || len(s.made) != 1 {
		t.Errorf("%d numbers, %d created, %d made", len(numbers), made, len(s.made))
	}
}

// TestAHeldGate takes orders and makes none; so does a Redis that turns out to be another shop's.
func TestAHeldGate(t *testing.T) {
	s := &shop{}
	i := open(t, s)
	release := i.Hold("somebody restores")
	running(t, i)
	place := func(key string, want store.Status) {
		t.Helper()
		if o, _, err := i.Place(t.Context(), wish(key, store.Line{Product: "prod1", Quantity: 1})); err != nil || o.Status != want {
			t.Errorf("%s: %v %+v", key, err, o)
		}
	}
	place("held", store.Received)
	if held := i.Stats().Held; len(held) != 1 || len(s.made) != 0 {
		t.Errorf("held %v, made %v", held, s.made)
	}
	release()
	await(t, "it is made", func() bool { return i.Stats().Replayed == 1 })
	await(t, "the journal knows its shop", func() bool { return i.Journal.Shop() == "shop" })
	s.set(func(s *shop) { s.id = "" })
	await(t, "the empty Redis is noticed", func() bool { return len(i.Stats().Held) == 1 })
	place("empty", store.Received)
	s.set(func(s *shop) { s.id = "shop" })
	await(t, "the shop is back", func() bool { return i.Stats().Replayed == 2 })
	place("back", store.Placed)
}

// TestLanes: orders for the same product follow each other, others go beside them, and nobody overtakes.
func TestLanes(t *testing.T) {
	entry := func(n store.Number, products ...string) journal.Entry {
		e := journal.Entry{Seq: uint64(n)}
		e.Number = n
		for _, p := range products {
			e.Draft.Lines = append(e.Draft.Lines, store.Line{Product: p, Quantity: 1})
		}
		return e
	}
	l := lanes{going: map[store.Number][]string{}, waiting: []journal.Entry{
		entry(1, "a"), entry(2, "a", "b"), entry(3, "b"), entry(4, "c"), entry(5, "a"),
	}}
	take := func() (started []store.Number) {
		for {
			e, ok := l.next()
			if !ok {
				return started
			}
			started = append(started, e.Number)
		}
	}
	for _, step := range []struct {
		ends store.Number
		want []store.Number
	}{{0, []store.Number{1, 4}}, {4, nil}, {1, []store.Number{2}}, {2, []store.Number{3, 5}}} {
		l.done(step.ends)
		if got := take(); !slices.Equal(got, step.want) {
			t.Errorf("after order %s began %v, want %v", step.ends, got, step.want)
		}
	}
}

// TestReplayLeavesRoom: beside customers of the moment few are made later at once, and fewer when those wait
// long.
func TestReplayLeavesRoom(t *testing.T) {
	var p pace
	within := 100 * time.Millisecond
	if n, pause := p.room(within); n != replaysAtMost || pause != 0 {
		t.Errorf("alone: %d, %s", n, pause)
	}
	p.live(5 * time.Millisecond)
	if n, pause := p.room(within); n != replaysBeside || pause != 0 {
		t.Errorf("beside customers: %d, %s", n, pause)
	}
	for range 50 {
		p.live(80 * time.Millisecond)
	}
	if n, pause := p.room(within); n != 1 || pause == 0 {
		t.Errorf("beside customers who wait: %d, %s", n, pause)
	}
}
