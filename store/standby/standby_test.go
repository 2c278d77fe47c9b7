package standby

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/journal"
)

// shop is a shop in a Redis that can go away.
type shop struct {
	away     error
	identity store.Identity
	dir      store.Directory
	offers   []store.Offer
	keys     []store.APIKey
	told     store.Identity
}

var gone = store.Errorf(store.Unavailable, "Redis is away.")

func newShop() *shop {
	mug := store.Product{ID: "prod1", Name: "Enamel mug"}
	old := store.Product{ID: "prod2", Name: "Old lamp", Withdrawn: true}
	return &shop{
		identity: store.Identity{ID: "shop", Key: "secret"},
		dir:      store.Directory{Products: map[string]store.Product{"prod1": mug, "prod2": old}, ProductIDs: []string{"prod1", "prod2"}},
		offers:   []store.Offer{{Product: mug, Free: 12}},
		keys:     []store.APIKey{{Name: "partner", Sum: "sum", Scopes: []string{"orders:write"}}},
	}
}

func (s *shop) IdentityInRedis(context.Context) (store.Identity, error) { return s.identity, s.away }
func (s *shop) Remember(known store.Identity)                           { s.told = known }
func (s *shop) Directory(context.Context) (store.Directory, error)      { return s.dir, s.away }
func (s *shop) Catalogue(context.Context) ([]store.Offer, error)        { return s.offers, s.away }
func (s *shop) APIKeys(context.Context) ([]store.APIKey, error)         { return s.keys, s.away }
func (s *shop) APIKey(_ context.Context, sum string) (store.APIKey, error) {
	if s.away == nil && sum != "sum" {
		return store.APIKey{}, store.Errorf(store.NotFound, "This API key is not known.")
	}
	return s.keys[0], s.away
}

func disk(t *testing.T) *journal.Journal {
	t.Helper()
	j, err := journal.Open(journal.Options{Path: filepath.Join(t.TempDir(), "journal.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func standby(s *shop, d Disk, now func() time.Time) *Standby {
	return New(Options{Shop: s, Disk: d, Now: now, Log: slog.New(slog.DiscardHandler)})
}

// TestANodeThatWasHereBefore looks once, and another process begins on the same disk while Redis is away.
func TestANodeThatWasHereBefore(t *testing.T) {
	d, redis, then := disk(t), newShop(), time.Now().UTC().Truncate(time.Second)
	if Kept(d) {
		t.Fatal("an empty disk knows a shop")
	}
	if err := standby(redis, d, func() time.Time { return then }).Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := newShop()
	after.away = gone
	s := standby(after, d, time.Now)
	if !Kept(d) || !s.Ready() || after.told != redis.identity {
		t.Fatalf("ready %v, told %v", s.Ready(), after.told)
	}
	dir, err := s.Directory(t.Context())
	if err != nil || !reflect.DeepEqual(dir, redis.dir) {
		t.Errorf("%v, %+v", err, dir)
	}
	offers, err := s.Catalogue(t.Context())
	if err != nil || len(offers) != 1 || offers[0].Free != 12 || offers[0].AsOf.Before(then) {
		t.Errorf("%v, %+v", err, offers)
	}
	if key, err := s.APIKey(t.Context(), "sum"); err != nil || key.Name != "partner" {
		t.Errorf("%v, %+v", err, key)
	}
	if _, err := s.APIKey(t.Context(), "another"); store.KindOf(err) != store.NotFound {
		t.Errorf("another key: %v", err)
	}
	after.away = nil
	if offers, err := s.Catalogue(t.Context()); err != nil || !offers[0].AsOf.IsZero() {
		t.Errorf("Redis is back, and this is a copy: %v %+v", err, offers)
	}
}

// TestOnlyAnOutageIsBridged: other failures are told, and a node that knows nothing says so.
func TestOnlyAnOutageIsBridged(t *testing.T) {
	redis := newShop()
	s := standby(redis, disk(t), time.Now)
	redis.away = gone
	if _, err := s.Directory(t.Context()); store.KindOf(err) != store.Unavailable {
		t.Errorf("without a copy: %v", err)
	}
	if _, err := s.APIKey(t.Context(), "sum"); store.KindOf(err) != store.Unavailable {
		t.Errorf("without a copy: %v", err)
	}
	redis.away = nil
	if err := s.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	defect := errors.New("a defect")
	redis.away = defect
	if _, err := s.Catalogue(t.Context()); !errors.Is(err, defect) {
		t.Errorf("a defect was hidden: %v", err)
	}
}

// TestAnotherRedisIsNotCopied: neither an empty one nor another shop's gets over the copies.
func TestAnotherRedisIsNotCopied(t *testing.T) {
	d, redis := disk(t), newShop()
	s := standby(redis, d, time.Now)
	if err := s.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, other := range []store.Identity{{}, {ID: "another", Key: "secret"}} {
		redis.identity, redis.dir = other, store.Directory{}
		if err := s.Look(t.Context()); !errors.Is(err, ErrOtherShop) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	if !s.Ready() || !Kept(d) || s.Identity().ID != "shop" {
		t.Error("the copies are spoilt")
	}
	if dir, err := s.Directory(t.Context()); err != nil || len(dir.Products) == 0 {
		t.Errorf("another shop's products are shown: %v, %+v", err, dir)
	}
	redis.identity = store.Identity{ID: "shop", Key: "secret"}
	if err := s.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if dir, err := s.Directory(t.Context()); err != nil || len(dir.Products) != 0 {
		t.Errorf("the right shop is back, and this is a copy: %v, %+v", err, dir)
	}
}

// TestOnlyChangesAreWritten: looking again costs the disk nothing, but now and then the date.
func TestOnlyChangesAreWritten(t *testing.T) {
	now := time.Now()
	d, redis := &counting{Disk: disk(t)}, newShop()
	s := standby(redis, d, func() time.Time { return now })
	look := func(want int, what string) {
		t.Helper()
		d.writes = 0
		if err := s.Look(t.Context()); err != nil || d.writes != want {
			t.Errorf("%s: %d writes, want %d: %v", what, d.writes, want, err)
		}
	}
	look(3, "the first time")
	look(0, "nothing new")
	redis.offers[0].Free--
	look(1, "one sold")
	now = now.Add(2 * savedAnew)
	look(3, "after a while")
}

type counting struct {
	Disk
	writes int
}

func (c *counting) SaveSnapshot(ctx context.Context, name string, data []byte) error {
	c.writes++
	return c.Disk.SaveSnapshot(ctx, name, data)
}
