package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockPatience is how long lockDir waits for a holder that is just ending: after
// a kill -9 of Waybill its child lives on for a few milliseconds.
const lockPatience = 500 * time.Millisecond

// InUseError says that another Waybill works in this data directory.
type InUseError struct {
	Dir     string // the data directory
	PID     string // process id of the other Waybill, or "" while it starts
	Address string // where its Redis can be reached, or "" while it starts
}

// Error names the directory, who holds it, and what one can do.
func (e *InUseError) Error() string {
	msg := fmt.Sprintf("another Waybill is using the data directory %s", e.Dir)
	if e.PID != "" {
		msg += fmt.Sprintf(" (process %s)", e.PID)
	}
	msg += ": stop it first, or choose another --data-dir"
	if e.Address != "" {
		msg += ", or work on the same data with --redis " + e.Address
	}
	return msg
}

// dirLock is a data directory that is ours. The lock hangs on the open file, so
// the kernel frees it however we end. A nil lock stands for no directory.
type dirLock struct{ file *os.File }

// lockDir makes the directory where it is missing and takes it, or returns *InUseError.
func lockDir(dir string) (*dirLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	for end := time.Now().Add(lockPatience); ; time.Sleep(20 * time.Millisecond) {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) || time.Now().After(end) {
			break
		}
	}
	if err == nil {
		return &dirLock{f}, nil
	}
	defer func() { _ = f.Close() }()
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("lock the data directory %s: %w", dir, err)
	}
	text, _ := io.ReadAll(io.LimitReader(f, 4096))
	pid, address, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return nil, &InUseError{Dir: dir, PID: pid, Address: address}
}

// note leaves word of who we are and where our Redis is, for whoever comes second.
func (l *dirLock) note(address string) error {
	if l == nil {
		return nil
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt(fmt.Appendf(nil, "%d\n%s\n", os.Getpid(), address), 0)
	return err
}

// release frees the directory. The file stays: removing it would let a third
// process lock a file that is no longer there to be seen.
func (l *dirLock) release() error {
	if l == nil {
		return nil
	}
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
