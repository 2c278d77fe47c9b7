package engine_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"waybill/store/engine"
)

// TestChildDiesWithItsParent runs this test binary as a Waybill that is killed.
func TestChildDiesWithItsParent(t *testing.T) {
	if dir := os.Getenv("ENGINE_TEST_PARENT"); dir != "" {
		e := openChild(t, engine.Options{DataDir: dir})
		_ = os.WriteFile(dir+"/child", []byte(strconv.Itoa(pid(e.Client()))), 0o600)
		time.Sleep(time.Minute)
		return
	}
	dir := t.TempDir()
	parent := exec.Command(os.Args[0], "-test.run=^TestChildDiesWithItsParent$")
	parent.Env = append(os.Environ(), "ENGINE_TEST_PARENT="+dir)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = parent.Wait() }()
	defer func() { _ = parent.Process.Kill() }()
	child := 0
	within(t, 20*time.Second, "the parent has a child", func() bool {
		text, _ := os.ReadFile(dir + "/child")
		child, _ = strconv.Atoi(string(text))
		return child != 0
	})
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	openChild(t, engine.Options{DataDir: dir}) // the lock is free as soon as both are gone
	if alive(child) && !zombie(child) {
		t.Errorf("process %d outlived its parent", child)
	}
}

// zombie is true for a process that has ended and waits to be collected by init,
// which in a container may never come.
func zombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}
