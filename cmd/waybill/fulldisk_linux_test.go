package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAFullDiskIsNeverAYes runs itself again in a process whose files may not grow: what cannot be written
// down is refused in plain words, this process says that it takes no orders, and both end with the trouble.
func TestAFullDiskIsNeverAYes(t *testing.T) {
	onItsOwn(t, orderOnAFullDisk)
}

// onItsOwn runs a test in a process of its own, for limits on files are a process's.
func onItsOwn(t *testing.T, test func(*testing.T)) {
	t.Helper()
	if os.Getenv("WAYBILL_TEST_FULL") != "" {
		test(t)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), "WAYBILL_TEST_FULL=yes")
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "refused on a full disk") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// fileLimit says how long files may become, in bytes, and gives what makes an end of that.
func fileLimit(t *testing.T) (limit func(bytes uint64), none func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limit = func(bytes uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: old.Max}); err != nil {
			t.Fatal(err)
		}
	}
	return limit, func() { limit(old.Cur) }
}

func orderOnAFullDisk(t *testing.T) {
	limit, room := fileLimit(t)
	server, environment := openServer(t)
	environment["WAYBILL_PLACE_WITHIN"] = "5s"
	s := openShop(t, environment, "--demo")
	api := partner{t, s.base}
	api.ask("PUT", "/warehouses/warehouse1/stock/prod1", "", `{"on_hand":100000,"reason":"delivery"}`)
	file, err := os.Stat(s.dir + "/journal.db")
	if err != nil {
		t.Fatal(err)
	}
	limit(uint64(file.Size()))
	healthy := func() bool {
		code, _, _ := get(t, browser(t), s.base+"/healthz", nil)
		return code == http.StatusOK
	}
	var promised []string
	for n := 0; ; n++ {
		code, order, _ := api.place(fmt.Sprint("order ", n), "prod1", 1)
		if code == http.StatusServiceUnavailable {
			if !strings.Contains(order.Detail, "cannot write orders down") {
				t.Errorf("refused, and not because of the disk: %+v", order)
			}
			break
		}
		if promised = append(promised, order.Number); code != http.StatusCreated || n > 20_000 {
			t.Fatalf("order %d: %d %+v", n, code, order)
		}
	}
	if healthy() {
		t.Error("it says that it takes orders")
	}
	room()
	await(t, 20*time.Second, "it takes orders again", healthy)
	if code, order, _ := api.place("afterwards", "prod1", 1); code != http.StatusCreated {
		t.Errorf("afterwards: %d %+v", code, order)
	}
	for _, number := range promised {
		if server.Client().Exists(t.Context(), "order:"+number+":status").Val() != 1 {
			t.Errorf("order %s was promised and is not there", number)
		}
	}
	t.Logf("refused on a full disk, after %d", len(promised))
}
