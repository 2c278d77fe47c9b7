package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// ErrBadURL is what Open and PatientClient wrap when a URL cannot be used. The
// messages never repeat any part of the URL: a slip of the keyboard puts pieces
// of the password where the port or the path should be.
var ErrBadURL = errors.New("this is not an address of a Redis")

// base copies what both kinds of client share: who we are, and none of the
// library's extra chatter on each new connection. What the URL set is kept.
func base(from *redis.Options) *redis.Options {
	opt := *from
	opt.ClientName = cmp.Or(opt.ClientName, "waybill")
	opt.DisableIdentity = true
	opt.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	opt.ContextTimeoutEnabled = true
	opt.DialerRetries = 1
	opt.PipelinePoolSize = cmp.Or(opt.PipelinePoolSize, -1) // one pool, so that its size means something
	return &opt
}

// impatient is for the request path: a stopped Redis must not hold a page.
func impatient(from *redis.Options) *redis.Options {
	opt := base(from)
	opt.DialTimeout = cmp.Or(opt.DialTimeout, 250*time.Millisecond)
	opt.ReadTimeout = cmp.Or(opt.ReadTimeout, 400*time.Millisecond)
	opt.WriteTimeout = cmp.Or(opt.WriteTimeout, 400*time.Millisecond)
	opt.PoolTimeout = cmp.Or(opt.PoolTimeout, 250*time.Millisecond)
	opt.PoolSize = cmp.Or(opt.PoolSize, 32)
	opt.MinIdleConns = cmp.Or(opt.MinIdleConns, 4)
	opt.MaxRetries = cmp.Or(opt.MaxRetries, -1)
	return opt
}

// patient is for subscriptions, blocking reads and background work.
func patient(from *redis.Options) *redis.Options {
	opt := base(from)
	opt.DialTimeout = cmp.Or(opt.DialTimeout, time.Second)
	opt.ReadTimeout = cmp.Or(opt.ReadTimeout, 5*time.Second)
	opt.WriteTimeout = cmp.Or(opt.WriteTimeout, 5*time.Second)
	opt.PoolTimeout = cmp.Or(opt.PoolTimeout, 5*time.Second)
	opt.PoolSize = cmp.Or(opt.PoolSize, 32)
	opt.MaxRetries = cmp.Or(opt.MaxRetries, -1)
	return opt
}

// PlacingAtOnce is how many orders may be placed at the same time.
const PlacingAtOnce = 32

// placing is for orders whose customers wait: deadlines come with each of them.
func placing(from *redis.Options) *redis.Options {
	opt := base(from)
	opt.PoolSize = PlacingAtOnce
	opt.MinIdleConns = 4
	opt.DialTimeout, opt.ReadTimeout, opt.WriteTimeout, opt.PoolTimeout = time.Second, 5*time.Second, 5*time.Second, time.Second
	opt.MaxRetries = -1
	return opt
}

// PatientClient makes one more client like Engine.Listening, for commands and
// tests that have a URL but no engine. The caller closes it.
func PatientClient(url string) (redis.UniversalClient, error) {
	t, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, fmt.Errorf("%w: it is empty", ErrBadURL)
	}
	return t.client(patient(t.opt), false), nil
}

// awaitPing returns once Redis answers. A Redis that is loading its data is
// waited for until ctx ends, one that cannot be reached for patience; one that
// answers with any other error (a wrong password) is not asked again. It gives
// up as soon as dead is closed.
func awaitPing(ctx context.Context, t *target, patience time.Duration, dead <-chan struct{}) error {
	giveUp := time.Now().Add(patience)
	for pause := time.Millisecond; ; pause = min(pause*2, 50*time.Millisecond) {
		err := t.ping(ctx)
		if err == nil {
			return nil
		}
		var reply redis.Error
		switch loading := redis.IsLoadingError(err); {
		case loading:
			giveUp = time.Now().Add(patience)
		case errors.As(err, &reply), time.Now().After(giveUp):
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (at last: %w)", ctx.Err(), err)
		case <-dead:
			return err
		case <-time.After(pause):
		}
	}
}

// RouteLibraryLog sends what go-redis itself has to say to log, at debug level.
// The library has one logger for the whole process, so call it once, from main.
func RouteLibraryLog(log *slog.Logger) { redis.SetLogger(libraryLog{log}) }

type libraryLog struct{ log *slog.Logger }

func (l libraryLog) Printf(ctx context.Context, format string, v ...any) {
	if l.log.Enabled(ctx, slog.LevelDebug) {
		l.log.DebugContext(ctx, "go-redis: "+fmt.Sprintf(format, v...))
	}
}
