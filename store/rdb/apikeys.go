package rdb

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"slices"

	"waybill/store"
)

// maxAPIKeys bounds how many keys there are at a time: each request looks through all of them.
const maxAPIKeys = 100

// AddAPIKey lets a program in from now on. Invalid when the name is taken, or there are too many keys.
// Keys: api.keys.
func (s *Store) AddAPIKey(ctx context.Context, key store.APIKey) error {
	if n, err := s.client.HLen(ctx, keyAPIKeys).Result(); err != nil || n >= maxAPIKeys {
		if err == nil {
			err = store.Errorf(store.Invalid, "There are %d keys already. Revoke one that nobody uses.", maxAPIKeys)
		}
		return wrap("add API key", err)
	}
	added, err := s.client.HSetNX(ctx, keyAPIKeys, key.Name, encode(key)).Result()
	if err == nil && !added {
		err = &store.Error{Kind: store.Invalid, Message: "There is a key of this name already.", Fields: map[string]string{"name": "There is a key of this name already. Choose another one."}}
	}
	return wrap("add API key", err)
}

// APIKeys lists all keys by name.
func (s *Store) APIKeys(ctx context.Context) ([]store.APIKey, error) {
	entries, err := s.client.HVals(ctx, keyAPIKeys).Result()
	if err != nil {
		return nil, wrap("API keys", err)
	}
	var keys []store.APIKey
	for _, entry := range entries {
		var key store.APIKey
		if json.Unmarshal([]byte(entry), &key) == nil {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b store.APIKey) int { return cmp.Compare(a.Name, b.Name) })
	return keys, nil
}

// APIKey finds the key whose secret has this SHA-256; NotFound when there is none. All keys are compared,
// in constant time each.
func (s *Store) APIKey(ctx context.Context, sum string) (store.APIKey, error) {
	keys, err := s.APIKeys(ctx)
	if err != nil {
		return store.APIKey{}, err
	}
	for _, key := range keys {
		if subtle.ConstantTimeCompare([]byte(key.Sum), []byte(sum)) == 1 {
			return key, nil
		}
	}
	return store.APIKey{}, store.Errorf(store.NotFound, "This API key is not known.")
}

// RevokeAPIKey shuts a program out at once. NotFound when there is no such key.
func (s *Store) RevokeAPIKey(ctx context.Context, name string) error {
	gone, err := s.client.HDel(ctx, keyAPIKeys, name).Result()
	if err == nil && gone == 0 {
		err = store.Errorf(store.NotFound, "There is no key of this name any more.")
	}
	return wrap("revoke API key", err)
}
