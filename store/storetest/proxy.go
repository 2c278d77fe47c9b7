package storetest

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Link is a TCP proxy in front of a server, to be cut, held up, slowed and healed by a test.
// Its methods may be called at once from many goroutines.
type Link struct {
	listener net.Listener
	target   string
	wait     sync.WaitGroup

	mu     sync.Mutex
	cut    bool
	healed chan struct{} // closed by Heal; nil while nothing is held back
	delay  time.Duration // of each piece on its way back
	conns  map[net.Conn]bool
}

// Proxy listens on a free port of 127.0.0.1 and passes everything on to target:
// host:port, or the path of a unix socket. It ends with the test.
func Proxy(t testing.TB, target string) *Link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Link{listener: listener, target: target, conns: map[net.Conn]bool{}}
	l.wait.Go(l.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		l.Heal()
		l.Cut()
		l.wait.Wait()
	})
	return l
}

// Addr is the proxy's own host:port.
func (l *Link) Addr() string { return l.listener.Addr().String() }

// URL is the proxy's address for a Redis client.
func (l *Link) URL() string { return "redis://" + l.Addr() }

// Cut resets every connection, and each new one, until Heal.
func (l *Link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for c := range l.conns {
		reset(c)
	}
}

// Hold is a black hole: connections stay open, also new ones, and nothing comes through. What was sent
// meanwhile arrives late, after Heal, as a network sends it again.
func (l *Link) Hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.healed == nil {
		l.healed = make(chan struct{})
	}
}

// Slow lets each answer wait for so long, until Heal.
func (l *Link) Slow(delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay = delay
}

// Heal ends what Cut, Hold and Slow have begun.
func (l *Link) Heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.delay = false, 0
	if l.healed != nil {
		close(l.healed)
		l.healed = nil
	}
}

func (l *Link) accept() {
	for {
		in, err := l.listener.Accept()
		if err != nil {
			return // closed: the test has ended
		}
		l.wait.Go(func() { l.pass(in) })
	}
}

// pass joins one incoming connection with the target until either side ends.
func (l *Link) pass(in net.Conn) {
	defer l.drop(in)
	if !l.keep(in) {
		return
	}
	network := "tcp"
	if strings.HasPrefix(l.target, "/") {
		network = "unix"
	}
	out, err := net.Dial(network, l.target)
	if err != nil {
		return
	}
	defer l.drop(out)
	if !l.keep(out) {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		l.carry(in, out, true)
		_ = in.Close()
	})
	l.carry(out, in, false)
	_ = out.Close()
	back.Wait()
}

// carry passes on what comes, piece by piece, as the link lets it.
func (l *Link) carry(to io.Writer, from io.Reader, back bool) {
	piece := make([]byte, 64<<10)
	for {
		n, err := from.Read(piece)
		l.mu.Lock()
		healed, delay := l.healed, l.delay
		l.mu.Unlock()
		if healed != nil {
			<-healed
		}
		if back && delay > 0 {
			time.Sleep(delay)
		}
		if _, failed := to.Write(piece[:n]); failed != nil || err != nil {
			return
		}
	}
}

// keep notes a connection so that Cut finds it; false while the link is cut.
func (l *Link) keep(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return false
	}
	l.conns[c] = true
	return true
}

func (l *Link) drop(c net.Conn) {
	_ = c.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// reset closes a connection without the courtesies, as a pulled cable ends.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
