package live

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxMessage     = 512 // bytes from a page, and the size of a socket's buffers
	maxPerBeat     = 20  // messages from a page between two heartbeats
	pingBeats      = 10  // heartbeats between two pings
	farewellLimit  = time.Second
	closeSignedOut = 4401
)

// client is one open page. Its mailbox has one slot: a page that reads slowly
// skips to the newest fragment and holds nobody else.
type client struct {
	hub    *Hub
	feed   *feed
	viewer Viewer
	ws     *websocket.Conn
	owed   bool // it gets the next result even if that is not new; Hub.mu guards it

	mail atomic.Pointer[websocket.PreparedMessage]
	beat atomic.Bool // a heartbeat is due before its time
	wake chan struct{}
	said atomic.Int32 // messages since the last heartbeat

	ending sync.Once
	done   chan struct{} // closed by end
	code   int           // to close with; 0 if that was said or nobody hears it
	text   string
	deaf   chan struct{} // closed when nobody reads from the socket any more
}

// start gives an opened socket its two goroutines.
func (h *Hub) start(ws *websocket.Conn, t Topic, v Viewer) {
	c := &client{
		hub:    h,
		viewer: v,
		ws:     ws,
		wake:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		deaf:   make(chan struct{}),
	}
	ws.SetReadLimit(maxMessage)
	h.mu.Lock()
	h.join(c, t)
	if h.closing {
		c.end(websocket.CloseServiceRestart, "come back")
	}
	h.mu.Unlock()
	h.count.opened.Add(1)
	go func() {
		defer h.open.Done() // takePlace has added it
		c.write()
		<-c.deaf
		h.leave(c)
	}()
	go c.read()
}

// post puts a frame into the mailbox; one that still lies there is too old to matter.
func (c *client) post(frame *websocket.PreparedMessage) {
	if c.mail.Swap(frame) != nil {
		c.hub.count.skipped.Add(1)
	}
	c.wakeUp()
}

func (c *client) beatSoon() {
	c.beat.Store(true)
	c.wakeUp()
}

func (c *client) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// end closes the socket; the first reason counts. Code 0 says nothing to the
// page. It may be called from anywhere and does not block; a frame that is
// stuck on its way, or that follows it from the mailbox, does not hold it up.
func (c *client) end(code int, text string) {
	c.ending.Do(func() {
		c.code, c.text = code, text
		c.endWriting()
		close(c.done)
	})
}

// endWriting leaves what is still to be written half a farewell's time.
func (c *client) endWriting() {
	if conn, ok := c.ws.NetConn().(*endingConn); ok { // see hijackable
		conn.endBy(time.Now().Add(farewellLimit / 2))
	}
}

// write is the only sender of frames. It returns when the socket is closed.
func (c *client) write() {
	defer c.ws.Close()
	tick := time.NewTicker(c.hub.opt.Heartbeat)
	defer tick.Stop()
	for beats := 1; ; {
		var err error
		select {
		case <-c.done:
			c.farewell()
			return
		case <-c.wake:
			err = c.flush(false)
		case <-tick.C:
			c.said.Store(0)
			err = c.flush(true)
			if beats++; err == nil && beats%pingBeats == 0 {
				err = c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(c.hub.opt.WriteLimit))
			}
		}
		if err != nil {
			c.end(0, "")
			return
		}
	}
}

// flush sends what lies in the mailbox, then a heartbeat if one is due.
func (c *client) flush(beat bool) error {
	if frame := c.mail.Swap(nil); frame != nil {
		if err := c.send(frame); err != nil {
			return err
		}
		c.hub.count.sent.Add(1)
	}
	if c.beat.Swap(false) || beat {
		return c.send(c.hub.beats[!c.feed.stale.Load()])
	}
	return nil
}

func (c *client) send(frame *websocket.PreparedMessage) error {
	_ = c.ws.SetWriteDeadline(time.Now().Add(c.hub.opt.WriteLimit))
	return c.ws.WritePreparedMessage(frame)
}

// farewell says why, and gives the page a moment to take note: a connection
// closed with unread bytes is reset, and the reason would be lost.
func (c *client) farewell() {
	if c.code != 0 {
		c.endWriting() // the last frame has had its time
		message := websocket.FormatCloseMessage(c.code, c.text)
		_ = c.ws.WriteControl(websocket.CloseMessage, message, time.Now().Add(farewellLimit/2))
	}
	select {
	case <-c.deaf:
	case <-time.After(farewellLimit):
	}
}

// refusal is why a page is sent away.
type refusal struct {
	code int
	text string
}

func (r refusal) Error() string { return r.text }

// read hears the page until it or its socket ends.
func (c *client) read() {
	defer close(c.deaf)
	err := c.listen()
	var why refusal
	if errors.As(err, &why) || errors.Is(err, websocket.ErrReadLimit) {
		c.hub.count.misbehaved.Add(1)
	}
	c.end(why.code, why.text)
	if websocket.IsUnexpectedCloseError(err) {
		return // the page has said goodbye
	}
	raw := c.ws.NetConn()
	_ = raw.SetReadDeadline(time.Now().Add(farewellLimit))
	_, _ = io.Copy(io.Discard, io.LimitReader(raw, 1<<20))
}

// listen returns a refusal, or gorilla's error when the page has gone or was
// sent away by gorilla (1002 for what is no websocket frame, 1009 for too much).
func (c *client) listen() error {
	c.ws.SetPongHandler(func(string) error { return c.heard() })
	c.ws.SetPingHandler(func(data string) error {
		// If the page is gone the reader or the writer will notice by itself.
		_ = c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(c.hub.opt.WriteLimit))
		return c.heard()
	})
	c.extend()
	for {
		kind, message, err := c.ws.NextReader()
		if err != nil {
			return err
		}
		if kind != websocket.TextMessage {
			return refusal{websocket.CloseUnsupportedData, "text only"}
		}
		if err := c.heard(); err != nil {
			return err
		}
		body, err := io.ReadAll(io.LimitReader(message, maxMessage+1)) // it may be compressed
		if err != nil {
			return err
		}
		if len(body) > maxMessage {
			return refusal{websocket.CloseMessageTooBig, "too big"}
		}
		if string(body) != "resync" {
			return refusal{websocket.ClosePolicyViolation, "not understood"}
		}
		c.hub.resync(c)
	}
}

// heard counts whatever the page sends, and takes it as a sign of life.
func (c *client) heard() error {
	if c.said.Add(1) > maxPerBeat {
		return refusal{websocket.ClosePolicyViolation, "too many messages"}
	}
	c.extend()
	return nil
}

func (c *client) extend() { _ = c.ws.SetReadDeadline(time.Now().Add(c.hub.opt.PongLimit)) }
