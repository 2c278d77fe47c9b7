package storetest

import (
	"os"
	"path/filepath"
)

// Past is what a server had on its disk at some time.
type Past struct{ dir string }

// Past copies what the server has on its disk now, all that it has answered for included.
func (s *Server) Past() Past {
	s.t.Helper()
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
	s.start()
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
