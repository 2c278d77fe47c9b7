package live

import (
	"net"
	"sync"
	"time"
)

// endingConn is a connection on which writing can be given an end. gorilla sets a deadline of its own before
// each frame, so a frame that was begun just after the end was set would have all of its time again.
type endingConn struct {
	net.Conn
	mu  sync.Mutex
	end time.Time // no write lasts longer; zero for as long as it takes
}

// SetWriteDeadline is net.Conn's; after endBy no deadline is later than that.
func (c *endingConn) SetWriteDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.end.IsZero() && (at.IsZero() || at.After(c.end)) {
		at = c.end
	}
	return c.Conn.SetWriteDeadline(at)
}

// endBy ends all writing at a moment, also of what is being written or begins later.
func (c *endingConn) endBy(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end = at
	_ = c.Conn.SetWriteDeadline(at)
}
