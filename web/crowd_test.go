package web

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// TestOrdersComeFirst fills every common place: pages are asked to come back at once, orders are still taken,
// and when all is done nothing is left.
func TestOrdersComeFirst(t *testing.T) {
	before := runtime.NumGoroutine()
	hold := make(chan struct{})
	var inside sync.WaitGroup
	slow := func(c echo.Context) error {
		inside.Done()
		<-hold
		return c.String(http.StatusOK, "done")
	}
	quick := func(c echo.Context) error { return c.String(http.StatusOK, "placed") }
	crowd := NewCrowd()
	h := serveCrowd(t, []Route{
		{Method: http.MethodGet, Path: "/slow", Handle: slow}, {Method: http.MethodPost, Path: "/order", Handle: quick},
		{Method: http.MethodPost, Path: "/basket", Handle: quick},
	}, io.Discard, func() Health { return Health{Orders: true} }, crowd)

	inside.Add(cap(crowd.common))
	var all sync.WaitGroup
	for range cap(crowd.common) {
		all.Go(func() {
			if w := answer(h, request(http.MethodGet, "/slow", "")); w.Code != http.StatusOK {
				t.Errorf("one that had a place: %d", w.Code)
			}
		})
	}
	inside.Wait()
	for range 3 {
		if w := answer(h, request(http.MethodGet, "/slow", "")); w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "many people") {
			t.Errorf("one too many: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
		}
	}
	if w := send(h, "/basket", nil); w.Code != 503 {
		t.Errorf("what is no order took a place of the orders: %d", w.Code)
	}
	for range 500 {
		if w := send(h, "/order", nil); w.Code != http.StatusOK {
			t.Fatalf("an order was turned away: %d", w.Code)
		}
	}
	if w := answer(h, request(http.MethodGet, "/healthz", "")); w.Code != http.StatusOK {
		t.Errorf("/healthz: %d", w.Code)
	}
	close(hold)
	all.Wait()
	if len(crowd.common)+len(crowd.places)+len(crowd.waiting) > 0 || crowd.turned.Load() != 4 {
		t.Errorf("left: %d, %d, %d; turned away: %d", len(crowd.common), len(crowd.places), len(crowd.waiting), crowd.turned.Load())
	}
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before+2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// TestOrdersWaitForRoom fills all places: an order waits for one, but not for long, and a bounded number waits.
func TestOrdersWaitForRoom(t *testing.T) {
	crowd := NewCrowd()
	var leave []func()
	for range cap(crowd.common) + placeAtOnce {
		done, err := crowd.Enter(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, done)
	}
	began := time.Now()
	if _, err := crowd.Enter(t.Context(), true); store.KindOf(err) != store.Unavailable || time.Since(began) < ordersLength {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	got := make(chan error, 1)
	go func() {
		done, err := crowd.Enter(t.Context(), true)
		if err == nil {
			done()
		}
		got <- err
	}()
	for len(crowd.waiting) == 0 {
		time.Sleep(time.Millisecond)
	}
	leave[0]()
	if err := <-got; err != nil {
		t.Errorf("a place became free, and the order was turned away: %v", err)
	}
	leave[0] = func() {}
	if done, err := crowd.Enter(t.Context(), true); err == nil {
		leave[0] = done
	}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range ordersWait {
		all.Go(func() { _, _ = crowd.Enter(ctx, true) })
	}
	for end := time.Now().Add(5 * time.Second); len(crowd.waiting) < ordersWait && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	cancel()
	all.Wait()
	for _, done := range leave {
		done()
	}
	if len(crowd.common)+len(crowd.places)+len(crowd.waiting) > 0 {
		t.Errorf("left: %d, %d, %d", len(crowd.common), len(crowd.places), len(crowd.waiting))
	}
}

// TestConnectionsAreBounded opens one connection more than there may be: it is told so, and as soon as another
// one ends there is room again.
func TestConnectionsAreBounded(t *testing.T) {
	conns := newConns()
	conns.most = 3
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	server.Config.ConnState = conns.hear
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.Start()
	defer server.Close()
	ask := func() (net.Conn, string) {
		t.Helper()
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
		line, _ := bufio.NewReader(c).ReadString('\n')
		return c, strings.TrimSpace(line)
	}
	var open []net.Conn
	for range 3 {
		c, line := ask()
		if line != "HTTP/1.1 200 OK" {
			t.Fatalf("there is room, and the answer is %q", line)
		}
		open = append(open, c)
	}
	c, line := ask()
	_ = c.Close()
	if line == "HTTP/1.1 200 OK" {
		t.Error("one too many was let in")
	}
	_ = open[0].Close()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, line := ask()
		defer func() { _ = c.Close() }()
		if line == "HTTP/1.1 200 OK" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("one has ended, and there is no room: %q", line)
		}
	}
	for _, c := range open {
		_ = c.Close()
	}
}
