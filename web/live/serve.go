package live

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/websocket"
)

// Viewer is who looks.
type Viewer struct {
	// Session names the signed-in session; "" is a page that needs none.
	Session string
	// Source is whose sockets are counted against MaxPerSource: the session or
	// the remote address. "" takes the address of the connection.
	Source string
	// Allowed says whether the viewer may still look at this topic. It is asked
	// again and again, from several goroutines, after the request has ended; an
	// error changes nothing. nil allows.
	Allowed func(ctx context.Context) (bool, error)
}

// Serve makes a websocket of the request and returns when it is open; from then
// on the hub owns it. A refusal is answered here too (403 for a foreign Origin,
// 429 and 503 for too many, 400 for what is no websocket request), so there is
// nothing for the caller to answer: an Echo handler returns nil afterwards.
// Whether the viewer may see the topic at all is decided before.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, t Topic, v Viewer) {
	if !sameOrigin(r) {
		h.refuse(w, http.StatusForbidden, "This page may only be followed from this shop.")
		return
	}
	if v.Source == "" {
		v.Source, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	if status := h.takePlace(v.Source); status != http.StatusOK {
		w.Header().Set("Retry-After", "5")
		h.refuse(w, status, "Too many open pages. Reload this one to see what is new.")
		return
	}
	ws, err := h.upgrader.Upgrade(hijackable{w}, r, nil)
	if err != nil { // gorilla has answered
		h.count.refused.Add(1)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.freePlace(v.Source)
		h.open.Done()
		return
	}
	h.start(ws, t, v)
}

func (h *Hub) refuse(w http.ResponseWriter, status int, text string) {
	h.count.refused.Add(1)
	http.Error(w, text, status)
}

// takePlace counts a socket before it is opened, and Run waits for it from here on.
func (h *Hub) takePlace(source string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closing || h.sockets >= h.opt.MaxSockets:
		return http.StatusServiceUnavailable
	case h.sources[source] >= h.opt.MaxPerSource:
		return http.StatusTooManyRequests
	}
	h.sockets++
	h.sources[source]++
	h.open.Add(1)
	return http.StatusOK
}

// freePlace undoes takePlace. The caller holds mu.
func (h *Hub) freePlace(source string) {
	h.sockets--
	if h.sources[source]--; h.sources[source] == 0 {
		delete(h.sources, source)
	}
}

// sameOrigin lets in only pages of the host that was asked. A request without
// an Origin is no browser's page.
func sameOrigin(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) != 1 {
		return false
	}
	origin, err := url.Parse(origins[0])
	return err == nil && (origin.Scheme == "http" || origin.Scheme == "https") &&
		origin.Host != "" && strings.EqualFold(origin.Host, r.Host)
}

func newUpgrader() websocket.Upgrader {
	return websocket.Upgrader{
		ReadBufferSize:    maxMessage,
		WriteBufferSize:   maxMessage,
		EnableCompression: true,                                     // once per frame, not once per socket
		CheckOrigin:       func(*http.Request) bool { return true }, // Serve has checked it
	}
}

// hijackable finds the connection beneath the wrappers of middleware, and makes it one that can be ended.
type hijackable struct{ http.ResponseWriter }

func (w hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &endingConn{Conn: conn}, buffers, nil
}
