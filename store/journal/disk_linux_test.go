package journal

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
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

// TestDiskReadOnly takes the right to write from under an open journal, as a file system does that is mounted
// read-only after an error: nothing is promised, what was promised is still to be read, and all is well again
// when it can be written. Changes that stand in Redis wait meanwhile, each thing's newest.
func TestDiskReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	mustAccept(t, j, order(1))
	if err := j.Keep(t.Context(), Change{Key: "order/1", Version: 1, At: time.Now(), Data: []byte("one")}); err != nil {
		t.Fatal(err)
	}
	writable, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	readable, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = writable.Close(), readable.Close() }()
	used := descriptor(t, path, writable, readable)
	swap := func(by *os.File) {
		if err := syscall.Dup3(int(by.Fd()), used, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	swap(readable)
	refused := func(what string, err error) {
		if failed, ok := errors.AsType[*store.Error](err); !ok || failed.Kind != store.Unavailable {
			t.Errorf("%s on a disk that cannot be written: %v", what, err)
		}
	}
	_, _, err = j.Accept(t.Context(), order(2))
	refused("an order", err)
	_, _, err = j.Cancel(t.Context(), 1, store.Cancellation{})
	refused("a cancellation", err)
	refused("a change", j.Keep(t.Context(), Change{Key: "order/1", Version: 2, At: time.Now(), Data: []byte("two")}))
	refused("a probe", j.Probe(t.Context()))
	if e, ok := j.Entry(1); !ok || e.State != Pending || e.Cancelled != nil {
		t.Errorf("what was promised: %v %+v", ok, e)
	}
	refused("a later change", j.Keep(t.Context(), Change{Key: "order/1", Version: 3, At: time.Now(), Data: []byte("three")}))
	refused("an earlier change", j.Keep(t.Context(), Change{Key: "order/1", Version: 2, At: time.Now(), Data: []byte("two")}))
	refused("another's change", j.Keep(t.Context(), Change{Key: "order/2", Version: 1, At: time.Now().Add(-time.Hour), Data: []byte("one")}))
	waits := func(where string) {
		t.Helper()
		all, mark := j.Newest(nil, 1)
		next, mark := j.Newest(mark, 1)
		end, _ := j.Newest(mark, 1)
		if all = append(all, append(next, end...)...); len(all) != 2 || string(all[0].Data) != "three" || all[1].Key != "order/2" {
			t.Errorf("%s: the changes are %+v", where, all)
		}
		if c, ok := j.Change("order/1"); !ok || c.Version != 3 {
			t.Errorf("%s: of the order is known: %v %+v", where, ok, c)
		}
	}
	waits("in memory")
	if s := j.Stats(); s.Owed != 2 || s.NotKept != 0 || j.Failing() == nil {
		t.Errorf("%d changes wait, %d are lost, failing: %v", s.Owed, s.NotKept, j.Failing())
	}
	swap(writable)
	mustAccept(t, j, order(2))
	if j.Failing() == nil {
		t.Error("it does not fail any more, and changes wait in memory only")
	}
	if err := j.Probe(t.Context()); err != nil || j.Failing() != nil || j.Stats().Owed != 0 {
		t.Errorf("there is room again: %v, failing: %v, %d wait", err, j.Failing(), j.Stats().Owed)
	}
	waits("written down")
	swap(readable)
	refused("the last change", j.Keep(t.Context(), Change{Key: "order/3", Version: 1, At: time.Now().Add(-2 * time.Hour), Data: []byte("last")}))
	swap(writable)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	defer func() { _ = j.Close() }()
	if c, ok := j.Change("order/3"); !ok || string(c.Data) != "last" {
		t.Errorf("what waited when it was closed: %v %+v", ok, c)
	}
	if pending := j.Pending(0, 10); len(pending) != 2 {
		t.Errorf("%d orders are pending", len(pending))
	}
}

// TestTooMuchToRemember gives a journal more changes than it remembers: newer pictures of the same things find
// room, others are counted.
func TestTooMuchToRemember(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "journal.db"))
	defer func() { _ = j.Close() }()
	full := errors.New("full")
	for n := range owedMost + 5 {
		j.disk.owe(full, []Change{{Key: "order/" + strconv.Itoa(n), Version: 1, At: time.Now()}})
	}
	j.disk.owe(full, []Change{{Key: "order/1", Version: 2, At: time.Now()}})
	if s := j.Stats(); s.Owed != owedMost || s.NotKept != 5 {
		t.Errorf("%d wait and %d are lost", s.Owed, s.NotKept)
	}
	if err := j.Probe(t.Context()); err != nil || j.Failing() != nil {
		t.Errorf("there is room: %v, failing: %v", err, j.Failing())
	}
	if c, _ := j.Change("order/1"); c.Version != 2 || j.Stats().Owed != 0 {
		t.Errorf("written down is %+v, %d wait", c, j.Stats().Owed)
	}
}

// descriptor finds the one by which the journal has its file open, besides the test's own.
func descriptor(t *testing.T, path string, own ...*os.File) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	mine := map[int]bool{}
	for _, file := range own {
		mine[int(file.Fd())] = true
	}
	for _, entry := range list {
		fd, _ := strconv.Atoi(entry.Name())
		if to, _ := os.Readlink("/proc/self/fd/" + entry.Name()); to == path && !mine[fd] {
			return fd
		}
	}
	t.Fatal("the journal's file is not open")
	return 0
}
