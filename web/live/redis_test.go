package live_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"waybill/store/rdb"
	"waybill/store/storetest"
	"waybill/web/live"
)

// redisNode is a node whose topics show the field `text` of a hash in Redis,
// and a function that changes one as the store does: state, revision and hint
// in one step. Node and changer have their own ways to the server.
func redisNode(t *testing.T, srv *storetest.Server, url string) (*node, func(order, text string)) {
	t.Helper()
	reader, listener := storetest.Client(t, url), storetest.Client(t, url)
	n := newNode(t, rdb.New(reader, rdb.Options{Listening: listener, Now: time.Now, NewID: rand.Text}).Hints(), live.Options{}, func(order string) live.Topic {
		return live.Topic{Name: order, Channels: []string{order}, Render: func(ctx context.Context) ([]byte, error) {
			fields, err := reader.HGetAll(ctx, order).Result()
			return fmt.Appendf(nil, `<p id="x">%s</p>`, fields["text"]), err
		}}
	})
	return n, func(order, text string) {
		t.Helper()
		tx := srv.Client().TxPipeline()
		tx.HSet(t.Context(), order, "text", text)
		tx.HIncrBy(t.Context(), order, "version", 1)
		tx.Publish(t.Context(), "live:"+order, "")
		if _, err := tx.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChangeReachesThePageWithinMilliseconds(t *testing.T) {
	srv := storetest.Redis(t)
	n, change := redisNode(t, srv, srv.URL())
	change("order:123", "placed")
	p := n.open(t, "topic=order:123")
	within(t, time.Second, "the first fragment", func() bool { return p.shows("placed") && p.says(".") })
	var took []time.Duration
	for i := range 40 {
		time.Sleep(60 * time.Millisecond) // the topic has rested
		text := fmt.Sprint("step ", i)
		change("order:123", text)
		took = append(took, within(t, time.Second, text, func() bool { return p.shows(text) }))
	}
	slices.Sort(took)
	t.Logf("publish to page: p50 %v, p95 %v, worst %v", took[20], took[37], took[39])
	if took[20] > 50*time.Millisecond {
		t.Errorf("half of the changes took more than %v", took[20])
	}
}

// After each kind of loss the page says so, and shows the truth within two
// seconds of the end of the loss, whatever happened meanwhile.
func TestPageIsTrueAgainAfterEveryLoss(t *testing.T) {
	srv := storetest.Redis(t)
	link := storetest.Proxy(t, srv.Addr())
	n, change := redisNode(t, srv, link.URL())
	for _, fault := range []struct {
		name       string
		hurt, heal func()
		dark       bool // nobody can change anything meanwhile
	}{
		{"the network is cut", link.Cut, link.Heal, false},
		{"Redis is killed", srv.Kill, srv.Restart, true},
		{"Redis stands still", srv.Stop, srv.Cont, true},
		{"the subscription is killed", func() { srv.Client().ClientKillByFilter(t.Context(), "TYPE", "pubsub") }, func() {}, false},
	} {
		t.Run(fault.name, func(t *testing.T) {
			change("order:123", "before")
			p := n.open(t, "topic=order:123")
			within(t, 2*time.Second, "live", func() bool { return p.shows("before") && p.says(".") })
			fault.hurt()
			within(t, 2500*time.Millisecond, "the page says that it is reconnecting", func() bool { return p.says("!") })
			if !fault.dark {
				change("order:123", "meanwhile")
			}
			fault.heal()
			healed := time.Now()
			if fault.dark {
				change("order:123", "meanwhile")
			}
			within(t, 2*time.Second, "the truth", func() bool { return p.shows("meanwhile") && p.says(".") })
			t.Logf("true again after %v", time.Since(healed))
			change("order:123", "after")
			within(t, time.Second, "the next change", func() bool { return p.shows("after") })
		})
	}
}

// Redis that came back with older data may have the same revisions as before. It is cut off until they are
// there: else a page might be right about the moment before.
func TestPageIsTrueWhenRedisForgot(t *testing.T) {
	srv := storetest.Redis(t)
	link := storetest.Proxy(t, srv.Addr())
	n, change := redisNode(t, srv, link.URL())
	change("order:123", "first")
	p := n.open(t, "topic=order:123")
	within(t, time.Second, "live", func() bool { return p.shows("first") && p.says(".") })
	link.Cut()
	within(t, 2500*time.Millisecond, "the page doubts", func() bool { return p.says("!") })
	srv.Kill()
	srv.Restart()
	if err := srv.Client().HSet(t.Context(), "order:123", "text", "older", "version", 1).Err(); err != nil { // no hint
		t.Fatal(err)
	}
	link.Heal()
	within(t, 2*time.Second, "the truth", func() bool { return p.shows("older") && p.says(".") })
}
