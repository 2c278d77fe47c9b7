package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/engine"
)

const (
	watched   = "shop" // the name by which the Sentinels know the master
	sentinels = 3
)

// Watched is a master with a replica and three Sentinels that watch over them, on ports of 127.0.0.1. It
// belongs to one test and is used from its goroutine; the clients may be used by many.
type Watched struct {
	t         testing.TB
	nodes     []*node // master and replica as they were made
	sentinels []*node
}

// Sentinel starts master, replica and Sentinels for this test, empty, and ends them with the test.
func Sentinel(t testing.TB) *Watched {
	t.Helper()
	w := &Watched{t: t}
	first := startNode(t)
	w.nodes = []*node{first, startNode(t, "replicaof 127.0.0.1 "+strconv.Itoa(first.port))}
	for range sentinels {
		w.sentinels = append(w.sentinels, startSentinel(t, first.port))
	}
	w.Whole()
	return w
}

// Whole waits until all Sentinels know one another and agree on the master, and it has its replica.
func (w *Watched) Whole() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	agreed := map[string]bool{}
	awaitAll(w.t, "the Sentinels watch", w.sentinels, func(n *node) bool {
		clear(agreed)
		for _, s := range w.sentinels {
			master, _ := s.client.Do(ctx, "sentinel", "get-master-addr-by-name", watched).StringSlice()
			agreed[strings.Join(master, ":")] = true
		}
		state := n.client.Info(ctx, "sentinel").Val()
		return len(agreed) == 1 && strings.Contains(state, "status=ok") && strings.Contains(state, "slaves=1,sentinels="+strconv.Itoa(sentinels))
	})
	awaitAll(w.t, "the replica follows", w.nodes, func(n *node) bool {
		roles := n.client.Info(ctx, "replication").Val()
		return strings.Contains(roles, "master_link_status:up") || strings.Contains(roles, "state=online")
	})
}

// URL names all Sentinels, for engine.Open and `--redis`.
func (w *Watched) URL() string { return "redis+sentinel://" + addrs(w.sentinels) + "/" + watched }

// NewClient makes a patient client of whoever is master, closed with the test.
func (w *Watched) NewClient() *redis.Client { return Client(w.t, w.URL()) }

// Master is the server that takes itself for the master; of two, the one that Sentinels have chosen.
func (w *Watched) Master() *Server {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ctx.Err() == nil {
		for _, s := range w.sentinels {
			chosen, _ := s.client.Do(ctx, "sentinel", "get-master-addr-by-name", watched).StringSlice()
			for _, n := range w.nodes {
				if strings.Join(chosen, ":") == n.addr() && !n.down && strings.Contains(n.client.Info(ctx, "replication").Val(), "role:master") {
					return n.Server
				}
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatal("there is no master")
	return nil
}

// startNode starts a server on a port that nobody uses.
func startNode(t testing.TB, extra ...string) *node {
	t.Helper()
	for try := 1; ; try++ {
		n := &node{port: freePort(t), bus: freePort(t)}
		lines := []string{"bind 127.0.0.1", "port " + strconv.Itoa(n.port), "cluster-port " + strconv.Itoa(n.bus), "repl-diskless-sync-delay 0"}
		server, err := newServer(t, append(lines, extra...)...)
		if n.Server = server; err == nil {
			return n
		}
		if try == 5 {
			t.Fatalf("start redis-server: %v", err)
		}
	}
}

// startSentinel starts a Sentinel. It keeps what it learns in its configuration file, so it gets one.
func startSentinel(t testing.TB, master int) *node {
	t.Helper()
	n := &node{port: freePort(t)}
	dir, err := os.MkdirTemp("", "wb")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "sentinel.conf")
	must(t, os.WriteFile(file, []byte(fmt.Sprintf(`port %d
bind 127.0.0.1
unixsocket %s/s
dir %s
sentinel monitor %s 127.0.0.1 %d 2
sentinel down-after-milliseconds %s %d
sentinel failover-timeout %s 6000
`, n.port, dir, dir, watched, master, watched, nodeTimeout.Milliseconds(), watched)), 0o600))
	running, err := engine.StartServer(engine.ServerOptions{Program: program(t), Dir: dir, Socket: filepath.Join(dir, "s"), Arguments: []string{file, "--sentinel"}, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	n.Server = &Server{t: t, running: running, opts: engine.ServerOptions{Socket: filepath.Join(dir, "s")}}
	t.Cleanup(n.Kill)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(t, running.Await(ctx))
	n.client = n.NewClient()
	return n
}

func addrs(nodes []*node) string {
	list := make([]string, len(nodes))
	for i, n := range nodes {
		list[i] = n.addr()
	}
	return strings.Join(list, ",")
}

// awaitAll waits until something holds for every node, dead ones included.
func awaitAll(t testing.TB, what string, nodes []*node, holds func(*node) bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(20 * time.Millisecond) {
		missing := ""
		for _, n := range nodes {
			if !holds(n) {
				missing = n.addr()
				break
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s; it is not so at %s", what, missing)
		}
	}
}

// freePort is a port of 127.0.0.1 that nobody used a moment ago, below those that the system hands out.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 10_000 + rand.IntN(20_000)
		if listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			_ = listener.Close()
			return port
		}
	}
	t.Fatal("there is no free port")
	return 0
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Lag cuts the replica off from the master: what is written from now on does not reach it.
func (w *Watched) Lag() {
	w.t.Helper()
	ctx := context.Background()
	master := w.Master()
	for _, n := range w.nodes {
		if n.Server != master { // the master asks for no password, so one that is sent is refused
			must(w.t, n.client.ConfigSet(ctx, "masterauth", "nobody's").Err())
		}
	}
	must(w.t, master.client.ClientKillByFilter(ctx, "type", "replica").Err())
}
