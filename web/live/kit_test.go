package live_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"waybill/web/live"
)

// shelf is a store in memory: one number per channel, and hints that a test
// may withhold.
type shelf struct {
	mu      sync.Mutex
	value   map[string]int
	watched map[string]bool
	dead    bool
	changed func(string)
}

func newShelf() *shelf { return &shelf{value: map[string]int{}, watched: map[string]bool{}} }

func (s *shelf) Revisions(_ context.Context, channels []string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return nil, fmt.Errorf("dead")
	}
	out := make([]string, len(channels))
	for i, c := range channels {
		out[i] = fmt.Sprint(s.value[c])
	}
	return out, nil
}

func (s *shelf) Watch(c string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched[c] = true
}

func (s *shelf) Unwatch(c string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watched, c)
}

func (s *shelf) watches(c string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watched[c]
}

func (s *shelf) Listen(ctx context.Context, changed, _ func(string), reachable func(bool)) error {
	s.mu.Lock()
	s.changed = changed
	s.mu.Unlock()
	reachable(true)
	<-ctx.Done()
	return nil
}

func (s *shelf) get(c string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value[c]
}

// quietly changes a channel without a hint; change hints too.
func (s *shelf) quietly(c string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value[c]++
}

func (s *shelf) change(c string) {
	s.quietly(c)
	s.mu.Lock()
	hint := s.changed
	s.mu.Unlock()
	hint(c)
}

func (s *shelf) kill(dead bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = dead
}

// topic shows one channel's number as <p id="x">7</p>.
func (s *shelf) topic(c string, renders *atomic.Int64) live.Topic {
	return live.Topic{Name: c, Channels: []string{c}, Render: func(context.Context) ([]byte, error) {
		renders.Add(1)
		return fmt.Appendf(nil, `<p id="x">%d</p>`, s.get(c)), nil
	}}
}

// node is a hub behind a web server. /live?topic=…&session=… opens a socket.
type node struct {
	hub     *live.Hub
	server  *httptest.Server
	stop    func() // ends Run and waits for it
	topic   func(name string) live.Topic
	allowed func(ctx context.Context, session string) (bool, error)
}

func newNode(t *testing.T, hints live.Hints, opt live.Options, topic func(name string) live.Topic) *node {
	t.Helper()
	n := &node{hub: live.NewHub(hints, opt), topic: topic}
	n.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := live.Viewer{Session: r.FormValue("session"), Source: r.FormValue("source")}
		if n.allowed != nil {
			v.Allowed = func(ctx context.Context) (bool, error) { return n.allowed(ctx, v.Session) }
		}
		n.hub.Serve(w, r, n.topic(r.FormValue("topic")), v)
	}))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.hub.Run(ctx) }()
	n.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Run returned %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Error("Run did not return")
		}
		n.server.Close()
	})
	t.Cleanup(n.stop)
	within(t, 2*time.Second, "the hub is live", func() bool { return n.hub.Stats().Live })
	return n
}

func (n *node) url(query string) string {
	return strings.Replace(n.server.URL, "http", "ws", 1) + "/live?" + query
}

func (n *node) origin() http.Header { return http.Header{"Origin": {n.server.URL}} }

// page is an open browser page without the browser.
type page struct {
	ws   *websocket.Conn
	mu   sync.Mutex
	got  []string // fragments, without heartbeats
	beat string   // the last heartbeat
	code int      // that the server closed with
}

func (n *node) open(t *testing.T, query string) *page {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(n.url(query), n.origin())
	if err != nil {
		t.Fatalf("open %s: %v", query, err)
	}
	p := &page{ws: ws}
	var reading sync.WaitGroup
	reading.Go(p.read)
	t.Cleanup(func() {
		_ = ws.Close()
		reading.Wait()
	})
	return p
}

func (p *page) read() {
	for {
		_, body, err := p.ws.ReadMessage()
		p.mu.Lock()
		if closed, ok := err.(*websocket.CloseError); ok {
			p.code = closed.Code
		}
		switch text := string(body); {
		case err != nil:
		case text == "." || text == "!":
			p.beat = text
		default:
			p.got = append(p.got, text)
		}
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (p *page) frames() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

func (p *page) shows(value any) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.got) > 0 && strings.HasPrefix(p.got[len(p.got)-1], fmt.Sprintf(`<p id="x">%v</p>`, value))
}

func (p *page) says(beat string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.beat == beat
}

func (p *page) closedWith() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.code
}

// within waits until something is so, and returns how long it took.
func within(t *testing.T, limit time.Duration, what string, so func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !so() {
		if time.Since(began) > limit {
			t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(200 * time.Microsecond)
	}
	return time.Since(began)
}

// settled waits until no more goroutines run than before.
func settled(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(3 * time.Second); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
