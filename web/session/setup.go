package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	setupKey  = "setup" // set: the hashes of the tokens that may still be used
	setupLife = 24 * time.Hour
)

// Setup keeps the token with which the first account of a new shop is made. Redis holds
// only its hash, so that whoever reads Redis cannot use it.
type Setup struct{ client redis.UniversalClient }

// NewSetup keeps tokens in this Redis.
func NewSetup(client redis.UniversalClient) *Setup { return &Setup{client: client} }

// Issue makes a token that works once, within a day. Earlier tokens go on working: another
// node may just have printed one.
func (s *Setup) Issue(ctx context.Context) (string, error) {
	token := rand.Text()
	_, err := s.client.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		tx.SAdd(ctx, setupKey, hash(token))
		tx.Expire(ctx, setupKey, setupLife)
		return nil
	})
	if err != nil {
		return "", away("keep the set-up token", err)
	}
	return token, nil
}

// Valid tells whether a token may be used, without using it.
func (s *Setup) Valid(ctx context.Context, token string) (bool, error) {
	ok, err := s.client.SIsMember(ctx, setupKey, hash(token)).Result()
	if err != nil {
		return false, away("look for the set-up token", err)
	}
	return ok, nil
}

// Spend uses a token up, and every other with it. Of several callers at once it tells only
// one that the token was good.
func (s *Setup) Spend(ctx context.Context, token string) (bool, error) {
	good := false
	err := s.client.Watch(ctx, func(tx *redis.Tx) error {
		var err error
		if good, err = tx.SIsMember(ctx, setupKey, hash(token)).Result(); err != nil || !good {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error { return pipe.Del(ctx, setupKey).Err() })
		return err
	}, setupKey)
	if errors.Is(err, redis.TxFailedErr) {
		return false, nil
	}
	if err != nil {
		return false, away("use the set-up token", err)
	}
	return good, nil
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
