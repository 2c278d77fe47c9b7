package faults

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/rdb"
)

// verdict counts what became of the promises of a round.
type verdict struct {
	acknowledged, received, found, doubled, lost, oversold int
	cancelled                                              int // were acknowledged as cancelled, and are
	refused                                                int // are cancelled because their stock was gone
	failed                                                 int64
	p99, slowest                                           time.Duration
}

func (v verdict) String() string {
	return fmt.Sprintf("acknowledged %d (%d as received), found %d, lost %d, doubled %d, oversold %d, cancelled %d, refused later %d; answers that failed and were asked again %d; p99 %s, longest %s",
		v.acknowledged, v.received, v.found, v.lost, v.doubled, v.oversold, v.cancelled, v.refused, v.failed, v.p99.Round(time.Millisecond), v.slowest.Round(time.Millisecond))
}

// judge waits until every node has nothing left to replay, and compares what customers were told with
// what Redis holds. The reconciler's dry run must be content twice in a row before it counts: whatever
// is repaired by then was repaired by the nodes themselves.
func judge(t *testing.T, c *crowd, client redis.UniversalClient, nodes ...*node) verdict {
	t.Helper()
	c.end()
	ended := time.Now()
	for _, n := range nodes {
		await(t, n.name+" has replayed everything", func() bool { return n.metric("waybill_intake_pending") == 0 && n.metric("waybill_restoring") == 0 })
	}
	t.Logf("replayed after %s", time.Since(ended).Round(time.Millisecond))
	v := verdict{acknowledged: len(c.promises), failed: c.failed.Load(), p99: c.p99(), slowest: c.slowest}
	wanted := map[string]promise{}
	for _, p := range c.promises {
		wanted[p.Key] = p
		if p.Status == "received" {
			v.received++
		}
	}
	count := ordersByWish(t, client)
	for key, p := range wanted {
		switch count[key] {
		case 0:
			v.lost++
			t.Errorf("%s was promised order %s (%s) and has none", key, p.Number, p.Status)
		case 1:
			v.found++
		default:
			v.doubled++
			t.Errorf("%s has %d orders", key, count[key])
		}
	}
	v.cancelled, v.refused = checkNumbers(t, wanted, nodes[0])
	v.oversold = checkBooks(t, client)
	t.Log(v)
	return v
}

// ordersByWish counts the orders in Redis by the wish that stands in the recipient's name.
func ordersByWish(t *testing.T, client redis.UniversalClient) map[string]int {
	t.Helper()
	count := map[string]int{}
	var mu sync.Mutex // masters are asked side by side
	scan := func(ctx context.Context, one redis.UniversalClient) error {
		all := one.ScanType(ctx, 0, "order:*", 1000, "hash").Iterator()
		for all.Next(ctx) {
			if strings.Count(strings.TrimSuffix(all.Val(), "}"), ":") > 1 {
				continue // packing, quantities
			}
			if wish, err := one.HGet(ctx, all.Val(), "recipient").Result(); err == nil && strings.HasPrefix(wish, "wish-") {
				mu.Lock()
				count[wish]++
				mu.Unlock()
			}
		}
		return all.Err()
	}
	var err error
	if cluster, ok := client.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(t.Context(), func(ctx context.Context, one *redis.Client) error { return scan(ctx, one) })
	} else {
		err = scan(t.Context(), client)
	}
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// checkNumbers asks for each promised number: it answers, is not "received" any more, and is the wish's
// own order; what was cancelled stays so. It gives how many are cancelled because the customer, and
// because the stock, wanted it so.
func checkNumbers(t *testing.T, wanted map[string]promise, at *node) (cancelled, refused int) {
	t.Helper()
	for key, p := range wanted {
		var story struct {
			Number, Status string
			Lines          []struct{ Product string }
		}
		if err := json.Unmarshal([]byte(call(t, at, http.MethodGet, "/orders/"+p.Number, "")), &story); err != nil {
			t.Fatal(err)
		}
		switch {
		case story.Status == "received":
			t.Errorf("%s: order %s is still received", key, p.Number)
		case p.Void && story.Status != "cancelled":
			t.Errorf("%s: order %s was cancelled and is %s", key, p.Number, story.Status)
		case p.Void:
			cancelled++
		case story.Status == "cancelled":
			refused++
		case (len(story.Lines) == 2) != p.Scarce:
			t.Errorf("%s: order %s has %d lines", key, p.Number, len(story.Lines))
		}
	}
	return cancelled, refused
}

// checkBooks is invariant I1 for every warehouse and product, once all is settled. It gives how many units
// were promised more than there are.
func checkBooks(t *testing.T, client redis.UniversalClient) int {
	t.Helper()
	s := shopOn(client)
	oversold, quiet := 0, 0
	await(t, "the reconciler finds nothing to repair", func() bool {
		repairs, err := s.Reconcile(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		if len(repairs) > 0 {
			t.Logf("not yet as it must be: %v", repairs[:min(len(repairs), 5)])
		}
		if quiet++; len(repairs) > 0 {
			quiet = 0
		}
		return quiet == 2
	})
	audits, err := s.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, audit := range audits {
		for _, line := range audit.Lines {
			if line.Reserved > line.OnHand {
				oversold += line.Reserved - line.OnHand
				t.Errorf("%s promises %d of %s and holds %d", audit.Warehouse, line.Reserved, line.Product, line.OnHand)
			}
			if line.OnHand < 0 || line.OnHand != line.LedgerOnHand || line.Reserved != line.Held {
				t.Errorf("%s, %s: counters, ledger and reservations differ: %+v", audit.Warehouse, line.Product, line)
			}
		}
	}
	return oversold
}

// shopOn is the shop as a command beside the running nodes sees it.
func shopOn(client redis.UniversalClient) *rdb.Store {
	partitions := 1
	if _, cluster := client.(*redis.ClusterClient); cluster {
		partitions = rdb.ClusterPartitions
	}
	return rdb.New(client, rdb.Options{Now: time.Now, Zone: time.UTC, Log: slog.New(slog.DiscardHandler), NewID: rand.Text, Partitions: partitions})
}
