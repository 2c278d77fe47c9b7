package engine_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/store/engine"
	"waybill/store/storetest"
)

// open opens an engine that is closed with the test.
func open(t *testing.T, opts engine.Options) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close(context.Background()) })
	return e
}

// within waits until ok holds, and fails the test when it does not come true in time.
func within(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

func TestMemorySaysSoAndLetsKeysExpire(t *testing.T) {
	e := open(t, engine.Options{Memory: true})
	if e.Kind() != engine.Memory || e.Notice() == "" {
		t.Errorf("kind %q, notice %q; want memory and a warning", e.Kind(), e.Notice())
	}
	ctx := t.Context()
	if err := e.Client().Set(ctx, "short", "x", 400*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	if err := e.Client().Set(ctx, "long", "x", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	within(t, 3*time.Second, "a key with a time to live goes", func() bool {
		return e.Client().Exists(ctx, "short").Val() == 0
	})
	if e.Client().Exists(ctx, "long").Val() != 1 {
		t.Error("time in memory passes faster than it should")
	}
}

func TestWithoutAServerProgramDataIsInMemory(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if e := open(t, engine.Options{DataDir: t.TempDir()}); e.Kind() != engine.Memory {
		t.Errorf("kind %q, want memory", e.Kind())
	}
}

func TestExternalIsUsedAndLeftRunning(t *testing.T) {
	srv := storetest.Redis(t)
	e := open(t, engine.Options{URL: srv.URL()})
	if e.Kind() != engine.External || e.Notice() != "" || e.Address() != srv.URL() {
		t.Errorf("kind %q, notice %q, address %q", e.Kind(), e.Notice(), e.Address())
	}
	if err := e.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := srv.Client().Get(t.Context(), "k").Val(); got != "v" {
		t.Errorf("after Close the server answers %q", got)
	}
}

func TestBadURLsAreRefusedAndNothingOfThemIsRepeated(t *testing.T) {
	for _, url := range []string{
		"http://user:hunter2@host:6379",
		"hunter2@host",
		"redis://user:hunter2/x@host:6379",
		"redis://user:hunter2@host:port",
		"redis://user:1/hunter2@host",
		"redis://user:%hunter2@host",
		"redis://host?hunter2=1",
		"rediss://user:hunter2@host/zero",
		"unix://hunter2/run/redis.sock",
		"unix://",
		"localhost:6379",
		" ",
	} {
		_, err := engine.Open(t.Context(), engine.Options{URL: url})
		if !errors.Is(err, engine.ErrBadURL) {
			t.Errorf("%q: %v, want ErrBadURL", url, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error repeats the secret: %v", url, err)
		}
	}
}

func TestAPasswordIsNeverShown(t *testing.T) {
	srv := storetest.Redis(t)
	if err := srv.Client().ConfigSet(t.Context(), "requirepass", "hunter2").Err(); err != nil {
		t.Fatal(err)
	}
	with := func(password string) string { return strings.Replace(srv.URL(), "unix://", "unix://:"+password+"@", 1) }
	log := &syncBuffer{}
	opts := engine.Options{URL: with("hunter2"), Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	e := open(t, opts)
	if err := e.Client().Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String()+e.Address(), "hunter2") {
		t.Errorf("address %q, log %s", e.Address(), log)
	}
	started := time.Now()
	opts.URL = with("hunter3")
	_, err := engine.Open(t.Context(), opts)
	if err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "password") {
		t.Errorf("a wrong password: %v", err)
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("a wrong password was tried for %v", took)
	}
}

func TestAnUnreachableRedisIsAnErrorInTime(t *testing.T) {
	link := storetest.Proxy(t, "127.0.0.1:1")
	link.Cut()
	started := time.Now()
	_, err := engine.Open(t.Context(), engine.Options{URL: link.URL(), Patience: 300 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), link.Addr()) {
		t.Errorf("%v, want an error that names %s", err, link.Addr())
	}
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A Redis that may be away holds the start up for a second only, and is found when it is there. One that
// is there and refuses us is an error all the same.
func TestARedisThatMayBeAway(t *testing.T) {
	srv := storetest.Redis(t)
	link := storetest.Proxy(t, srv.Addr())
	link.Cut()
	var kind engine.Kind
	mayBeAway := func(k engine.Kind) (bool, error) { kind = k; return true, nil }
	began := time.Now()
	e := open(t, engine.Options{URL: link.URL(), DataDir: t.TempDir(), Prepare: mayBeAway})
	if took := time.Since(began); e.Away() == nil || kind != engine.External || took > 4*time.Second {
		t.Errorf("away: %v, kind %q, after %v", e.Away(), kind, took)
	}
	link.Heal()
	within(t, 10*time.Second, "it is found", func() bool { return e.Client().Ping(t.Context()).Err() == nil })
	wrong := "redis://nobody:wrong@" + link.Addr()
	if _, err := engine.Open(t.Context(), engine.Options{URL: wrong, Prepare: mayBeAway}); err == nil {
		t.Error("a wrong password was taken for an outage")
	}
	failing := func(engine.Kind) (bool, error) { return true, os.ErrPermission }
	if _, err := engine.Open(t.Context(), engine.Options{URL: link.URL(), Prepare: failing}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("what could not be prepared: %v", err)
	}
}

func TestASilentRedisHoldsNobodyAndIsFoundAgain(t *testing.T) {
	srv := storetest.Redis(t)
	e := open(t, engine.Options{URL: srv.URL()})
	ctx := t.Context()
	srv.Stop()
	defer srv.Cont()
	open := false
	for range 8 {
		started := time.Now()
		err := e.Client().Ping(ctx).Err()
		if took := time.Since(started); err == nil || took > 1500*time.Millisecond {
			t.Fatalf("a stopped redis: %v after %v", err, took)
		}
		if !engine.Unreachable(err) {
			t.Errorf("%T %v does not count as an outage", err, err)
		}
		open = open || errors.Is(err, engine.ErrBreakerOpen)
	}
	if !open {
		t.Error("the breaker never opened")
	}
	srv.Cont()
	within(t, 2*time.Second, "redis is used again", func() bool { return e.Client().Ping(ctx).Err() == nil })
}

func TestDataDirIsPrivateAndBelongsToOne(t *testing.T) {
	dir := t.TempDir() + "/data"
	first := open(t, engine.Options{DataDir: dir})
	for _, d := range []string{dir, dir + "/redis"} {
		if info, err := os.Stat(d); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v; want 0700", d, info, err)
		}
	}
	for _, memory := range []bool{false, true} {
		_, err := engine.Open(t.Context(), engine.Options{DataDir: dir, Memory: memory})
		var inUse *engine.InUseError
		if !errors.As(err, &inUse) || inUse.Address != first.Address() || inUse.PID == "" {
			t.Fatalf("a second one: %v, want InUseError with %s", err, first.Address())
		}
	}
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	open(t, engine.Options{DataDir: dir, Memory: true})
}

// syncBuffer is a buffer that a logger and a test may use at once.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
