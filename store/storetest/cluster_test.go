package storetest_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/engine"
	"waybill/store/storetest"
)

// When a master dies its replica serves, the other shards never noticed, and the cluster is whole again
// when it is back. An engine's client finds the new master by itself.
func TestCluster(t *testing.T) {
	t.Parallel()
	c := storetest.Cluster(t)
	e, err := engine.Open(t.Context(), engine.Options{URL: c.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close(context.Background()) })
	if e.Address() != c.URL() || !e.Cluster() {
		t.Errorf("address %q, cluster %v", e.Address(), e.Cluster())
	}
	client, ctx := e.Client(), t.Context()
	advised(t, c.URL(), e)
	victim := c.Master("key0")
	var theirs, others []string
	for i := range 40 {
		key := "key" + strconv.Itoa(i)
		if c.Master(key) == victim {
			theirs = append(theirs, key)
		} else {
			others = append(others, key)
		}
		if err := client.Set(ctx, key, "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(100 * time.Millisecond) // the replica follows
	victim.Kill()
	began := time.Now()
	for served := false; !served; {
		for _, key := range others {
			if asked := time.Now(); client.Incr(ctx, key).Err() != nil {
				t.Fatalf("another shard refused after %v", time.Since(began))
			} else if took := time.Since(asked); took > time.Second {
				t.Fatalf("another shard took %v", took)
			}
		}
		served = client.Get(ctx, theirs[0]).Val() == "1"
		if time.Since(began) > 20*time.Second {
			t.Fatal("no replica took over")
		}
	}
	t.Logf("served again after %v", time.Since(began))
	victim.Restart()
	c.Whole()
	for _, key := range theirs {
		if client.Get(ctx, key).Val() != "1" {
			t.Errorf("%s is lost", key)
		}
	}
}

// Sentinels choose the replica when the master is gone, and an engine's client follows.
func TestSentinel(t *testing.T) {
	t.Parallel()
	w := storetest.Sentinel(t)
	e, err := engine.Open(t.Context(), engine.Options{URL: w.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close(context.Background()) })
	client, ctx := e.Client(), t.Context()
	rounds := 1
	if os.Getenv("WAYBILL_FAULTS") == "long" {
		rounds = 4
	}
	for round := range rounds {
		key := "key" + strconv.Itoa(round)
		if err := client.Set(ctx, key, "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
		master := w.Master()
		master.Kill()
		began := time.Now()
		for client.Get(ctx, key).Val() != "1" {
			if time.Since(began) > 30*time.Second {
				t.Fatal("no replica took over")
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Logf("served again after %v", time.Since(began))
		master.Restart()
		w.Whole()
		for i := range round + 1 {
			if key := "key" + strconv.Itoa(i); client.Get(ctx, key).Val() != "1" {
				t.Errorf("%s is lost", key)
			}
		}
	}
}

// advised checks that a cluster that stops as a whole when a part of it is away gets the advice not to, and that
// merely opening it says nothing: that is for whoever serves a shop from it.
func advised(t *testing.T, url string, e *engine.Engine) {
	t.Helper()
	set := func(value string) {
		err := e.Client().(*redis.ClusterClient).ForEachShard(t.Context(), func(ctx context.Context, node *redis.Client) error {
			return node.ConfigSet(ctx, "cluster-require-full-coverage", value).Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if advice := e.Advice(t.Context()); advice != "" {
		t.Errorf("advice for a cluster that needs none: %s", advice)
	}
	set("yes")
	defer set("no")
	if advice := e.Advice(t.Context()); !strings.Contains(advice, "cluster-require-full-coverage to no") {
		t.Errorf("the advice is %q", advice)
	}
	var said bytes.Buffer
	again, err := engine.Open(t.Context(), engine.Options{URL: url, Log: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close(context.Background()) }()
	if said.Len() > 0 {
		t.Errorf("opening it says %s", said.String())
	}
}
