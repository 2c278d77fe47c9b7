package engine_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/engine"
)

// openChild opens an engine on a private redis-server; it never settles for less.
func openChild(t *testing.T, opts engine.Options) *engine.Engine {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("this test needs redis-server: run `make test`, or install it")
	}
	e := open(t, opts)
	if e.Kind() != engine.Child {
		t.Fatalf("kind %q, want child", e.Kind())
	}
	return e
}

// pid asks the Redis behind a client for its process id; 0 when it does not answer.
func pid(c redis.UniversalClient) int {
	for line := range strings.Lines(c.Info(context.Background(), "server").Val()) {
		if id, ok := strings.CutPrefix(line, "process_id:"); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(id))
			return n
		}
	}
	return 0
}

func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestChildStartsQuicklyAndKeepsDataAcrossRuns(t *testing.T) {
	dir := t.TempDir()
	for run := range 2 {
		started := time.Now()
		e := openChild(t, engine.Options{DataDir: dir})
		if took := time.Since(started); took > time.Second {
			t.Errorf("it started in %v", took)
		}
		if n := e.Client().Incr(t.Context(), "runs").Val(); n != int64(run)+1 {
			t.Errorf("run %d finds %d", run, n)
		}
		child, socket := pid(e.Client()), strings.TrimPrefix(e.Address(), "unix://")
		if err := e.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if alive(child) {
			t.Errorf("process %d is left behind", child)
		}
		if _, err := os.Stat(socket); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is left behind: %v", err)
		}
	}
}

func TestChildComesBackAfterACrash(t *testing.T) {
	log := &syncBuffer{}
	e := openChild(t, engine.Options{DataDir: t.TempDir(), Log: slog.New(slog.NewTextHandler(log, nil))})
	ctx := t.Context()
	for round := range 3 {
		key := "order:" + strconv.Itoa(round)
		if err := e.Client().Set(ctx, key, "placed", 0).Err(); err != nil {
			t.Fatal(err)
		}
		old := pid(e.Client())
		if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		within(t, 5*time.Second, "a new child answers", func() bool {
			now := pid(e.Client())
			return now != 0 && now != old
		})
		if got := e.Client().Get(ctx, key).Val(); got != "placed" {
			t.Errorf("%s was lost in the crash: %q", key, got)
		}
		if err := e.Listening().Ping(ctx).Err(); err != nil {
			t.Errorf("the listening client: %v", err)
		}
	}
	if n := strings.Count(log.String(), "starting it again"); n != 3 {
		t.Errorf("%d crashes were logged, want 3:\n%s", n, log)
	}
}

func TestCloseEndsAFrozenChild(t *testing.T) {
	e := openChild(t, engine.Options{DataDir: t.TempDir()})
	child := pid(e.Client())
	if err := syscall.Kill(child, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := e.Close(ctx); err == nil {
		t.Error("Close did not say that it had to kill")
	}
	if alive(child) {
		t.Errorf("process %d is left behind", child)
	}
}

func TestALongPathGetsAShortSocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat(`long "path" `, 12))
	e := openChild(t, engine.Options{DataDir: dir})
	if err := e.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	socket := strings.TrimPrefix(e.Address(), "unix://")
	if strings.HasPrefix(socket, dir) || len(socket) > 100 {
		t.Errorf("the socket is %s", socket)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(socket)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket's directory is left behind: %v", err)
	}
}

func TestADamagedFileIsExplained(t *testing.T) {
	dir := t.TempDir()
	e := openChild(t, engine.Options{DataDir: dir})
	if err := errors.Join(e.Client().Set(t.Context(), "k", "v", 0).Err(), e.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(dir + "/redis/appendonlydir/*.incr.aof")
	if err != nil || len(files) != 1 {
		t.Fatalf("append-only files: %q, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("*nonsense\r\n$3\r\nSET\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = engine.Open(t.Context(), engine.Options{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "append only file") {
		t.Errorf("%v, want what redis-server said", err)
	}
	open(t, engine.Options{DataDir: dir, Memory: true}) // a failed start frees the directory
}
