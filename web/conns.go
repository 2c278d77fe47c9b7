package web

import (
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

const (
	// firstWord is how long a connection that has not said anything is left open when the server shuts down: a
	// request may be on its way. Browsers and proxies open connections ahead of need, and net/http would wait
	// for each of them for five seconds.
	firstWord = 500 * time.Millisecond

	connsAtOnce   = 10_000 // connections, without sockets
	socketsAtOnce = 20_000 // open pages: the hub bounds them
	filesKept     = 256    // files that the process needs besides: Redis, the journal, what it reads
)

// full is said to a connection for which there is no room, before it is closed.
const full = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// conns knows the open connections of a server, without those that have become sockets, and on which of them
// nobody has said anything yet.
type conns struct {
	most int

	mu     sync.Mutex
	open   map[net.Conn]bool
	silent map[net.Conn]time.Time
}

func newConns() *conns {
	return &conns{most: connsAtOnce * share() / 100, open: map[net.Conn]bool{}, silent: map[net.Conn]time.Time{}}
}

// MaxSockets is how many open pages a process can hold.
func MaxSockets() int { return socketsAtOnce * share() / 100 }

// share is how many hundredths of its connections and sockets the system lets a process have: all of them,
// unless it may open few files only.
func share() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur >= connsAtOnce+socketsAtOnce+filesKept {
		return 100
	}
	return max(1, 100*(int(files.Cur)-filesKept)/(connsAtOnce+socketsAtOnce))
}

// hear is told of each change of a connection's state. One too many is sent away at once.
func (s *conns) hear(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state != http.StateNew {
		delete(s.silent, c)
		if state == http.StateClosed || state == http.StateHijacked {
			delete(s.open, c)
		}
		return
	}
	if len(s.open) >= s.most {
		_ = c.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)) // it fits into the empty buffer, or nobody hears it
		_, _ = c.Write([]byte(full))
		_ = c.Close()
		return
	}
	s.open[c], s.silent[c] = true, time.Now()
}

// end closes those on which nothing was said, as the server shuts down and no more can come; each has had its
// time to say something.
func (s *conns) end() {
	for left := 1; left > 0; time.Sleep(firstWord / 10) {
		s.mu.Lock()
		for c, since := range s.silent {
			if time.Since(since) > firstWord {
				_ = c.Close()
				delete(s.silent, c)
			}
		}
		left = len(s.silent)
		s.mu.Unlock()
	}
}
