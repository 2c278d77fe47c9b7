package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/storetest"
)

// shop is a Waybill that runs in this process on a free port.
type shop struct {
	t        testing.TB
	base     string // http://127.0.0.1:…
	greeting string // what it printed
	dir      string // its data
	end      func() error
}

// openShop starts `waybill serve` and waits until it greets. It ends with the test, if not by
// close before. The environment names settings such as WAYBILL_REDIS.
func openShop(t testing.TB, environment map[string]string, args ...string) *shop {
	t.Helper()
	s := &shop{t: t, dir: environment["WAYBILL_DATA_DIR"]}
	if s.dir == "" {
		s.dir = t.TempDir()
	}
	ctx, cancel := context.WithCancel(context.Background())
	var out said
	done := make(chan error, 1)
	args = append([]string{"serve", "--addr", "127.0.0.1:0", "--data-dir", s.dir}, args...)
	go func() { done <- run(ctx, args, patiently(environment), &out) }()
	s.end = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = s.end() })
	await(t, time.Minute, "the greeting", func() bool {
		select {
		case err := <-done:
			done <- err
			t.Fatalf("it ended by itself: %v", err)
		default:
		}
		return strings.Contains(out.String(), "Ctrl-C")
	})
	s.greeting = out.String()
	s.base = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(s.greeting)
	return s
}

// patiently gives Redis more time for an order than customers would, unless the environment names one: on a
// busy machine an order should be placed, and not only received.
func patiently(environment map[string]string) func(name string) string {
	return func(name string) string {
		if value := environment[name]; value != "" || name != "WAYBILL_PLACE_WITHIN" {
			return value
		}
		return "5s"
	}
}

// demoShop is openShop with the demo in it.
func demoShop(t *testing.T, redisURL string) *shop {
	t.Helper()
	return openShop(t, map[string]string{"WAYBILL_REDIS": redisURL}, "--demo")
}

// close ends the shop as Ctrl-C does.
func (s *shop) close() {
	s.t.Helper()
	if err := s.end(); err != nil {
		s.t.Fatalf("it ended with: %v", err)
	}
}

// redis talks to the Redis that the shop runs on, past the shop.
func (s *shop) redis() *redis.Client {
	s.t.Helper()
	note, err := os.ReadFile(filepath.Join(s.dir, "lock"))
	if err != nil {
		s.t.Fatal(err)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(string(note)), "\n")
	return storetest.Client(s.t, address)
}

// await waits until something is so, and fails the test if it is not within the limit.
func await(t testing.TB, limit time.Duration, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// goroutinesBack fails the test if more of them run than before.
func goroutinesBack(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
