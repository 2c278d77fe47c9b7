package live

import (
	"context"
	"crypto/sha256"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Topic is one fragment of a page for everybody who may see the same bytes.
type Topic struct {
	// Name is unique for the rendered bytes: resource, role and language, or one
	// person. The first viewer's topic serves all that come later with its name.
	Name string
	// Channels are the resources that the fragment shows.
	Channels []string
	// Render reads the present state and returns HTML: one or more elements with
	// an id. It outlives the request that brought it, so it must not use that. It
	// is not called again before it has returned.
	Render func(ctx context.Context) ([]byte, error)
}

// need says how much must happen with a topic; the higher includes the lower.
type need int

const (
	nothing    need = iota
	mustCheck       // read the revisions, render if they differ
	mustRender      // render, send if the bytes differ
	mustSend        // render and send in any case
)

type stage int

const (
	idle stage = iota
	queued
	running
	resting // for MinInterval after a render
)

// feed is a topic that somebody looks at. Hub.mu guards everything but stale;
// seen, sum and last change only in the one pass that runs.
type feed struct {
	Topic
	viewers map[*client]struct{}
	stage   stage
	need    need
	taken   need // by the pass that runs
	failing bool
	gone    bool // the last viewer has left
	rest    *time.Timer
	age     time.Duration // since the last render, in whole sweeps

	seen []string // the revisions just before the last render
	sum  [sha256.Size]byte
	last *websocket.PreparedMessage

	stale atomic.Bool // what was sent may differ from the truth
}

// doubt makes the pages of a feed say that they are reconnecting.
func (f *feed) doubt() {
	if f.stale.CompareAndSwap(false, true) {
		f.beatAll()
	}
}

func (f *feed) beatAll() {
	for c := range f.viewers {
		c.beatSoon()
	}
}

// join makes c a viewer of the topic; the first one brings it to life.
// The caller holds mu.
func (h *Hub) join(c *client, t Topic) {
	f := h.feeds[t.Name]
	if f == nil {
		f = &feed{Topic: t, viewers: map[*client]struct{}{}}
		f.stale.Store(true)
		h.feeds[t.Name] = f
		for _, channel := range t.Channels {
			if h.channels[channel] == nil {
				h.channels[channel] = map[*feed]struct{}{}
				h.hints.Watch(channel)
			}
			h.channels[channel][f] = struct{}{}
		}
	}
	c.feed = f
	f.viewers[c] = struct{}{}
	h.clients[c] = struct{}{}
	c.owed = true
	h.demand(f, mustCheck)
}

// leave forgets a client, and its topic if nobody else looks at it.
func (h *Hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.freePlace(c.viewer.Source)
	delete(h.clients, c)
	f := c.feed
	delete(f.viewers, c)
	if len(f.viewers) > 0 {
		return
	}
	f.gone = true
	if f.rest != nil {
		f.rest.Stop()
	}
	delete(h.feeds, f.Name)
	for _, channel := range f.Channels {
		delete(h.channels[channel], f)
		if len(h.channels[channel]) == 0 {
			delete(h.channels, channel)
			h.hints.Unwatch(channel)
		}
	}
}

// resync sends the present fragment to one client again.
func (h *Hub) resync(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.owed = true
	h.demand(c.feed, mustCheck)
}
