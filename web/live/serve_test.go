package live_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"waybill/web/live"
)

func TestOnlyOurOwnPagesMayConnect(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	own := n.server.URL
	for name, origins := range map[string][]string{
		"none":             nil,
		"null":             {"null"},
		"empty":            {""},
		"foreign":          {"https://example.org"},
		"another port":     {"http://127.0.0.1:1"},
		"a longer name":    {own + ".example.org"},
		"our name as user": {strings.Replace(own, "://", "://127.0.0.1@", 1) + ".example.org"},
		"another scheme":   {strings.Replace(own, "http", "file", 1)},
		"two":              {own, own},
	} {
		_, answer, err := websocket.DefaultDialer.Dial(n.url("topic=a"), http.Header{"Origin": origins})
		if err == nil || answer == nil || answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: answer %v, error %v", name, answer, err)
		}
	}
	if renders.Load() != 0 {
		t.Error("something was rendered for strangers")
	}
	n.open(t, "topic=a")
}

func TestPlainRequestIsRefused(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{MaxSockets: 1}, func(name string) live.Topic { return s.topic(name, &renders) })
	for range 3 { // more than there are places: a refusal keeps none
		r, _ := http.NewRequest(http.MethodGet, n.server.URL+"/live?topic=a", nil)
		r.Header = n.origin()
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("status %d", answer.StatusCode)
		}
	}
	n.open(t, "topic=a")
}

func TestSocketsAreLimited(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{MaxSockets: 3, MaxPerSource: 2}, func(name string) live.Topic { return s.topic(name, &renders) })
	refused := func(query string, status int) {
		t.Helper()
		_, answer, err := websocket.DefaultDialer.Dial(n.url(query), n.origin())
		if err == nil || answer == nil || answer.StatusCode != status || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s: answer %v, error %v; want %d", query, answer, err, status)
		}
	}
	first := n.open(t, "topic=a&source=anna")
	n.open(t, "topic=a&source=anna")
	refused("topic=b&source=anna", http.StatusTooManyRequests)
	n.open(t, "topic=a&source=jan")
	refused("topic=b&source=ewa", http.StatusServiceUnavailable)
	within(t, time.Second, "three sockets", func() bool { return n.hub.Stats().Sockets == 3 })
	_ = first.ws.Close()
	within(t, time.Second, "a place is free", func() bool { return n.hub.Stats().Sockets == 2 })
	n.open(t, "topic=b&source=anna")
	within(t, time.Second, "two refused, four opened", func() bool {
		got := n.hub.Stats()
		return got.Refused == 2 && got.Opened == 4
	})
}

func TestMisbehaviourIsClosedWithTheRightCode(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	good := n.open(t, "topic=a")
	text := func(p *page, body string) { _ = p.ws.WriteMessage(websocket.TextMessage, []byte(body)) }
	for name, c := range map[string]struct {
		code int
		do   func(p *page)
	}{
		"binary":     {websocket.CloseUnsupportedData, func(p *page) { _ = p.ws.WriteMessage(websocket.BinaryMessage, []byte("resync")) }},
		"oversized":  {websocket.CloseMessageTooBig, func(p *page) { text(p, strings.Repeat("r", 513)) }},
		"huge":       {websocket.CloseMessageTooBig, func(p *page) { text(p, strings.Repeat("r", 200_000)) }},
		"not a word": {websocket.ClosePolicyViolation, func(p *page) { text(p, "order:124") }},
		"flood": {websocket.ClosePolicyViolation, func(p *page) {
			for range 200 {
				text(p, "resync")
			}
		}},
		"flood of pings": {websocket.ClosePolicyViolation, func(p *page) {
			for range 200 {
				_ = p.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
			}
		}},
		"unmasked": {websocket.CloseProtocolError, func(p *page) { _, _ = p.ws.NetConn().Write([]byte{0x81, 1, 'r'}) }},
	} {
		p := n.open(t, "topic=a")
		within(t, time.Second, "live", func() bool { return p.says(".") })
		c.do(p)
		within(t, 2*time.Second, name+" is closed", func() bool { return p.closedWith() != 0 })
		if got := p.closedWith(); got != c.code {
			t.Errorf("%s: closed with %d, want %d", name, got, c.code)
		}
	}
	within(t, 2*time.Second, "only the good one is left", func() bool { return n.hub.Stats().Sockets == 1 })
	s.change("a")
	within(t, time.Second, "the good page lives on", func() bool { return good.shows(1) && good.says(".") })
}

