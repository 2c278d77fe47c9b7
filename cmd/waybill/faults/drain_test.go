package faults

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"waybill/store/storetest"
)

// pageGap is how long an open page may be without the truth while nodes are restarted.
const (
	pageGap = 2 * time.Second
	crowded = 2 // on a machine that does much else at the same time, everything takes so much longer
)

// TestRestartBehindABalancer restarts each node in turn behind a balancer that knows nothing but which of
// them takes connections. Customers order through it all the time and open pages watch the shop: no
// customer is sent away, no order is lost, and no page is without the truth for long.
func TestRestartBehindABalancer(t *testing.T) {
	server := storetest.Redis(t)
	var nodes []*node
	var addresses []string
	for i := range 3 {
		var args []string
		if i == 0 {
			args = []string{"--demo"}
		}
		n := startNode(t, fmt.Sprintf("node%d", i+1), server.URL(), args...)
		nodes, addresses = append(nodes, n), append(addresses, n.addr)
	}
	stock(t, nodes[0])
	street := &node{t: t, name: "the balancer", addr: storetest.Balancer(t, addresses...)}
	c := order(t, customers, street)
	var pages []*watcher // on all the nodes: the balancer takes turns
	for range 2 * len(nodes) {
		pages = append(pages, watch(t, street))
	}
	c.more(calm)
	for _, n := range nodes {
		began := time.Now()
		n.restart()
		if took := time.Since(began); took > patience {
			t.Errorf("%s took %s to go and come back", n.name, took)
		}
		c.more(calm)
	}
	gap, moves := time.Duration(0), 0
	for _, page := range pages {
		worst, moved := page.end()
		gap, moves = max(gap, worst), moves+moved
	}
	judge(t, c, server.Client(), nodes...)
	t.Logf("%d answers that a customer has to try again after; the pages moved %d times and were without the truth for %s at the most", c.failed.Load(), moves, gap.Round(time.Millisecond))
	if failed := c.failed.Load(); failed > 0 {
		t.Errorf("%d customers were sent away", failed)
	}
	if moves < len(nodes) {
		t.Errorf("the pages moved %d times: what ends no socket proves nothing", moves)
	}
	if gap > crowded*pageGap {
		t.Errorf("a page was without the truth for %s", gap)
	}
}

// watcher is an open page: it holds a socket to the shop's grid, and opens another at once when it ends.
type watcher struct {
	stop chan struct{}
	wait sync.WaitGroup

	mu    sync.Mutex
	since time.Time // when the page was last sure of what it shows
	worst time.Duration
	moves int
}

func watch(t *testing.T, at *node) *watcher {
	t.Helper()
	w := &watcher{stop: make(chan struct{})}
	w.wait.Go(func() {
		for {
			w.follow(at)
			select {
			case <-w.stop:
				return
			case <-time.After(100 * time.Millisecond): // as static/js/live.js does, on average
			}
		}
	})
	t.Cleanup(func() { w.end() })
	await(t, "the page is live", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return !w.since.IsZero() })
	return w
}

// follow is the life of one socket.
func (w *watcher) follow(at *node) {
	socket, err := websocket.Dial("ws://"+at.addr+"/live", "", "http://"+at.addr)
	if err != nil {
		return
	}
	defer func() { _ = socket.Close() }()
	for {
		var frame string
		_ = socket.SetReadDeadline(time.Now().Add(2500 * time.Millisecond))
		if err := websocket.Message.Receive(socket, &frame); err != nil {
			w.mu.Lock()
			w.moves++
			w.mu.Unlock()
			return
		}
		select {
		case <-w.stop:
			return
		default:
		}
		if frame != "!" {
			w.sure()
		}
	}
}

// sure notes that the page shows the truth. A second between two signs of that is as it should be.
func (w *watcher) sure() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if !w.since.IsZero() {
		w.worst = max(w.worst, now.Sub(w.since))
	}
	w.since = now
}

// again waits until the page is sure of what it shows, once more from now on, and tells how long that took.
func (w *watcher) again(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	await(t, "the page shows the truth again", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return w.since.After(began) })
	return time.Since(began)
}

// end gives the longest time between two signs that the page shows the truth, and how often its socket ended.
func (w *watcher) end() (worst time.Duration, moves int) {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	w.wait.Wait()
	return w.worst, w.moves
}

// TestLeavingTellsTheBalancer sends SIGTERM to a node that a balancer asks how it is: it answers customers
// until the balancer knows, with the word that their connection ends, and no longer.
func TestLeavingTellsTheBalancer(t *testing.T) {
	n := startNode(t, "node", "memory")
	if !n.answers("/readyz") {
		t.Fatal("nobody is sent to a node that works")
	}
	ended := make(chan time.Duration, 1)
	began := time.Now()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	go func() { n.ended <- <-n.ended; ended <- time.Since(began) }()
	await(t, "it says that it is leaving", func() bool { return strings.Contains(n.says("/readyz"), "leaving") })
	response, err := http.Get(n.url("/healthz"))
	if err != nil {
		t.Fatalf("it left before the balancer could know: %v", err)
	}
	_ = response.Body.Close()
	if !response.Close {
		t.Error("the connection is kept open")
	}
	_ = n.says("/readyz")
	if took := <-ended; took > patience {
		t.Errorf("it took %s to go", took)
	}
}

// says gives what a page answers, whatever its status.
func (n *node) says(path string) string {
	response, err := (&http.Client{Timeout: time.Second}).Get(n.url(path))
	if err != nil {
		return ""
	}
	defer func() { _ = response.Body.Close() }()
	return readAll(response.Body)
}
