package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/storetest"
)

// long tells whether the rounds are run as `make test-faults` runs them.
func long() bool { return os.Getenv("WAYBILL_FAULTS") == "long" }

// lasting is how long a fault lasts: the short form shows the same with less patience.
func lasting[T any](short, long_ T) T {
	if long() {
		return long_
	}
	return short
}

const (
	customers   = 8
	scarceUnits = 300 // over all warehouses
	calm        = 60  // orders between two faults

	slowestPlacing = 500 * time.Millisecond  // p99 of what acknowledges an order during a fault
	slowestAnswer  = 1500 * time.Millisecond // of any answer
)

// stage is a shop of several nodes on one Redis, with customers ordering.
type stage struct {
	server *storetest.Server
	link   *storetest.Link // between the nodes and their Redis
	nodes  []*node
	calm   []float64 // goroutines of each node before anybody came
	crowd  *crowd
}

// setStage opens the shop and lets customers in.
func setStage(t *testing.T, nodes int) *stage {
	t.Helper()
	s := &stage{server: storetest.Redis(t)}
	s.link = storetest.Proxy(t, s.server.Addr())
	for i := range nodes {
		var args []string
		if i == 0 {
			args = []string{"--demo"}
		}
		s.nodes = append(s.nodes, startNode(t, fmt.Sprintf("node%d", i+1), s.link.URL(), args...))
	}
	stock(t, s.nodes[0])
	for _, n := range s.nodes {
		s.calm = append(s.calm, n.metric("go_goroutines"))
	}
	s.crowd = order(t, customers, s.nodes...)
	s.crowd.more(calm)
	return s
}

// stock puts plenty of one product on the shelves, and little of another.
func stock(t *testing.T, at *node) {
	t.Helper()
	for w := 1; w <= 3; w++ {
		path := fmt.Sprintf("/warehouses/warehouse%d/stock/", w)
		call(t, at, http.MethodPut, path+common, `{"on_hand":1000000,"reason":"a round of faults"}`)
		call(t, at, http.MethodPut, path+scarce, fmt.Sprintf(`{"on_hand":%d,"reason":"a round of faults"}`, scarceUnits/3))
	}
}

// judge ends the round.
func (s *stage) judge(t *testing.T) verdict {
	t.Helper()
	s.crowd.more(calm)
	return judge(t, s.crowd, s.server.Client(), s.nodes...)
}

// outages are the ways to hurt Redis, or the way to it. All but the last mean that it is not heard.
func outages() map[string]func(s *stage) {
	all := map[string]func(s *stage){
		"killed and started again": func(s *stage) {
			s.server.Kill()
			time.Sleep(lasting(time.Second, 5*time.Second))
			s.server.Restart()
		},
		"killed, with every write on disk": func(s *stage) {
			s.server.Client().ConfigSet(s.crowd.t.Context(), "appendfsync", "always")
			s.crowd.more(calm)
			s.server.Kill()
			time.Sleep(lasting(500*time.Millisecond, 5*time.Second))
			s.server.Restart()
		},
		"refused": func(s *stage) {
			s.link.Cut()
			time.Sleep(lasting(time.Second, 10*time.Second))
			s.link.Heal()
		},
		"reset again and again": func(s *stage) {
			for range lasting(10, 100) {
				s.link.Cut()
				time.Sleep(20 * time.Millisecond)
				s.link.Heal()
				time.Sleep(80 * time.Millisecond)
			}
		},
		"black hole": func(s *stage) {
			s.link.Hold()
			time.Sleep(lasting(2*time.Second, 10*time.Second))
			s.link.Heal()
		},
		"slowed by 700 ms": func(s *stage) {
			s.link.Slow(700 * time.Millisecond)
			time.Sleep(lasting(2*time.Second, 10*time.Second))
			s.link.Heal()
		},
		scriptsForgotten: func(s *stage) {
			for range lasting(20, 500) {
				s.server.Client().ScriptFlush(s.crowd.t.Context())
				time.Sleep(20 * time.Millisecond)
			}
		},
	}
	for _, pause := range lasting([]time.Duration{2 * time.Second}, []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}) {
		all["stopped for "+pause.String()] = func(s *stage) {
			s.server.Stop()
			time.Sleep(pause)
			s.server.Cont()
		}
	}
	return all
}

const scriptsForgotten = "scripts forgotten"

// TestRedisAway hurts Redis, or the way to it, in each way there is. Orders go on being acknowledged all
// the while, quickly, each becomes an order exactly once, and nothing of it stays behind in the nodes.
func TestRedisAway(t *testing.T) {
	for name, fault := range outages() {
		t.Run(name, func(t *testing.T) {
			s := setStage(t, 2)
			before := s.crowd.acknowledged()
			fault(s)
			if s.crowd.acknowledged() == before {
				t.Error("nothing was acknowledged during the fault")
			}
			v := s.judge(t)
			if name != scriptsForgotten && v.received == 0 {
				t.Error("no order was taken down as received: the fault was not felt")
			}
			inTime(t, v)
			s.nothingStays(t)
		})
	}
}

