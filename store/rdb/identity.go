package rdb

import (
	"context"
	"errors"
	"sync"

	"waybill/store"
	"waybill/store/seal"
)

// identity is who this shop is, once it is known.
type identity struct {
	mu    sync.Mutex
	known store.Identity
	seal  *seal.Seal
}

// Identity gives the shop's id and key: they are made once and kept in Redis, so that all nodes agree.
// Once known they are not asked for again. Keys: shop.
func (s *Store) Identity(ctx context.Context) (store.Identity, error) {
	s.identity.mu.Lock()
	known := s.identity.known
	s.identity.mu.Unlock()
	if known.Whole() {
		return known, nil
	}
	for _, field := range []struct{ name, fresh string }{{"key", s.newID() + s.newID()}, {"id", s.newID()}} {
		if err := s.client.HSetNX(ctx, keyShop, field.name, field.fresh).Err(); err != nil {
			return store.Identity{}, wrap("identity", err)
		}
	}
	found, err := s.IdentityInRedis(ctx)
	if err == nil && !found.Whole() {
		err = errors.New("the shop has no id or no key")
	}
	if err != nil {
		return store.Identity{}, wrap("identity", err)
	}
	s.Remember(found)
	return found, nil
}

// IdentityInRedis reads the shop's id and key as they stand in Redis now, and makes none: both are empty
// in a Redis that has never seen a shop. Keys: shop.
func (s *Store) IdentityInRedis(ctx context.Context) (store.Identity, error) {
	values, err := s.client.HMGet(ctx, keyShop, "id", "key").Result()
	if err != nil {
		return store.Identity{}, wrap("identity", err)
	}
	return store.Identity{ID: text(values[0]), Key: text(values[1])}, nil
}

// PutIdentity writes who the shop is into a Redis that does not know of any shop. It is an error when
// another one is there. Keys: shop.
func (s *Store) PutIdentity(ctx context.Context, known store.Identity) error {
	for field, value := range map[string]string{"key": known.Key, "id": known.ID} {
		if err := s.client.HSetNX(ctx, keyShop, field, value).Err(); err != nil {
			return wrap("put identity", err)
		}
	}
	found, err := s.IdentityInRedis(ctx)
	if err == nil && found != known {
		err = store.Errorf(store.Conflict, "There is another shop in this Redis.")
	}
	return err
}

// Remember tells the store who the shop is, from before: so links can be made and opened while Redis is
// away.
func (s *Store) Remember(known store.Identity) {
	s.identity.mu.Lock()
	defer s.identity.mu.Unlock()
	s.identity.known, s.identity.seal = known, seal.New([]byte(known.Key))
}

// Seal gives what makes and opens the links of this shop's customers.
func (s *Store) Seal(ctx context.Context) (*seal.Seal, error) {
	if _, err := s.Identity(ctx); err != nil {
		return nil, err
	}
	s.identity.mu.Lock()
	defer s.identity.mu.Unlock()
	return s.identity.seal, nil
}

// uid names a wish to place an order.
func (s *Store) uid(ctx context.Context, caller, key string) (string, error) {
	seal, err := s.Seal(ctx)
	if err != nil {
		return "", err
	}
	return seal.Wish(caller, key), nil
}

// giveLink gives an order the token of its customer's link, unless it has one.
func (s *Store) giveLink(ctx context.Context, o *store.Order) error {
	if o.Token != "" {
		return nil
	}
	shop, err := s.Seal(ctx)
	if err == nil {
		o.Token = shop.Token(seal.NewTicket(o.Number, o.UID, o.PlacedAt, o.Lines))
	}
	return err
}
