package live

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// demand notes what a feed needs and queues it if it can run. The caller holds mu.
func (h *Hub) demand(f *feed, n need) {
	f.need = max(f.need, n)
	if f.need == nothing || f.stage != idle || !h.read || h.closing {
		return
	}
	f.stage = queued
	h.queue = append(h.queue, f)
	h.work.Signal()
}

// renderLoop is one worker.
func (h *Hub) renderLoop(ctx context.Context) {
	for f := h.next(); f != nil; f = h.next() {
		h.pass(ctx, f)
	}
}

// next waits for a feed to work on; nil means that the hub closes.
func (h *Hub) next() *feed {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		for len(h.queue) == 0 && !h.closing {
			h.work.Wait()
		}
		if h.closing {
			return nil
		}
		f := h.queue[0]
		h.queue[0] = nil
		h.queue = h.queue[1:]
		switch {
		case f.gone:
		case !h.read: // it is queued again when the store can be read
			f.stage = idle
		default:
			f.stage = running
			f.taken, f.need = f.need, nothing
			return f
		}
	}
}

var errUnread = errors.New("a part of the store is away")

// result is what one pass over a feed found.
type result struct {
	seen     []string
	rendered bool
	sum      [sha256.Size]byte
	frame    *websocket.PreparedMessage // nil if the bytes are those of last time
	err      error
}

// pass brings one feed up to date. The revisions are read before the state, so
// that a change in between makes the next comparison differ.
func (h *Hub) pass(ctx context.Context, f *feed) {
	ctx, cancel := context.WithTimeout(ctx, h.opt.RenderLimit)
	defer cancel()
	var r result
	r.seen, r.err = h.hints.Revisions(ctx, f.Channels)
	if r.err == nil && slices.Contains(r.seen, Unread) {
		r.err = errUnread
	}
	if r.err == nil && (f.taken > mustCheck || f.last == nil || !slices.Equal(r.seen, f.seen)) {
		h.render(ctx, f, &r)
	}
	h.finish(f, r)
}

func (h *Hub) render(ctx context.Context, f *feed, r *result) {
	defer func() {
		if p := recover(); p != nil {
			r.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	body, err := f.Render(ctx)
	if err != nil {
		r.err = err
		return
	}
	h.count.renders.Add(1)
	r.rendered = true
	r.sum = sha256.Sum256(body)
	if f.last == nil || r.sum != f.sum {
		r.frame = prepare(body)
	}
}

// finish hands the result to the viewers and lets the feed rest.
func (h *Hub) finish(f *feed, r result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.gone {
		return
	}
	if r.err != nil {
		h.failed(f, r.err)
	} else {
		h.succeeded(f, r)
	}
	f.stage = resting
	f.rest = time.AfterFunc(h.opt.MinInterval, func() { h.rested(f) })
}

// failed keeps the demand; the next sweep tries again.
func (h *Hub) failed(f *feed, err error) {
	h.count.failures.Add(1)
	f.need = max(f.need, f.taken, mustRender)
	f.doubt()
	if f.failing {
		return
	}
	f.failing = true
	h.opt.Log.Warn("live page: cannot render", "topic", f.Name, "error", err)
	h.sweepSoon() // if it is the store, every page must say so
}

func (h *Hub) succeeded(f *feed, r result) {
	f.failing = false
	f.seen = r.seen
	if r.rendered {
		f.age = rand.N(h.opt.Refresh / 4) // so that not all topics grow old at once
	}
	if r.frame != nil {
		f.sum, f.last = r.sum, r.frame
	} else {
		h.count.unchanged.Add(1)
	}
	sure := h.heard && h.read && f.need < mustSend // no gap opened meanwhile
	cleared := sure && f.stale.CompareAndSwap(true, false)
	for c := range f.viewers {
		if r.frame != nil || c.owed || f.taken == mustSend {
			c.post(f.last)
		}
		if cleared || c.owed {
			c.beatSoon()
		}
		c.owed = false
	}
}

// rested lets a feed run again. A failing one waits for the sweep or a hint.
func (h *Hub) rested(f *feed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.gone || f.stage != resting {
		return
	}
	f.stage = idle
	if !f.failing {
		h.demand(f, nothing)
	}
}
