package live

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	sweepChunk     = 500 // channels in one round trip
	recheckAtOnce  = 4
	recheckPatient = time.Second
)

// sweepLoop compares revisions every second: hints are quick, but nobody knows
// which of them were lost. While the store cannot be read it looks more often.
func (h *Hub) sweepLoop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		due := false
		select {
		case <-ctx.Done():
			return
		case <-h.sweepNow:
		case <-timer.C:
			due = true
		}
		ok := h.sweep(ctx, due)
		switch {
		case ctx.Err() != nil:
			return
		case !ok:
			timer.Reset(h.opt.Sweep / 4)
		default:
			timer.Reset(h.opt.Sweep)
		}
	}
}

// sweep reads the revision of every watched channel and marks what differs. It
// says whether the store could be read. Only a sweep that was due tries failed
// topics again, so that they cannot call for the next one.
func (h *Hub) sweep(ctx context.Context, due bool) bool {
	h.count.sweeps.Add(1)
	found := map[string]string{}
	channels := h.watched()
	if len(channels) == 0 {
		if _, err := h.revisions(ctx, nil); err != nil {
			h.readable(false)
			return false
		}
	}
	for part := range slices.Chunk(channels, sweepChunk) {
		revisions, err := h.revisions(ctx, part)
		if err != nil {
			h.readable(false)
			return false
		}
		for i, channel := range part {
			found[channel] = revisions[i]
		}
	}
	h.readable(true)
	h.compare(found, due)
	return true
}

func (h *Hub) revisions(ctx context.Context, channels []string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, h.opt.RenderLimit/2)
	defer cancel()
	return h.hints.Revisions(ctx, channels)
}

func (h *Hub) watched() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	channels := make([]string, 0, len(h.channels))
	for channel := range h.channels {
		channels = append(channels, channel)
	}
	return channels
}

// compare asks for a check of each feed that was rendered from other revisions
// than those found, and for a render of each that is old.
func (h *Hub) compare(found map[string]string, due bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.feeds {
		if due {
			f.age += h.opt.Sweep
		}
		switch {
		case f.failing && due:
			h.demand(f, mustRender)
		case f.failing || f.last == nil:
		case due && f.age >= h.opt.Refresh:
			h.demand(f, mustRender)
		case f.differs(found):
			if f.stage == idle {
				h.count.repaired.Add(1)
			}
			h.demand(f, mustCheck)
		}
	}
}

// differs says whether a channel was found at another revision than at the last
// render. A channel that nobody looked at when the sweep began is not judged.
func (f *feed) differs(found map[string]string) bool {
	for i, channel := range f.Channels {
		if revision, known := found[channel]; known && revision != f.seen[i] {
			return true
		}
	}
	return false
}

// recheckLoop asks, often enough to notice a sign-out within a second, whether
// viewers may still look. While the store cannot be read nothing new is shown,
// so nothing is asked.
func (h *Hub) recheckLoop(ctx context.Context) {
	tick := time.NewTicker(h.opt.Recheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.recheck(ctx)
		}
	}
}

// right is what one answer covers: all sockets of a session on the same topic,
// or one socket without a session.
type right struct {
	session, topic string
	alone          *client
}

func (c *client) right() right {
	if c.viewer.Session == "" {
		return right{alone: c}
	}
	return right{session: c.viewer.Session, topic: c.feed.Name}
}

func (h *Hub) recheck(ctx context.Context) {
	places := make(chan struct{}, recheckAtOnce)
	var asked sync.WaitGroup
	for r, allowed := range h.rights() {
		places <- struct{}{}
		asked.Go(func() {
			defer func() { <-places }()
			ctx, cancel := context.WithTimeout(ctx, recheckPatient)
			defer cancel()
			if ok, err := allowed(ctx); err == nil && !ok {
				h.closeWhere(func(c *client) bool { return c.right() == r })
			}
		})
	}
	asked.Wait()
}

func (h *Hub) rights() map[right]func(context.Context) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	rights := map[right]func(context.Context) (bool, error){}
	if !h.read {
		return rights
	}
	for c := range h.clients {
		if c.viewer.Allowed != nil {
			rights[c.right()] = c.viewer.Allowed
		}
	}
	return rights
}