// A message may be compressed; its limit is what it unpacks to.
func TestCompressedBombIsTooBig(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	dialer := websocket.Dialer{EnableCompression: true}
	ws, _, err := dialer.Dial(n.url("topic=a"), n.origin())
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if err := ws.WriteMessage(websocket.TextMessage, []byte("resync")); err != nil {
		t.Fatal(err)
	}
	if err := ws.WriteMessage(websocket.TextMessage, []byte(strings.Repeat("r", 50_000))); err != nil {
		t.Fatal(err)
	}
	_ = ws.SetReadDeadline(time.Now().Add(2 * time.Second))
	for err == nil {
		_, _, err = ws.ReadMessage()
	}
	if !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
		t.Errorf("closed with %v", err)
	}
}

func TestSignedOutSocketsAreClosed(t *testing.T) {
	s := newShelf()
	var renders atomic.Int64
	n := newNode(t, s, live.Options{}, func(name string) live.Topic { return s.topic(name, &renders) })
	var gone, unsure atomic.Value
	gone.Store("")
	unsure.Store("")
	n.allowed = func(_ context.Context, session string) (bool, error) {
		if session == unsure.Load() {
			return false, errors.New("cannot read sessions")
		}
		return session != gone.Load(), nil
	}
	anna1, anna2 := n.open(t, "topic=a&session=anna"), n.open(t, "topic=b&session=anna")
	jan, ewa := n.open(t, "topic=a&session=jan"), n.open(t, "topic=a&session=ewa")
	nobody := n.open(t, "topic=a")
	for _, p := range []*page{anna1, anna2, jan, ewa, nobody} {
		within(t, time.Second, "live", func() bool { return p.says(".") })
	}
	n.hub.CloseSession("")
	n.hub.CloseSession("anna")
	within(t, time.Second, "both of Anna's", func() bool { return anna1.closedWith() == 4401 && anna2.closedWith() == 4401 })
	unsure.Store("ewa")
	gone.Store("jan") // on another node
	within(t, 1500*time.Millisecond, "Jan's", func() bool { return jan.closedWith() == 4401 })
	s.change("a")
	within(t, time.Second, "the others live on", func() bool { return ewa.shows(1) && nobody.shows(1) })
	within(t, time.Second, "two are left", func() bool { return n.hub.Stats().Sockets == 2 })
}

// stuck opens pages of Anna's that read nothing, and waits until no frame gets through to any of them. A frame
// has a minute to leave here, so that nobody is closed for being slow.
func stuck(t *testing.T, pages int) (n *node, sockets []*websocket.Conn, frame int64) {
	t.Helper()
	s := newShelf()
	padding := strings.Repeat("wool and tin ", 100_000)
	n = newNode(t, s, live.Options{MinInterval: time.Millisecond, WriteLimit: time.Minute}, func(name string) live.Topic {
		topic := s.topic(name, new(atomic.Int64))
		render := topic.Render
		topic.Render = func(ctx context.Context) ([]byte, error) {
			body, err := render(ctx)
			return append(body, padding...), err
		}
		return topic
	})
	for range pages {
		ws, _, err := websocket.DefaultDialer.Dial(n.url("topic=a&session=anna"), n.origin())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ws.Close() })
		sockets = append(sockets, ws)
	}
	within(t, 20*time.Second, "no frame gets through", func() bool {
		before := n.hub.Stats()
		s.change("a")
		within(t, 5*time.Second, "the change is rendered", func() bool { return n.hub.Stats().Renders > before.Renders })
		time.Sleep(20 * time.Millisecond)
		after := n.hub.Stats()
		return after.Sent == before.Sent && after.Skipped >= before.Skipped+int64(pages)
	})
	return n, sockets, int64(len(padding))
}

func TestStuckSocketIsClosedOnSignOutToo(t *testing.T) {
	n, _, _ := stuck(t, 1)
	n.hub.CloseSession("anna")
	within(t, 10*time.Second, "the stuck socket is gone", func() bool { return n.hub.Stats().Sockets == 0 })
}

// The frame that was stuck gets through after all, and the next one lies in the mailbox: whether a page's writer
// sends that too, or says goodbye, is chance. It does not hold up the sign-out either.
func TestNextFrameHoldsNoSignOutUp(t *testing.T) {
	n, sockets, frame := stuck(t, 12)
	n.hub.CloseSession("anna")
	var reading sync.WaitGroup
	for _, ws := range sockets {
		reading.Go(func() { _, _ = io.CopyN(io.Discard, ws.NetConn(), frame) })
	}
	within(t, 10*time.Second, "the stuck sockets are gone", func() bool { return n.hub.Stats().Sockets == 0 })
	reading.Wait()
}
