// Package engine decides which Redis Waybill runs on, starts it where it must,
// and hands out the clients that the rest of the house talks to it with.
//
// There are three kinds: a Redis that somebody else runs (a URL), a private
// redis-server that Waybill starts and looks after, and, on a machine without
// one, a Redis inside this process whose data ends with it.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Kind says who runs the Redis.
type Kind string

const (
	// External is a Redis that was named by a URL; Waybill never starts or stops it.
	External Kind = "external"
	// Child is a private redis-server (or valkey-server) that Waybill supervises.
	Child Kind = "child"
	// Memory is miniredis inside this process: all data ends with the process.
	Memory Kind = "memory"
)

// Options say what Open should run on. The zero value is a Redis in memory.
type Options struct {
	// URL of a Redis to use: redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://
	// (see parseURL). Empty: run our own.
	URL string
	// DataDir is made if it is missing (0700) and locked until Close, so that two
	// Waybills never share one. Empty: nothing is locked, and our own Redis is in memory.
	DataDir string
	// Memory asks for a Redis in this process even where a redis-server is installed.
	Memory bool
	// Patience is how long an external Redis may be unreachable before Open gives up;
	// 0 means 5 s. The time in which a Redis loads its data is not counted.
	Patience time.Duration
	// Prepare, if it is there, is called once the data directory is locked and before any
	// Redis is looked for: whatever else needs the directory can be opened then. True says that
	// an external Redis may be away for now; Away then tells whether it is.
	Prepare func(kind Kind) (mayBeAway bool, err error)
	// Log hears what the engine and its child do. Nil is silence.
	Log *slog.Logger
}

// awayPatience is how long an external Redis that may be away is waited for at the start.
const awayPatience = time.Second

// Engine is a Redis that answers, and the clients to it. All methods may be
// called at once from many goroutines.
type Engine struct {
	kind      Kind
	address   string
	client    redis.UniversalClient
	listening redis.UniversalClient
	placing   redis.UniversalClient
	cluster   bool
	partly    partly
	away      error
	stop      func(context.Context) error
	lock      *dirLock
	servers   servers

	closing sync.Once
	closed  error
}

// Open finds or starts Redis and returns once it answers PING. It returns an
// *InUseError when another Waybill holds the data directory, ErrBadURL (wrapped)
// for a URL that cannot be used, and otherwise why Redis did not answer.
// No error and no log line contains a password. ctx bounds the start only.
func Open(ctx context.Context, opts Options) (*Engine, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{stop: func(context.Context) error { return nil }}
	if err := e.open(ctx, opts); err != nil {
		return nil, errors.Join(err, e.Close(context.WithoutCancel(ctx)))
	}
	if e.away != nil {
		opts.Log.Warn("redis is away, and looked for", "address", e.address, "error", e.away)
	} else {
		opts.Log.Info("redis is ready", "kind", e.kind, "address", e.address)
	}
	return e, nil
}

// open takes the data directory, then Redis, then the clients, in this order, so
// that Close can give back whatever part of it was reached.
func (e *Engine) open(ctx context.Context, opts Options) error {
	at, err := parseURL(opts.URL)
	if err != nil {
		return err
	}
	if opts.DataDir != "" {
		if e.lock, err = lockDir(opts.DataDir); err != nil {
			return err
		}
	}
	program := ""
	if at == nil && !opts.Memory && opts.DataDir != "" {
		program = findServer()
	}
	switch {
	case at != nil:
		e.kind = External
	case program != "":
		e.kind = Child
	default:
		e.kind = Memory
	}
	mayBeAway := false
	if opts.Prepare != nil {
		if mayBeAway, err = opts.Prepare(e.kind); err != nil {
			return err
		}
	}
	switch e.kind {
	case External:
		err = e.reach(ctx, at, opts.Patience, mayBeAway)
	case Child:
		at, err = e.startChild(ctx, program, opts)
	default:
		at, err = e.startMemory()
	}
	if err != nil {
		return err
	}
	e.address, e.cluster = at.address(), at.kind == cluster
	greeted := func(opt *redis.Options) *redis.Options {
		if e.kind != Memory {
			opt.OnConnect = e.servers.greet
		}
		return opt
	}
	e.client = at.client(greeted(impatient(at.opt)), true)
	e.listening = at.client(greeted(patient(at.opt)), false)
	e.placing = at.client(greeted(placing(at.opt)), at.kind == cluster)
	return e.lock.note(e.address)
}

