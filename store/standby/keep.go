package standby

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"waybill/store"
)

const (
	lookEvery  = 3 * time.Second // between two looks at what is to be copied
	lookShare  = 20              // looking may take one part in so many of the time
	lookLimit  = 10 * time.Second
	savedAnew  = time.Minute // how old the date on an unchanged copy may become
	neverKnown = "the shop is not known yet"
)

// Run keeps the copies until ctx ends. While Redis is away, or holds another shop than this node knows,
// they stay as they are.
func (s *Standby) Run(ctx context.Context) error {
	for failing := false; ; {
		began := time.Now()
		err := s.Look(ctx)
		if err != nil && !failing && ctx.Err() == nil && store.KindOf(err) != store.Unavailable {
			s.Log.Error("what is needed to take orders without Redis cannot be kept", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(lookEvery, lookShare*time.Since(began))):
		}
	}
}

// Look reads everything once, and writes to the disk what has changed. ErrOtherShop when Redis is not
// this shop's any more.
func (s *Standby) Look(ctx context.Context) error {
	s.looking.Lock()
	defer s.looking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	fresh, err := s.read(ctx)
	s.mu.Lock()
	if err == nil {
		s.known = fresh
	}
	if other := errors.Is(err, ErrOtherShop); err == nil || other {
		s.strange = other
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	s.Shop.Remember(fresh.identity)
	return errors.Join(
		s.save(ctx, copyOfShop, shopCopy{fresh.identity, fresh.keys}),
		s.save(ctx, copyOfDirectory, fresh.directory),
		s.save(ctx, copyOfOffers, fresh.offers),
	)
}

func (s *Standby) read(ctx context.Context) (known, error) {
	fresh := known{at: s.Now().UTC(), offers: map[string]offer{}}
	var err error
	if fresh.identity, err = s.Shop.IdentityInRedis(ctx); err != nil {
		return known{}, err
	}
	if err := s.check(fresh.identity); err != nil {
		return known{}, err
	}
	if !fresh.identity.Whole() {
		return known{}, store.Errorf(store.Unavailable, neverKnown)
	}
	if fresh.directory, err = s.Shop.Directory(ctx); err != nil {
		return known{}, err
	}
	offers, err := s.Shop.Catalogue(ctx)
	if err != nil {
		return known{}, err
	}
	for _, o := range offers {
		fresh.offers[o.Product.ID] = offer{o.Free, o.Full, o.Expected}
	}
	fresh.keys, err = s.Shop.APIKeys(ctx)
	return fresh, err
}

// save writes a copy if it differs from the one on the disk, or if the date on that one has become old.
func (s *Standby) save(ctx context.Context, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sum, now := sha256.Sum256(data), s.Now()
	if last := s.saved[name]; last.sum == sum && now.Sub(last.at) < savedAnew {
		return nil
	}
	if err := s.Disk.SaveSnapshot(ctx, name, data); err != nil {
		return err
	}
	s.saved[name] = saved{sum, now}
	return nil
}
