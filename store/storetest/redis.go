// Package storetest gives tests a real Redis of their own, and ways to hurt it.
// Nothing here skips: a machine without redis-server fails the test and is told
// what to install.
package storetest

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/engine"
)

// patience bounds each start and stop; a loaded machine is slow, not broken.
const patience = 20 * time.Second

// Server is a private redis-server with an append-only file, on a unix socket
// with a short path. It belongs to one test and is used from its goroutine;
// the clients may be used by many.
type Server struct {
	t       testing.TB
	opts    engine.ServerOptions
	running *engine.Server
	client  *redis.Client
	down    bool // killed or stopped
}

// Redis starts a server for this test, empty, and ends it with the test.
func Redis(t testing.TB) *Server {
	t.Helper()
	s, err := newServer(t)
	if err != nil {
		t.Fatalf("start redis-server: %v", err)
	}
	return s
}

// program finds redis-server.
func program(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("this test needs redis-server: run `make test`, or install it (Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis)")
	}
	return path
}

// newServer starts a server with more lines of configuration.
func newServer(t testing.TB, extra ...string) (*Server, error) {
	t.Helper()
	dir, err := os.MkdirTemp("", "wb") // t.TempDir carries the test's name, too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, opts: engine.ServerOptions{
		Program: program(t),
		Dir:     dir,
		Socket:  filepath.Join(dir, "s"),
		Log:     slog.New(slog.DiscardHandler),
		Extra:   extra,
	}}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := s.start(); err != nil {
		return nil, err
	}
	t.Cleanup(s.Kill)
	s.client = s.NewClient()
	return s, nil
}

// start runs the server on what its directory holds and waits until it answers.
func (s *Server) start() error {
	running, err := engine.StartServer(s.opts)
	if err != nil {
		return err
	}
	s.running, s.down = running, false
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := running.Await(ctx); err != nil {
		s.Kill()
		return err
	}
	return nil
}

// Client is a patient client (seconds, no retries) that is closed with the test.
func (s *Server) Client() *redis.Client { return s.client }

// NewClient makes one more client, with connections of its own, closed with the test.
func (s *Server) NewClient() *redis.Client { return Client(s.t, s.URL()) }

// Addr is the path of the server's socket, as `redis-cli -s` and Proxy take it.
func (s *Server) Addr() string { return s.opts.Socket }

// URL is the server's address for engine.Open and `--redis`.
func (s *Server) URL() string { return (&url.URL{Scheme: "unix", Path: s.opts.Socket}).String() }

// PID is the process id of the running server; it changes with Restart.
func (s *Server) PID() int { return s.running.PID() }

// Kill ends the server as a crash does (SIGKILL) and waits for it. What it had
// answered is in its file. Killing a dead server does nothing.
func (s *Server) Kill() {
	s.down = true
	s.running.Signal(syscall.SIGKILL)
	<-s.running.Done()
}

// Stop freezes the server (SIGSTOP): connections stay open and nothing answers.
func (s *Server) Stop() {
	s.down = true
	s.running.Signal(syscall.SIGSTOP)
}

// Cont wakes a server that Stop froze.
func (s *Server) Cont() {
	s.down = false
	s.running.Signal(syscall.SIGCONT)
}

// Restart kills the server if it runs and starts it again on the same socket and
// data; clients find it again by themselves.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	if err := s.start(); err != nil {
		s.t.Fatalf("start redis-server again: %v", err)
	}
}

// Client makes a patient client for a URL, closed with the test.
func Client(t testing.TB, url string) *redis.Client {
	t.Helper()
	c, err := engine.PatientClient(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*redis.Client) // the addresses of clusters come by another way
}

// Memory gives a patient client to a Redis inside this process, as Waybill uses
// it where no redis-server is installed. It ends with the test.
func Memory(t testing.TB) *redis.Client {
	t.Helper()
	e, err := engine.Open(context.Background(), engine.Options{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close(context.Background()) })
	return Client(t, e.Address())
}
