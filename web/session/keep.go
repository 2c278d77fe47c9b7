package session

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// kept is where sessions lie: one key of its own for each, so that they spread over a cluster. It is what
// scs asks of a store, and there are no sessions without a context.
type kept struct{ client redis.UniversalClient }

var errNoContext = errors.New("sessions are read and written with a context")

// FindCtx gives what a session holds; false if there is none, or it has ended.
func (k kept) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, err := k.client.Get(ctx, keyPrefix+token).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx writes a session, and when it ends.
func (k kept) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return k.client.Set(ctx, keyPrefix+token, data, max(time.Until(expiry), time.Millisecond)).Err() // 0 would mean for ever
}

// DeleteCtx ends a session.
func (k kept) DeleteCtx(ctx context.Context, token string) error {
	return k.client.Del(ctx, keyPrefix+token).Err()
}

// Find, Commit and Delete are there because scs wants them to be; it calls those with a context.
func (k kept) Find(string) ([]byte, bool, error)      { return nil, false, errNoContext }
func (k kept) Commit(string, []byte, time.Time) error { return errNoContext }
func (k kept) Delete(string) error                    { return errNoContext }
