package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestBreaker(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBreaker(func() time.Time { return now })
	broken := &net.OpError{Op: "dial", Err: errors.New("refused")}
	report := func(n int, err error) {
		for range n {
			b.report(err)
		}
	}
	report(breakAfter-1, broken)
	report(1, redis.Nil) // an answer: count from the start again
	report(breakAfter-1, io.EOF)
	report(20, context.DeadlineExceeded) // load, not an outage
	if b.allow() != nil {
		t.Fatal("opened too early")
	}
	report(1, broken)
	if !errors.Is(b.allow(), ErrBreakerOpen) {
		t.Fatal("not open after enough failures in a row")
	}
	now = now.Add(probeEvery)
	if b.allow() != nil || b.allow() == nil {
		t.Fatal("exactly one caller may probe")
	}
	report(1, broken)
	if b.allow() == nil {
		t.Fatal("a failed probe closed it")
	}
	now = now.Add(probeEvery)
	if b.allow() != nil {
		t.Fatal("no second probe")
	}
	report(1, nil)
	if b.allow() != nil || b.allow() != nil {
		t.Fatal("a good probe did not close it")
	}
}

// A transaction that Redis aborts tells why.
func TestTheCauseOfAnAbort(t *testing.T) {
	refusal := redis.ErrPoolTimeout // any error will do
	first, second := redis.NewStatusCmd(t.Context(), "set", "a", "b"), redis.NewStatusCmd(t.Context(), "set", "c", "d")
	abort := proto("EXECABORT Transaction discarded because of previous errors.")
	next := func(_ context.Context, cmds []redis.Cmder) error {
		first.SetErr(abort)
		second.SetErr(refusal)
		return abort
	}
	if err := (cause{}).ProcessPipelineHook(next)(t.Context(), []redis.Cmder{first, second}); !errors.Is(err, refusal) {
		t.Errorf("told %v", err)
	}
}

// proto is an error reply.
type proto string

func (e proto) Error() string { return string(e) }
func (proto) RedisError()     {}
