package intake

import (
	"sync"
	"time"
)

const (
	replaysAtMost = 8                      // orders that are made later, at once
	replaysBeside = 2                      // ... while customers are placing others
	liveLately    = 500 * time.Millisecond // customers are placing if one did so within this time
	breath        = 50 * time.Millisecond  // between two later orders while customers wait long
)

// pace leaves room for the customers of this moment when there is much to make up for.
type pace struct {
	mu   sync.Mutex
	last time.Time
	took time.Duration // what Redis takes for an order of this moment, on average
}

// live notes how long Redis took for an order whose customer waited.
func (p *pace) live(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	p.took += (took - p.took) / 8
}

// room says how many may be made at once, and how long to pause between two.
func (p *pace) room(within time.Duration) (atOnce int, pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case time.Since(p.last) > liveLately:
		return replaysAtMost, 0
	case p.took > within/4:
		return 1, breath
	}
	return replaysBeside, 0
}
