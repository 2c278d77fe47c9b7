package faults

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	apiKey   = "faults"
	patience = 20 * time.Second // for what a loaded machine does in a second
)

// program builds Waybill once for all rounds.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "waybill-faults")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "waybill")
	output, err := exec.Command("go", "build", "-o", path, "waybill/cmd/waybill").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, output)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// node is one Waybill, a process of its own with a disk of its own.
type node struct {
	t     *testing.T
	name  string
	addr  string // stays the same from start to start
	redis string
	dir   string
	log   *os.File
	cmd   *exec.Cmd
	ended chan error // what the process ended with
}

// startNode starts a node on a Redis and waits until it takes orders. It ends with the test.
func startNode(t *testing.T, name, redis string, args ...string) *node {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, name: name, addr: listener.Addr().String(), redis: redis, dir: t.TempDir()}
	_ = listener.Close()
	if n.log, err = os.Create(filepath.Join(t.TempDir(), name+".log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		n.kill()
		_ = n.log.Close()
		if t.Failed() {
			said, _ := os.ReadFile(n.log.Name())
			t.Logf("what %s said last:\n%s", name, said[max(0, len(said)-4000):])
		}
	})
	n.start(args...)
	return n
}

// start runs the process on what its disk holds.
func (n *node) start(args ...string) {
	n.t.Helper()
	path, err := program()
	if err != nil {
		n.t.Fatal(err)
	}
	n.cmd = exec.Command(path, append([]string{"serve", "--addr", n.addr, "--data-dir", n.dir, "--redis", n.redis}, args...)...)
	n.cmd.Env = append(os.Environ(), "WAYBILL_API_KEY="+apiKey)
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	n.ended = make(chan error, 1)
	go func() { // the kernel sends Pdeathsig when this thread ends, so it lives as long as the process
		runtime.LockOSThread()
		err := n.cmd.Start()
		started <- err
		if err == nil {
			n.ended <- n.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		n.t.Fatal(err)
	}
	await(n.t, n.name+" takes orders", func() bool { return n.answers("/healthz") })
}

// kill ends the process as a crash does.
func (n *node) kill() {
	if n.cmd == nil || n.cmd.Process == nil { // it never began, and the test says why
		return
	}
	_ = n.cmd.Process.Kill() // a process that has ended is not to be found
	n.ended <- <-n.ended
}

// restart ends the process in the way that SIGTERM asks for, and starts it again.
func (n *node) restart() {
	n.t.Helper()
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	if err := <-n.ended; err != nil {
		n.t.Errorf("%s after SIGTERM: %v", n.name, err)
	}
	n.start()
}

func (n *node) url(path string) string { return "http://" + n.addr + path }

// answers tells whether a page answers 200.
func (n *node) answers(path string) bool {
	response, err := (&http.Client{Timeout: time.Second}).Get(n.url(path))
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// metric reads one figure of the node; −1 when it cannot be read.
func (n *node) metric(name string) float64 {
	response, err := (&http.Client{Timeout: 2 * time.Second}).Get(n.url("/metrics"))
	if err != nil {
		return -1
	}
	defer func() { _ = response.Body.Close() }()
	text := new(strings.Builder)
	if _, err := fmt.Fprint(text, readAll(response.Body)); err != nil {
		return -1
	}
	found := regexp.MustCompile(`(?m)^` + name + `(?:\{[^}]*\})? (\S+)$`).FindStringSubmatch(text.String())
	if found == nil {
		return -1
	}
	value, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		return -1
	}
	return value
}

// await waits until something is so, and fails the test if it is not in time.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}