// reach waits until a Redis that is not ours answers. One that may be away is waited for shortly, unless
// it refuses us: that would not pass by itself.
func (e *Engine) reach(ctx context.Context, at *target, patience time.Duration, mayBeAway bool) error {
	if patience == 0 {
		patience = 5 * time.Second
	}
	waiting := ctx
	if mayBeAway {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, min(patience, awayPatience))
		defer cancel()
	}
	err := awaitPing(waiting, at, patience, nil)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("redis at %s does not answer: %w", at.address(), err)
	var reply redis.Error
	if refused := errors.As(err, &reply) && !redis.IsLoadingError(err); mayBeAway && !refused && ctx.Err() == nil {
		e.away = err
		return nil
	}
	return err
}

// startChild runs a private redis-server on the data directory.
func (e *Engine) startChild(ctx context.Context, program string, opts Options) (*target, error) {
	dir, err := filepath.Abs(filepath.Join(opts.DataDir, "redis"))
	if err != nil {
		return nil, err
	}
	if err := privateDir(dir); err != nil {
		return nil, err
	}
	c, err := startChild(ctx, ServerOptions{Program: program, Dir: dir, Hold: e.lock.file, Log: opts.Log})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(program), err)
	}
	e.stop = c.close
	return &target{opt: &redis.Options{Network: "unix", Addr: c.socket}}, nil
}

// startMemory runs miniredis in this process.
func (e *Engine) startMemory() (*target, error) {
	m, err := startMemory()
	if err != nil {
		return nil, fmt.Errorf("start a redis in memory: %w", err)
	}
	e.stop = func(context.Context) error { m.close(); return nil }
	return &target{opt: &redis.Options{Network: "tcp", Addr: m.server.Addr()}}, nil
}

// Kind says who runs this Redis.
func (e *Engine) Kind() Kind { return e.kind }

// Away says why an external Redis did not answer when the engine was opened; nil if it did. The clients
// find it when it is back.
func (e *Engine) Away() error { return e.away }

// Cluster tells whether it is a Redis Cluster.
func (e *Engine) Cluster() bool { return e.cluster }

// Address is a URL of this Redis without its password, to show to people and to
// other programs on this machine (redis-cli -u, or -s with the path of a unix:// address).
func (e *Engine) Address() string { return e.address }

// Client is for work that somebody waits for. It never retries, gives up on a
// silent Redis within 400 ms, heeds deadlines, and while Redis is away answers
// ErrBreakerOpen at once. A write that timed out may still have been applied.
func (e *Engine) Client() redis.UniversalClient { return e.client }

// Listening is for subscriptions, blocking reads and work in the background: it
// has connections of its own and patience of seconds. Keep blocking reads short
// (a second or so): ending their context does not wake them.
func (e *Engine) Listening() redis.UniversalClient { return e.listening }

// Placing is for orders whose customers wait: as many connections as orders may be placed at once, of
// their own, so that nobody waits for one; no breaker, for whoever places orders has a gate of their own,
// but before each server of a cluster; and no time-outs but those of contexts.
func (e *Engine) Placing() redis.UniversalClient { return e.placing }

// Notice is a sentence that every page must show, or "" when data is kept.
func (e *Engine) Notice() string {
	if e.kind != Memory {
		return ""
	}
	return "This shop keeps its data in memory only: when it is stopped, everything in it is gone. " +
		"Install redis-server, or name a Redis with --redis, to keep it."
}

// Close ends the clients, then whatever Open started, waits until it is gone and
// frees the data directory. When ctx ends first a child is killed instead of
// asked. Calling it again returns the first answer.
func (e *Engine) Close(ctx context.Context) error {
	e.closing.Do(func() { e.closed = e.close(ctx) })
	return e.closed
}

func (e *Engine) close(ctx context.Context) error {
	var errs []error
	for _, c := range []redis.UniversalClient{e.client, e.listening, e.placing} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	errs = append(errs, e.stop(ctx), e.lock.release())
	return errors.Join(errs...)
}

// privateDir makes a directory that only its owner may enter.
func privateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700)
}
