package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	setupKey  = "setup" // set: the hashes of the tokens that may still be used
	setupLife = 24 * time.Hour
	claimKey  = "setup:claim" // string: somebody is making the first account at this moment
	claimLife = 10 * time.Second
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

// Claim lets one caller at a time use a token, for as long as it takes to make an account; a caller that
// dies does not hold it for long. It tells whether the token is good, and the caller's.
func (s *Setup) Claim(ctx context.Context, token string) (bool, error) {
	good, err := s.Valid(ctx, token)
	if err != nil || !good {
		return false, err
	}
	mine, err := s.client.SetNX(ctx, claimKey, hash(token), claimLife).Result()
	if err != nil {
		return false, away("use the set-up token", err)
	}
	return mine, nil
}

// Release lets others use what was claimed: no account was made.
func (s *Setup) Release(ctx context.Context) error {
	if err := s.client.Del(ctx, claimKey).Err(); err != nil {
		return away("give the set-up token back", err)
	}
	return nil
}

// Spend ends all tokens: the first account is there.
func (s *Setup) Spend(ctx context.Context) error {
	if err := s.client.Del(ctx, setupKey).Err(); err != nil {
		return away("end the set-up tokens", err)
	}
	return nil
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
