// Package standby is what a node knows of its shop while Redis is away: what is sold and where it
// lies, which programs may ask, who the shop is, and how much there was of everything when somebody
// last looked. Copies are kept in memory and on the node's own disk, so that customers can order
// also from a node that was started in an outage.
//
// Nothing is promised from a copy. Whoever shows one says that it is one.
package standby

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"waybill/store"
)

// Shop is the shop in Redis, as store/rdb has it.
type Shop interface {
	IdentityInRedis(ctx context.Context) (store.Identity, error)
	Remember(known store.Identity)
	Directory(ctx context.Context) (store.Directory, error)
	Catalogue(ctx context.Context) ([]store.Offer, error)
	APIKeys(ctx context.Context) ([]store.APIKey, error)
	APIKey(ctx context.Context, sum string) (store.APIKey, error)
}

// Disk keeps copies, as store/journal does.
type Disk interface {
	SaveSnapshot(ctx context.Context, name string, data []byte) error
	Snapshot(name string) (data []byte, at time.Time)
}

// Options are what a Standby is made of.
type Options struct {
	Shop Shop
	Disk Disk
	Now  func() time.Time
	Log  *slog.Logger
}

// Standby answers from Redis, and from its copies while Redis is away. All methods may be called by many
// goroutines at once.
type Standby struct {
	Options

	mu      sync.RWMutex
	known   known
	strange bool // Redis holds another shop, or none: only the copies tell of this one

	looking sync.Mutex
	saved   map[string]saved // only whoever looks touches it
}

// known is the copies, and when they were last found to be true.
type known struct {
	at        time.Time
	identity  store.Identity
	directory store.Directory
	offers    map[string]offer
	keys      []store.APIKey
}

// offer is what is remembered of a product's availability.
type offer struct {
	Free     int
	Full     bool
	Expected time.Time `json:",omitzero"`
}

// saved is what lies on the disk under a name.
type saved struct {
	sum [sha256.Size]byte
	at  time.Time
}

// The names of the copies on the disk.
const (
	copyOfShop      = "shop" // id, key and API keys
	copyOfDirectory = "directory"
	copyOfOffers    = "offers"
)

type shopCopy struct {
	Identity store.Identity
	Keys     []store.APIKey
}

// New makes a Standby with what lies on the disk, and tells the shop who it is, if that is known.
func New(o Options) *Standby {
	s := &Standby{Options: o, saved: map[string]saved{}}
	s.load()
	if s.known.identity.Whole() {
		o.Shop.Remember(s.known.identity)
	}
	return s
}

// Kept tells whether a disk holds enough of a shop to take orders without Redis.
func Kept(disk Disk) bool {
	s := &Standby{Options: Options{Disk: disk}, saved: map[string]saved{}}
	s.load()
	return s.Ready()
}

// load reads the copies. One that cannot be read is as good as none.
func (s *Standby) load() {
	var shop shopCopy
	for name, into := range map[string]any{copyOfShop: &shop, copyOfDirectory: &s.known.directory, copyOfOffers: &s.known.offers} {
		data, at := s.Disk.Snapshot(name)
		if data == nil || json.Unmarshal(data, into) != nil {
			continue
		}
		s.saved[name] = saved{sha256.Sum256(data), at}
		if name == copyOfOffers {
			s.known.at = at
		}
	}
	s.known.identity, s.known.keys = shop.Identity, shop.Keys
}

// Ready tells whether customers can order while Redis is away.
func (s *Standby) Ready() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known.identity.Whole() && len(s.known.directory.Products) > 0
}

// Identity is the shop's id and key as far as this node knows; the zero value, if it has never been told.
func (s *Standby) Identity() store.Identity {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known.identity
}

// ask asks Redis, unless it is known to hold another shop.
func ask[T any](s *Standby, redis func() (T, error)) (T, error) {
	s.mu.RLock()
	strange := s.strange
	s.mu.RUnlock()
	if strange {
		var none T
		return none, &store.Error{Kind: store.Unavailable, Message: "Our records cannot be reached right now. Please try again in a moment.", Err: ErrOtherShop}
	}
	return redis()
}

// Copy gives the products and warehouses as they were when somebody last looked.
func (s *Standby) Copy() store.Directory {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known.directory
}

// Directory gives the products and warehouses, from Redis or else from the copy.
func (s *Standby) Directory(ctx context.Context) (store.Directory, error) {
	d, err := ask(s, func() (store.Directory, error) { return s.Shop.Directory(ctx) })
	if store.KindOf(err) != store.Unavailable {
		return d, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.known.directory.Products) == 0 {
		return store.Directory{}, err
	}
	return s.known.directory, nil
}

// Catalogue gives every product that is sold and how much there is of it. From a copy, each offer says
// as of when.
func (s *Standby) Catalogue(ctx context.Context) ([]store.Offer, error) {
	offers, err := ask(s, func() ([]store.Offer, error) { return s.Shop.Catalogue(ctx) })
	if store.KindOf(err) != store.Unavailable {
		return offers, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.known.directory.Products) == 0 {
		return nil, err
	}
	return s.known.catalogue(), nil
}

func (k known) catalogue() []store.Offer {
	var offers []store.Offer
	for _, id := range k.directory.ProductIDs {
		if k.directory.Sold(id) {
			o := k.offers[id]
			offers = append(offers, store.Offer{Product: k.directory.Products[id], Free: o.Free, Full: o.Full, Expected: o.Expected, AsOf: k.at})
		}
	}
	return offers
}

// APIKey finds the key whose secret has this SHA-256; NotFound.
func (s *Standby) APIKey(ctx context.Context, sum string) (store.APIKey, error) {
	key, err := ask(s, func() (store.APIKey, error) { return s.Shop.APIKey(ctx, sum) })
	if store.KindOf(err) != store.Unavailable {
		return key, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !s.known.identity.Whole() {
		return store.APIKey{}, err
	}
	for _, key := range s.known.keys {
		if subtle.ConstantTimeCompare([]byte(key.Sum), []byte(sum)) == 1 {
			return key, nil
		}
	}
	return store.APIKey{}, store.Errorf(store.NotFound, "This API key is not known.")
}

// ErrOtherShop says that Redis holds another shop than this node's disk, or none: nothing of the one must
// get into the other.
var ErrOtherShop = errors.New("Redis holds another shop than the data directory")

// check compares who the shop in Redis is with what this node knows.
func (s *Standby) check(found store.Identity) error {
	switch known := s.Identity(); {
	case !known.Whole() || found == known:
		return nil
	case found.ID == "":
		return fmt.Errorf("%w: it is empty", ErrOtherShop)
	}
	return ErrOtherShop
}
