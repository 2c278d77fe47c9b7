package live_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"waybill/web/live"
)

func TestOneRenderServesAllViewers(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	pages := make([]*page, 100)
	for i := range pages {
		pages[i] = n.open(t, "topic=courier&source=all")
	}
	for _, p := range pages {
		within(t, 2*time.Second, "the first fragment", func() bool { return p.shows(0) && p.says(".") })
	}
	time.Sleep(100 * time.Millisecond)
	before := renders.Load()
	s.change("courier")
	for _, p := range pages {
		within(t, time.Second, "the change", func() bool { return p.shows(1) })
	}
	time.Sleep(100 * time.Millisecond)
	if got := renders.Load() - before; got != 1 {
		t.Errorf("%d renders for one change", got)
	}
	for _, p := range pages {
		if got := p.frames(); len(got) != 2 {
			t.Fatalf("frames %q", got)
		}
	}
}

func TestBusyTopicRestsAndEndsAtTheTruth(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	p := n.open(t, "topic=courier")
	within(t, time.Second, "the first fragment", func() bool { return p.shows(0) })
	began := time.Now()
	for range 2000 {
		s.change("courier")
		time.Sleep(100 * time.Microsecond)
	}
	took := time.Since(began)
	within(t, time.Second, "the last change", func() bool { return p.shows(2000) })
	if most := int64(took/(50*time.Millisecond)) + 3; renders.Load() > most {
		t.Errorf("%d renders in %v, at most %d wanted", renders.Load(), took, most)
	}
}

func TestLostHintIsRepairedByTheSweep(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	p := n.open(t, "topic=courier")
	within(t, time.Second, "the first fragment", func() bool { return p.shows(0) && p.says(".") })
	s.quietly("courier")
	within(t, 2*time.Second, "the change without a hint", func() bool { return p.shows(1) })
	if got := n.hub.Stats(); got.Repaired != 1 || got.Hints != 0 {
		t.Errorf("%+v", got)
	}
}

func TestOnlyNewBytesAreSentExceptOnResync(t *testing.T) {
	s := newShelf()
	n := newNode(t, s, live.Options{}, func(name string) live.Topic {
		return live.Topic{Name: name, Channels: []string{"a", "b"}, Render: func(context.Context) ([]byte, error) {
			return fmt.Appendf(nil, `<p id="x">%d</p>`, s.get("a")), nil // b does not show
		}}
	})
	p := n.open(t, "topic=x")
	within(t, time.Second, "the first fragment", func() bool { return p.shows(0) && p.says(".") })
	before := n.hub.Stats().Renders
	s.change("b")
	within(t, time.Second, "a render", func() bool { return n.hub.Stats().Renders > before })
	s.change("a")
	within(t, time.Second, "the change", func() bool { return p.shows(1) })
	if got := p.frames(); len(got) != 2 {
		t.Fatalf("frames %q", got)
	}
	if err := p.ws.WriteMessage(websocket.TextMessage, []byte("resync")); err != nil {
		t.Fatal(err)
	}
	within(t, time.Second, "the fragment again", func() bool { return len(p.frames()) == 3 && p.shows(1) })
}

// What a page shows is rendered anew without any change, for what time changes.
func TestOldTopicIsRefreshed(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{Sweep: 20 * time.Millisecond, Refresh: 100 * time.Millisecond},
		func(name string) live.Topic {
			return live.Topic{Name: name, Channels: []string{name}, Render: func(context.Context) ([]byte, error) {
				return fmt.Appendf(nil, `<p id="x">%d</p>`, renders.Add(1)), nil
			}}
		})
	p := n.open(t, "topic=order:1")
	within(t, 2*time.Second, "three renders", func() bool { return p.shows(3) })
}

func TestFailedRenderSaysSoAndRecovers(t *testing.T) {
	for _, kind := range []string{"error", "panic"} {
		s := newShelf()
		var broken atomic.Bool
		n := newNode(t, s, live.Options{}, func(name string) live.Topic {
			return live.Topic{Name: name, Channels: []string{name}, Render: func(context.Context) ([]byte, error) {
				switch {
				case broken.Load() && kind == "panic":
					panic("out of paper")
				case broken.Load():
					return nil, errors.New("out of paper")
				}
				return fmt.Appendf(nil, `<p id="x">%d</p>`, s.get(name)), nil
			}}
		})
		p, other := n.open(t, "topic=a"), n.open(t, "topic=b")
		within(t, time.Second, "both live", func() bool { return p.says(".") && other.says(".") })
		broken.Store(true)
		s.change("a")
		within(t, time.Second, "the page doubts", func() bool { return p.says("!") })
		if !other.says(".") {
			t.Error("another topic doubts too")
		}
		broken.Store(false)
		within(t, 2*time.Second, "the next try", func() bool { return p.shows(1) && p.says(".") })
	}
}

func TestLostStoreIsToldAndEverythingIsSentAgain(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	p := n.open(t, "topic=a")
	within(t, time.Second, "live", func() bool { return p.shows(0) && p.says(".") })
	s.kill(true)
	within(t, 2*time.Second, "the page doubts", func() bool { return p.says("!") })
	late := n.open(t, "topic=b") // joins while nothing can be read
	s.kill(false)
	within(t, time.Second, "the same fragment again", func() bool {
		return len(p.frames()) == 2 && p.shows(0) && p.says(".") && late.shows(0) && late.says(".")
	})
}

