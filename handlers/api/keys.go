package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"waybill/store"
)

// KeyStore keeps the keys that were made for programs, by the SHA-256 of their secrets.
type KeyStore interface {
	APIKey(ctx context.Context, sum string) (store.APIKey, error) // NotFound
}

// SettingsKey is the name of the key of the settings: no other key may have it, because names keep
// the idempotency keys of programs apart.
const SettingsKey = "main"

// Scopes lists what a key can be made for.
func Scopes() []string { return []string{ReadOrders, WriteOrders, ReadStock, WriteStock} }

// SumOf is what is kept of a secret.
func SumOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// SeveralKeys are the key of the settings, and those that the shop keeps.
func SeveralKeys(settings Keys, kept KeyStore) Keys { return severalKeys{settings, kept} }

type severalKeys struct {
	settings Keys
	kept     KeyStore
}

func (k severalKeys) Find(ctx context.Context, secret string) (Key, error) {
	key, err := k.settings.Find(ctx, secret)
	if store.KindOf(err) != store.Unauthorized || err == nil {
		return key, err
	}
	found, err := k.kept.APIKey(ctx, SumOf(secret))
	switch {
	case err == nil:
		return Key{Name: found.Name, Scopes: found.Scopes}, nil
	case store.KindOf(err) == store.NotFound:
		return Key{}, store.Errorf(store.Unauthorized, "This API key is not known.")
	}
	return Key{}, err
}