// nothingStays waits until each node runs as many goroutines as before anybody came, give or take those that
// look at what they have just been asked.
func (s *stage) nothingStays(t *testing.T) {
	t.Helper()
	s.crowd.client.CloseIdleConnections()
	for i, n := range s.nodes {
		await(t, fmt.Sprintf("%s is at rest: %v goroutines, %v before", n.name, n.metric("go_goroutines"), s.calm[i]), func() bool {
			now := n.metric("go_goroutines")
			return now > 0 && now <= s.calm[i]+5
		})
	}
}

// inTime checks how quickly people were answered, where the machine has nothing else to do.
func inTime(t *testing.T, v verdict) {
	t.Helper()
	slack := time.Duration(1)
	if !long() {
		slack = 4 // other packages are tested beside this one
	}
	if v.p99 > slack*slowestPlacing {
		t.Errorf("one order in a hundred was acknowledged after %s", v.p99)
	}
	if v.slowest > slack*slowestAnswer {
		t.Errorf("the longest answer took %s", v.slowest)
	}
}

// TestNodeKilled kills a node in the middle of its work, with and without Redis. What it had promised is
// on its disk.
func TestNodeKilled(t *testing.T) {
	s := setStage(t, 2)
	for range 2 {
		s.nodes[1].kill()
		time.Sleep(200 * time.Millisecond)
		s.nodes[1].start()
		s.crowd.more(calm)
	}
	s.link.Cut()
	s.crowd.more(calm)
	s.nodes[1].kill() // with promises that nobody else knows of
	time.Sleep(200 * time.Millisecond)
	s.nodes[1].start()
	s.crowd.more(calm)
	s.link.Heal()
	inTime(t, s.judge(t))
}

// TestRedisForgets starts Redis again on what it had a while ago, as after a power cut or a failover to a
// replica that lagged. Every order, step and cancellation that was acknowledged since is put back.
func TestRedisForgets(t *testing.T) {
	s := setStage(t, 2)
	for range 2 {
		past := s.server.Past()
		s.crowd.more(lasting(2, 20) * calm)
		s.server.SetBack(past)
		s.crowd.more(calm)
	}
	inTime(t, s.judge(t))
}

// TestRollingRestart ends one node after the other as SIGTERM asks for, and loses nothing.
func TestRollingRestart(t *testing.T) {
	s := setStage(t, 3)
	for _, n := range s.nodes {
		n.restart()
		s.crowd.more(calm)
	}
	inTime(t, s.judge(t))
}

// TestListsDamaged lets somebody with redis-cli do harm to lists, sets and counters of orders while customers
// order. What they may do is drawn by lot; the seed is told.
func TestListsDamaged(t *testing.T) {
	s := setStage(t, 2)
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	lot := rand.New(rand.NewPCG(uint64(seed), 0))
	ctx, client := t.Context(), s.server.Client()
	for range lasting(40, 400) {
		some := client.LIndex(ctx, "placed.orders", lot.Int64N(1+client.LLen(ctx, "placed.orders").Val())).Val()
		if some == "" {
			some = "order:999999"
		}
		list := pick(lot, "placed.orders", "ready.orders", "sent.orders", "delivered.orders", "cancelled.orders", "backordered.orders")
		set := fmt.Sprintf("warehouse%d:%s", 1+lot.IntN(3), pick(lot, "placed.orders", "ready.orders"))
		products := fmt.Sprintf("warehouse%d:product_list", 1+lot.IntN(3))
		harm := pick(lot,
			func() error { return client.RPush(ctx, list, some, some).Err() },
			func() error { return client.LPush(ctx, list, "order:999999", "nonsense").Err() },
			func() error { return client.LPop(ctx, list).Err() },
			func() error { return client.LRem(ctx, "placed.orders", 0, some).Err() },
			func() error { return client.ZRem(ctx, set, some).Err() },
			func() error { return client.ZAdd(ctx, set, redis.Z{Score: 1, Member: some}).Err() },
			func() error { return client.SRem(ctx, products, common).Err() },
			func() error { return client.SAdd(ctx, products, "nothing").Err() },
			func() error { return client.HSet(ctx, some, "status", "delivered").Err() },
		)
		if err := harm(); err != nil && !errors.Is(err, redis.Nil) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	// An order that has lost its list and its set is found by a slow look only; nobody waits for that here.
	if _, err := shopOn(client).Reconcile(ctx, false); err != nil {
		t.Fatal(err)
	}
	s.judge(t)
}

// pick draws one of several.
func pick[T any](lot *rand.Rand, several ...T) T { return several[lot.IntN(len(several))] }