func TestSlowReaderHoldsNobodyAndGetsTheNewest(t *testing.T) {
	s := newShelf()
	padding := strings.Repeat("wool and tin ", 20_000) // beyond what the sockets' buffers take in
	// Waiting for the slow page would take the quick one a minute.
	n := newNode(t, s, live.Options{MinInterval: time.Millisecond, WriteLimit: time.Minute}, func(name string) live.Topic {
		return live.Topic{Name: name, Channels: []string{name}, Render: func(context.Context) ([]byte, error) {
			return fmt.Appendf(nil, `<p id="x">%d</p>%s`, s.get(name), padding), nil
		}}
	})
	slow, _, err := websocket.DefaultDialer.Dial(n.url("topic=a"), n.origin())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	quick := n.open(t, "topic=a")
	const changes = 200
	for i := range changes {
		s.change("a")
		within(t, 10*time.Second, "the quick page's change", func() bool { return quick.shows(i + 1) })
	}
	frames, newest := 0, fmt.Sprintf(`<p id="x">%d</p>`, changes)
	for {
		_ = slow.SetReadDeadline(time.Now().Add(3 * time.Second))
		_, body, err := slow.ReadMessage()
		if err != nil {
			t.Fatalf("after %d frames: %v", frames, err)
		}
		if len(body) > 1 {
			frames++
		}
		if strings.HasPrefix(string(body), newest) {
			break
		}
	}
	if frames > changes*3/4 || n.hub.Stats().Skipped == 0 {
		t.Errorf("the slow page got %d of %d fragments, %d skipped", frames, changes, n.hub.Stats().Skipped)
	}
}

func TestPageThatNeverReadsIsDropped(t *testing.T) {
	s := newShelf()
	padding := strings.Repeat("wool and tin ", 100_000)
	n := newNode(t, s, live.Options{MinInterval: time.Millisecond, WriteLimit: 300 * time.Millisecond}, func(name string) live.Topic {
		return live.Topic{Name: name, Channels: []string{name}, Render: func(context.Context) ([]byte, error) {
			return fmt.Appendf(nil, `<p id="x">%d</p>%s`, s.get(name), padding), nil
		}}
	})
	ws, _, err := websocket.DefaultDialer.Dial(n.url("topic=a"), n.origin())
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	within(t, 10*time.Second, "the socket is gone", func() bool {
		s.change("a")
		time.Sleep(5 * time.Millisecond)
		return n.hub.Stats().Sockets == 0
	})
}

func TestPageWithoutPongIsDropped(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{Heartbeat: 10 * time.Millisecond, PongLimit: 400 * time.Millisecond},
		func(name string) live.Topic { return s.topic(name, &renders) })
	answering := n.open(t, "topic=a")
	silent, _, err := websocket.DefaultDialer.Dial(n.url("topic=a"), n.origin())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	silent.SetPingHandler(func(string) error { return nil })
	go func() {
		for {
			if _, _, err := silent.ReadMessage(); err != nil {
				return
			}
		}
	}()
	within(t, time.Second, "both are there", func() bool { return n.hub.Stats().Sockets == 2 })
	within(t, 2*time.Second, "the silent one is gone", func() bool { return n.hub.Stats().Sockets == 1 })
	time.Sleep(500 * time.Millisecond)
	if n.hub.Stats().Sockets != 1 || !answering.says(".") {
		t.Error("the page that answers was dropped too")
	}
}

func TestLastViewerEndsTheTopic(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	one, two := n.open(t, "topic=a"), n.open(t, "topic=a")
	within(t, time.Second, "both live", func() bool { return one.says(".") && two.says(".") })
	_ = one.ws.Close()
	within(t, time.Second, "one left", func() bool { return n.hub.Stats().Sockets == 1 })
	if got := n.hub.Stats(); got.Topics != 1 || got.Channels != 1 || !s.watches("a") {
		t.Errorf("%+v", got)
	}
	_ = two.ws.Close()
	within(t, time.Second, "none left", func() bool { return n.hub.Stats().Sockets == 0 })
	if got := n.hub.Stats(); got.Topics != 0 || got.Channels != 0 || s.watches("a") {
		t.Errorf("%+v", got)
	}
	again := n.open(t, "topic=a")
	within(t, time.Second, "it lives again", func() bool { return again.shows(0) && again.says(".") })
}

func TestEndOfRunSendsPagesAwayAndLeavesNothing(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	before := runtime.NumGoroutine()
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	var pages []*page
	for i := range 20 {
		pages = append(pages, n.open(t, fmt.Sprintf("topic=%d", i%5)))
	}
	raw, err := net.Dial("tcp", n.server.Listener.Addr().String()) // upgrades, then neither reads nor closes
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	fmt.Fprintf(raw, "GET /live?topic=1 HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", raw.RemoteAddr(), n.server.URL)
	within(t, time.Second, "all are there", func() bool { return n.hub.Stats().Sockets == 21 })
	n.stop()
	for _, p := range pages {
		within(t, time.Second, "the reason", func() bool { return p.closedWith() == websocket.CloseServiceRestart })
	}
	if got := n.hub.Stats(); got.Sockets != 0 || got.Topics != 0 {
		t.Errorf("%+v", got)
	}
	settled(t, before)
}
