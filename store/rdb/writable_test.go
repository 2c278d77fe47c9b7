package rdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/journal"
)

// fullDisk is a Keeper whose disk has room for so many more changes, and none after that until somebody makes
// room.
type fullDisk struct {
	room int           // negative: enough
	hung chan struct{} // Keep waits for it, if there is one

	mu       sync.Mutex
	failing  error
	versions map[string]int // of all that it was given, kept or remembered
}

func (d *fullDisk) Keep(_ context.Context, changes ...journal.Change) error {
	if d.hung != nil {
		<-d.hung
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room == 0 {
		d.failing = errors.New("no space left on device")
	}
	d.room--
	d.remember(changes)
	return d.failing
}

func (d *fullDisk) KeepSoon(changes ...journal.Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remember(changes)
}

func (d *fullDisk) remember(changes []journal.Change) {
	if d.versions == nil {
		d.versions = map[string]int{}
	}
	for _, c := range changes {
		d.versions[c.Key] = max(d.versions[c.Key], c.Version)
	}
}

func (d *fullDisk) Failing() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failing
}

// set makes room for so many changes; none is a disk that is known to be full.
func (d *fullDisk) set(room int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room, d.failing = room, nil; room == 0 {
		d.failing = errors.New("no space left on device")
	}
}

const (
	notDone = "so this was not done"
	notSure = "so it may not last"
)

// says tells whether an error is an outage in these words.
func says(err error, words string) bool {
	return store.KindOf(err) == store.Unavailable && err != nil && strings.Contains(store.MessageOf(err), words)
}

// Each flow meets a disk that is full: from the beginning, so that nothing is changed; and after each of the
// changes that it writes down, so that whoever asked is told, what stands in Redis is remembered in its newest
// version, and what follows from it is done by the sweeper all the same. While the disk is full, and not one
// moment longer, the flow is refused, also where it has happened already. In the end it has happened once.
func TestEveryFlowMeetsAFullDisk(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, saga := range sagas() {
		if !ours(saga) {
			refusedBefore(t, l, saga)
		}
		for room := 0; !meetsFullDisk(t, l, saga, room) && !t.Failed(); room++ {
		}
		if t.Failed() {
			return
		}
	}
}

// ours tells whether a flow is none that people ask the Store for: orders come by the intake, which has written
// them down.
func ours(s saga) bool {
	return strings.HasPrefix(s.name, "adopt") || strings.HasPrefix(s.name, "place")
}

// refusedBefore asks for a flow while the disk is known to be full: nothing at all is written.
func refusedBefore(t *testing.T, l *lab, saga saga) {
	t.Helper()
	healthy := l.shop(t)
	order := saga.prepare(t, healthy)
	disk := &fullDisk{}
	disk.set(0)
	healthy.kept.by = disk
	if _, err := healthy.uid(t.Context(), "who", "what"); err != nil {
		t.Fatal(err)
	}
	before := everything(t, healthy)
	if err := saga.act(t.Context(), healthy.ForPeople(), order); !says(err, notDone) {
		t.Errorf("%s, on a full disk: %v", saga.name, err)
	}
	if after := everything(t, healthy); !maps.Equal(before, after) {
		for key, value := range after {
			if before[key] != value {
				t.Errorf("%s, refused on a full disk, has changed %s", saga.name, key)
			}
		}
	}
}

// meetsFullDisk has a flow meet a disk that gets full with the next change after so many. It tells whether
// there was room for all.
func meetsFullDisk(t *testing.T, l *lab, saga saga, room int) (enough bool) {
	t.Helper()
	ctx := t.Context()
	usual, healthy := l.usually(t, saga), l.shop(t)
	order := saga.prepare(t, healthy)
	disk := &fullDisk{room: room}
	ask := func(s *Store) error {
		s.kept.by = disk
		if ours(saga) {
			return saga.act(ctx, s, order)
		}
		return saga.act(ctx, s.ForPeople(), order)
	}
	refused := func(where string, err error) {
		t.Helper()
		if ours(saga) && err != nil || !ours(saga) && !says(err, notDone) {
			t.Errorf("%s: %v", where, err)
		}
	}
	node := newStore(l.client)
	err := ask(node)
	if disk.Failing() == nil {
		if err != nil {
			t.Errorf("%s, with room for %d changes: %v", saga.name, room, err)
		}
		return true
	}
	where := fmt.Sprintf("%s, room for %d changes", saga.name, room)
	if err != nil && (ours(saga) || !says(err, notSure) && !says(err, notDone)) {
		t.Errorf("%s: %v", where, err)
	}
	if room == 0 && err == nil && !ours(saga) {
		t.Errorf("%s: its first change could not be written down, and it was a yes", where)
	}
	refused(where+", asked again", ask(node))
	later := l.later()
	later.kept.by = disk
	sweep(t, later, where)
	refused(where+", asked again after the sweeper", ask(later))
	if n := order.Number; n != 0 && disk.versions[aboutOrder+n.String()] != 0 && disk.versions[aboutOrder+n.String()] != mustOrder(t, later, n).Version {
		t.Errorf("%s: version %d is remembered, Redis has %d", where, disk.versions[aboutOrder+n.String()], mustOrder(t, later, n).Version)
	}
	disk.set(-1)
	if err := ask(later); err != nil && store.KindOf(err) != store.Conflict {
		t.Errorf("%s, asked again with room: %v", where, err)
	}
	sweep(t, later, where+", asked again")
	happenedOnce(t, later, saga, order, usual, where)
	return false
}

// everything is all that there is in Redis.
func everything(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for key := range keysLike(t.Context(), s, "*") {
		dump, err := s.client.Dump(t.Context(), key).Result()
		must(t, err)
		all[key] = dump
	}
	return all
}

// Somebody presses twice while the disk hangs: that it is done already is no answer before it is written down.
func TestASecondPressWaitsForTheDisk(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	o := mustPlace(t, s, line("prod1", 1))
	for _, act := range []func(*Store) error{
		func(s *Store) error { return s.Pack(t.Context(), clerk, o.Number, "prod1", 1) },
		func(s *Store) error {
			_, err := s.SetStock(t.Context(), clerk, "warehouse1", "prod1", 500, "counted")
			return err
		},
		func(s *Store) error {
			_, err := s.Adjust(t.Context(), clerk, store.Adjustment{Warehouse: "warehouse1", Product: "prod1", Kind: store.MoveAdjusted, Change: 1, Reason: "found", Key: "1"})
			return err
		},
	} {
		disk := &fullDisk{hung: make(chan struct{})}
		s.kept.by = disk
		answers := make(chan error, 2)
		for range 2 {
			go func() { answers <- act(s.ForPeople()) }()
		}
		select {
		case err := <-answers:
			t.Errorf("answered before anything was written down: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		close(disk.hung)
		for range 2 {
			if err := <-answers; !says(err, notSure) && !says(err, notDone) {
				t.Errorf("on a disk that was full after all: %v", err)
			}
		}
		disk.set(-1)
		must(t, act(s.ForPeople()))
	}
	check(t, s)
}
