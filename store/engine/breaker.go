package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	breakAfter = 5                      // failures in a row
	probeEvery = 500 * time.Millisecond // while open, one caller in this time may try
)

// ErrBreakerOpen is the answer of Engine.Client while Redis is away: nothing was
// sent, so nothing was applied. It is a net.Error, as any other outage is.
var ErrBreakerOpen net.Error = breakerOpen{}

type breakerOpen struct{}

func (breakerOpen) Error() string {
	return "redis does not answer; it is asked again every half second"
}
func (breakerOpen) Timeout() bool   { return true }
func (breakerOpen) Temporary() bool { return true }

// breaker keeps requests from queueing up behind a Redis that is gone: a hook
// around each command of a client. Only trouble with the connection counts: an
// error reply is an answer, and waiting for a free connection is load.
type breaker struct {
	now    func() time.Time
	failed func() // hears of each failure, may be nil

	mu        sync.Mutex
	failures  int // in a row
	nextProbe time.Time
}

func newBreaker(now func() time.Time) *breaker { return &breaker{now: now} }

// allowed marks the context of a command that was let through. go-redis greets
// Redis on a new connection in the midst of that command, with commands that
// pass this hook again and are part of the same attempt.
type allowed struct{}

// around runs one command, or one pipeline, unless the breaker is open.
func (b *breaker) around(ctx context.Context, call func(context.Context) error) error {
	if ctx.Value(allowed{}) != nil {
		return call(ctx)
	}
	if err := b.allow(); err != nil {
		return err
	}
	err := call(context.WithValue(ctx, allowed{}, true))
	b.report(err)
	return err
}

// allow returns ErrBreakerOpen when nothing should be tried now.
func (b *breaker) allow() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return nil
	}
	now := b.now()
	if now.Before(b.nextProbe) {
		return ErrBreakerOpen
	}
	b.nextProbe = now.Add(probeEvery)
	return nil
}

// report hears how something that was allowed went.
func (b *breaker) report(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case outage(err):
		if b.failed != nil {
			b.failed()
		}
		b.failures++
		if b.failures == breakAfter {
			b.nextProbe = b.now().Add(probeEvery)
		}
	case answered(err):
		b.failures = 0
	}
}

// DialHook leaves dialling alone.
func (b *breaker) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook guards single commands. UNWATCH always passes: it ends a
// transaction whose connection goes back to the pool.
func (b *breaker) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "unwatch" {
			return next(ctx, cmd)
		}
		err := b.around(ctx, func(ctx context.Context) error { return next(ctx, cmd) })
		if err == ErrBreakerOpen { //nolint:errorlint // ours, not wrapped
			cmd.SetErr(err)
		}
		return err
	}
}

// ProcessPipelineHook guards pipelines and MULTI/EXEC.
func (b *breaker) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := b.around(ctx, func(ctx context.Context) error { return next(ctx, cmds) })
		if err == ErrBreakerOpen { //nolint:errorlint // ours, not wrapped
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
		}
		return err
	}
}

// Unreachable tells an error of Redis being away (to be answered with "try again
// in a moment") from one of a command. Nothing, or everything, may have been applied.
func Unreachable(err error) bool {
	return outage(err) || errors.Is(err, ErrBreakerOpen) || redis.IsLoadingError(err)
}

// outage is true for a connection that could not be made, or broke, or fell
// silent. go-redis hands out what lies inside a net.OpError when the greeting of
// a new connection failed. A context that ended while waiting for the pool is load.
func outage(err error) bool {
	var op *net.OpError
	var call *os.SyscallError
	var errno syscall.Errno
	return errors.As(err, &op) || errors.As(err, &call) || errors.As(err, &errno) ||
		errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// answered is true when Redis itself spoke: a result, a nil, or an error reply
// other than that it is still loading.
func answered(err error) bool {
	var reply redis.Error
	return err == nil || errors.As(err, &reply) && !redis.IsLoadingError(err)
}
