package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the program may take of the time and memory of a small machine.
const (
	startLimit = time.Second
	idleLimit  = 60 << 10 // kB, without its redis-server
)

// TestProgramIsQuickAndSmall builds the program as people get it and measures it.
func TestProgramIsQuickAndSmall(t *testing.T) {
	program := filepath.Join(t.TempDir(), "waybill")
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", program, ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	dir := t.TempDir()
	quickest := time.Hour
	for range 3 { // the machine may be busy with other things; the program is what is measured
		started := time.Now()
		p := launch(t, program, filepath.Join(dir, strconv.FormatInt(started.UnixNano(), 36)))
		quickest = min(quickest, time.Since(started))
		p.interrupt(t)
		if quickest < startLimit {
			break
		}
	}
	t.Logf("start with a fresh Redis and the demo: %s", quickest.Round(time.Millisecond))
	if quickest > startLimit {
		t.Errorf("a start takes %s, more than %s", quickest, startLimit)
	}

	p := launch(t, program, filepath.Join(dir, "data"))
	time.Sleep(time.Second) // what idles is measured
	idle := p.memory(t)
	for i := range 200 {
		p.load(t, []string{"/", "/order", "/signin"}[i%3])
	}
	busy := p.memory(t)
	t.Logf("memory: %.1f MB idle, %.1f MB after 200 pages", float64(idle)/1024, float64(busy)/1024)
	if idle > idleLimit || busy > idleLimit {
		t.Errorf("the program takes %d kB idle and %d kB after 200 pages, more than %d", idle, busy, idleLimit)
	}
	p.interrupt(t)
}

// process is the program as a process of its own.
type process struct {
	cmd   *exec.Cmd
	base  string
	child int // its redis-server
}

func launch(t testing.TB, program, dir string) *process {
	t.Helper()
	cmd := exec.Command(program, "serve", "--demo", "--addr", "127.0.0.1:0", "--data-dir", dir)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	p := &process{cmd: cmd}
	for lines := bufio.NewScanner(output); lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C"); {
		if p.base == "" {
			p.base = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text())
		}
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", cmd.Process.Pid))
	for _, task := range strings.Fields(string(children)) {
		p.child, _ = strconv.Atoi(task)
	}
	if p.base == "" {
		t.Fatalf("it did not greet (%v)", err)
	}
	return p
}

// interrupt is Ctrl-C: both processes must be gone soon.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	if p.child != 0 {
		if err := syscall.Kill(p.child, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("its redis-server %d after Ctrl-C: %v", p.child, err)
		}
	}
}

// memory is what the process itself holds, in kB.
func (p *process) memory(t testing.TB) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no VmRSS in:\n%s", status)
	}
	kB, _ := strconv.Atoi(string(found[1]))
	return kB
}

func (p *process) load(t *testing.T, path string) {
	t.Helper()
	response, err := http.Get(p.base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", path, response.StatusCode, err)
	}
}
