package journal

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/store"
)

// TestDiskFull runs itself again in a process whose files may not grow, for that is what a full disk
// looks like from inside.
func TestDiskFull(t *testing.T) {
	if path := os.Getenv("WAYBILL_TEST_FULL"); path != "" {
		fillUp(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDiskFull$", "-test.v")
	child.Env = append(os.Environ(), "WAYBILL_TEST_FULL="+path)
	if out, err := child.CombinedOutput(); err != nil || !strings.Contains(string(out), "refused on a full disk") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func fillUp(t *testing.T, path string) {
	signal.Ignore(syscall.SIGXFSZ)
	j := open(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	limit := func(bytes uint64) {
		var old syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: old.Max}); err != nil {
			t.Fatal(err)
		}
	}
	limit(uint64(info.Size()) + 64<<10)
	promised := []store.Number{}
	for n := store.Number(1); ; n++ {
		e := order(n)
		e.Draft.Recipient.Name = strings.Repeat("x", 4000)
		_, _, err := j.Accept(t.Context(), e)
		if err != nil {
			if failed, ok := errors.AsType[*store.Error](err); !ok || failed.Kind != store.Unavailable {
				t.Fatalf("not an outage: %v", err)
			}
			break
		}
		if promised = append(promised, n); n > 10_000 {
			t.Fatal("the disk never got full")
		}
	}
	if err := j.Keep(t.Context(), Change{Key: "order/1", Version: 1, At: time.Now(), Data: make([]byte, 100_000)}); err == nil {
		t.Error("a change was kept on a full disk")
	}
	limit(1 << 30)
	mustAccept(t, j, order(20_000)) // there is room again
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	for _, n := range promised {
		if _, ok := j.Entry(n); !ok {
			t.Errorf("order %s was promised and is not there", n)
		}
	}
	t.Logf("refused on a full disk, after %d", len(promised))
}
