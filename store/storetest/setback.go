package storetest

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// Past is what a server had on its disk at some time.
type Past struct{ dir string }

// Past copies what the server has on its disk now, all that it has answered for included.
func (s *Server) Past() Past {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) { // while an fsync is under way Redis may keep back what it has to write
		state := s.client.InfoMap(context.Background(), "persistence").Val()["Persistence"]
		if state["aof_buffer_length"] == "0" && state["aof_pending_bio_fsync"] == "0" {
			break
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the server does not write down what it has answered for: %v", state)
		}
	}
	p := Past{s.t.TempDir()}
	copyTree(s.t, filepath.Join(s.opts.Dir, appendDir), p.dir)
	return p
}

// SetBack kills the server, if it runs, and starts it on what it had then: whatever was done since is
// forgotten, as after a power cut, or when somebody restores a copy.
func (s *Server) SetBack(p Past) {
	s.t.Helper()
	s.Kill()
	dir := filepath.Join(s.opts.Dir, appendDir)
	if err := os.RemoveAll(dir); err != nil {
		s.t.Fatal(err)
	}
	copyTree(s.t, p.dir, dir)
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

// appendDir is where redis-server keeps its append-only files.
const appendDir = "appendonlydir"

func copyTree(t interface {
	Helper()
	Fatal(args ...any)
}, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(from, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, file.Name()), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
