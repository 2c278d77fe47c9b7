package session_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"waybill/web/session"
)

// Two nodes count the same tries: what one of them has seen is used up on the other too.
func TestTriesAreCountedOverAllNodes(t *testing.T) {
	server := miniredis.RunT(t)
	now := time.Now()
	var nodes []*session.Tries
	for range 2 {
		client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, DialTimeout: 100 * time.Millisecond})
		t.Cleanup(func() { _ = client.Close() })
		nodes = append(nodes, session.NewTries(client, func() time.Time { return now }, "login", 10, 10*time.Second))
	}
	var passed atomic.Int32
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if ok, err := nodes[i%2].Take(t.Context(), "anna"); err != nil {
				t.Error(err)
			} else if ok {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if passed.Load() != 10 {
		t.Errorf("%d of 40 tries at once passed, want 10", passed.Load())
	}
	take := func(who string, want bool, when string) {
		t.Helper()
		if ok, err := nodes[0].Take(t.Context(), who); ok != want || err != nil {
			t.Errorf("%s: %v, %v", when, ok, err)
		}
	}
	take("ola", true, "somebody else")
	now = now.Add(11 * time.Second)
	take("anna", true, "after a rest")
	take("anna", false, "and no more than one")
	if err := nodes[1].GiveBack(t.Context(), "anna"); err != nil {
		t.Fatal(err)
	}
	take("anna", true, "after one was given back")
	server.FastForward(time.Hour)
	if keys := server.Keys(); len(keys) > 0 {
		t.Errorf("still remembered after an hour: %v", keys)
	}
	server.Close()
	if _, err := nodes[0].Take(t.Context(), "anna"); err == nil {
		t.Error("without Redis nobody counts, and nobody says so")
	}
}
