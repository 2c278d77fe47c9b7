package storetest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Balancer listens on a free port of 127.0.0.1 and gives each connection to the next of several servers,
// past those that cannot be reached. It knows nothing of what passes through, and asks nobody how they are.
// It gives its own host:port, and ends with the test.
func Balancer(t testing.TB, targets ...string) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{targets: targets, conns: map[net.Conn]bool{}}
	b.wait.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return // closed: the test has ended
			}
			b.wait.Go(func() { b.pass(in) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		b.end()
		b.wait.Wait()
	})
	return listener.Addr().String()
}

type balancer struct {
	targets []string
	wait    sync.WaitGroup

	mu    sync.Mutex
	next  int
	ended bool
	conns map[net.Conn]bool
}

// pass joins one incoming connection with the next server that can be reached.
func (b *balancer) pass(in net.Conn) {
	defer b.drop(in)
	if !b.keep(in) {
		return
	}
	first := b.turn() // of this connection: others that come meanwhile do not lead it back to one that it has tried
	for i := range b.targets {
		out, err := net.DialTimeout("tcp", b.targets[(first+i)%len(b.targets)], 5*time.Second) // nobody there is told at once: this is for a busy machine
		if err != nil {
			continue
		}
		defer b.drop(out)
		if b.keep(out) {
			join(in, out)
		}
		return
	}
}

func (b *balancer) turn() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	return b.next
}

// keep notes a connection, to be closed at the end; false when it has come.
func (b *balancer) keep(c net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conns[c] = true
	return !b.ended
}

func (b *balancer) drop(c net.Conn) {
	_ = c.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.conns, c)
}

func (b *balancer) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	for c := range b.conns {
		_ = c.Close()
	}
}

// join copies both ways, and passes each end on, until both have come.
func join(in, out net.Conn) {
	var back sync.WaitGroup
	copyTo := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		if half, ok := to.(*net.TCPConn); ok {
			_ = half.CloseWrite()
		}
	}
	back.Go(func() { copyTo(in, out) })
	copyTo(out, in)
	back.Wait()
}
