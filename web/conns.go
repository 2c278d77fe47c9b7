package web

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// firstWord is how long a connection that has not said anything is left open when the server shuts down: a
// request may be on its way. Browsers and proxies open connections ahead of need, and net/http would wait for
// each of them for five seconds.
const firstWord = 500 * time.Millisecond

// silent knows the connections on which nobody has said anything yet.
type silent struct {
	mu    sync.Mutex
	conns map[net.Conn]time.Time
}

// hear is told of each change of a connection's state.
func (s *silent) hear(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.conns[c] = time.Now()
	} else {
		delete(s.conns, c)
	}
}

// close ends them as the server shuts down and no more can come; each has had its time to say something.
func (s *silent) close() {
	for left := 1; left > 0; time.Sleep(firstWord / 10) {
		s.mu.Lock()
		for c, since := range s.conns {
			if time.Since(since) > firstWord {
				_ = c.Close()
				delete(s.conns, c)
			}
		}
		left = len(s.conns)
		s.mu.Unlock()
	}
}
