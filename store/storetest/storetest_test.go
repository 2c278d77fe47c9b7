package storetest_test

import (
	"context"
	"testing"
	"time"

	"waybill/store/storetest"
)

func TestRedisKeepsDataOverKillAndRestart(t *testing.T) {
	ctx := t.Context()
	srv := storetest.Redis(t)
	if err := srv.Client().RPush(ctx, "placed.orders", "order:123").Err(); err != nil {
		t.Fatal(err)
	}
	before := srv.PID()
	srv.Kill()
	if err := srv.Client().Ping(ctx).Err(); err == nil {
		t.Fatal("a killed server answered")
	}
	srv.Restart()
	if srv.PID() == before {
		t.Fatal("the server was not started again")
	}
	got, err := srv.Client().LRange(ctx, "placed.orders", 0, -1).Result()
	if err != nil || len(got) != 1 || got[0] != "order:123" {
		t.Fatalf("after a restart: %q, %v; want order:123", got, err)
	}
}

func TestStopFreezesAndContWakes(t *testing.T) {
	srv := storetest.Redis(t)
	if err := srv.Client().Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	srv.Stop()
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := srv.Client().Ping(short).Err(); err == nil {
		t.Error("a stopped server answered")
	}
	srv.Cont()
	if err := srv.Client().Ping(t.Context()).Err(); err != nil {
		t.Errorf("after Cont: %v", err)
	}
}

func TestProxyCutsAndHeals(t *testing.T) {
	ctx := t.Context()
	srv := storetest.Redis(t)
	link := storetest.Proxy(t, srv.Addr())
	client := storetest.Client(t, link.URL())
	if err := client.Set(ctx, "order:123:status", "placed", 0).Err(); err != nil {
		t.Fatal(err)
	}
	link.Cut()
	if err := client.Ping(ctx).Err(); err == nil {
		t.Error("an answer came through a cut link")
	}
	link.Heal()
	if got, err := client.Get(ctx, "order:123:status").Result(); err != nil || got != "placed" {
		t.Errorf("after Heal: %q, %v", got, err)
	}
}

func TestProxyHoldsAndSlows(t *testing.T) {
	ctx := t.Context()
	srv := storetest.Redis(t)
	link := storetest.Proxy(t, srv.Addr())
	client := storetest.Client(t, link.URL())
	if err := client.Ping(ctx).Err(); err != nil { // a connection stands before the fault
		t.Fatal(err)
	}
	link.Hold()
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if err := client.Set(short, "late", "yes", 0).Err(); err == nil {
		t.Error("an answer came through a black hole")
	}
	link.Heal()
	for deadline := time.Now().Add(10 * time.Second); srv.Client().Exists(ctx, "late").Val() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("what was held up never arrived")
		}
	}
	link.Slow(50 * time.Millisecond)
	began := time.Now()
	if err := client.Ping(ctx).Err(); err != nil || time.Since(began) < 50*time.Millisecond {
		t.Errorf("a slow link answered after %s: %v", time.Since(began), err)
	}
}

func TestServersAreApart(t *testing.T) {
	ctx := t.Context()
	one, two := storetest.Redis(t), storetest.Redis(t)
	if err := one.Client().Set(ctx, "x", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n := two.Client().Exists(ctx, "x").Val(); n != 0 {
		t.Error("two servers share their data")
	}
	if n := storetest.Memory(t).Exists(ctx, "x").Val(); n != 0 {
		t.Error("memory shares data with a server")
	}
}
