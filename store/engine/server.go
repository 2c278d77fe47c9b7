package engine

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// stopPatience is how long a server may take to end when asked, before it is killed.
const stopPatience = 5 * time.Second

// findServer returns the path of an installed server program, or "".
func findServer() string {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// ServerOptions describe one run of a private server.
type ServerOptions struct {
	Program string       // path of redis-server or valkey-server
	Dir     string       // where its append-only file lies; must exist
	Socket  string       // its unix socket; see SocketPath
	Hold    *os.File     // kept open by the server as long as it lives; may be nil
	Log     *slog.Logger // hears its log lines
	Extra   []string     // more lines for its configuration; they count more than those before

	Arguments []string // instead of all of that: how it is called, such as with a configuration of its own
}

// Server is one run of a private redis-server: listening on a unix socket only,
// keeping its data with an append-only file that is synced every second. It ends
// with this process. Its methods may be called at once from many goroutines.
type Server struct {
	opts ServerOptions
	cmd  *exec.Cmd
	log  *serverLog
	done chan struct{}
}

// StartServer starts the program; it does not wait until it answers (see Await).
func StartServer(opts ServerOptions) (*Server, error) {
	s := &Server{opts: opts, log: &serverLog{out: opts.Log}, done: make(chan struct{})}
	arguments := opts.Arguments
	if len(arguments) == 0 {
		arguments = []string{"-"}
	}
	s.cmd = exec.Command(opts.Program, arguments...)
	s.cmd.Dir = opts.Dir
	s.cmd.Stdin = strings.NewReader(config(opts))
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = procAttr()
	s.cmd.WaitDelay = time.Second // a rewrite that outlives a killed server holds the pipe
	if opts.Hold != nil {
		s.cmd.ExtraFiles = []*os.File{opts.Hold}
	}
	started := make(chan error, 1)
	go s.run(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return s, nil
}

// run starts the process and waits for its end on one thread that nobody else
// uses: the kernel sends the signal of Pdeathsig when the thread that started a
// child ends, not when the process does.
func (s *Server) run(started chan<- error) {
	runtime.LockOSThread()
	defer close(s.done)
	err := s.cmd.Start()
	started <- err
	if err == nil {
		_ = s.cmd.Wait() // how it ended stands in cmd.ProcessState
	}
}

// config is what redis-server reads from its standard input.
func config(opts ServerOptions) string {
	return strings.Join([]string{
		"port 0",
		"unixsocket " + quote(opts.Socket),
		"unixsocketperm 700",
		"dir " + quote(opts.Dir),
		"daemonize no",
		"appendonly yes",
		"appendfsync everysec",
		`save ""`,
		"loglevel notice",
		`logfile ""`,
		strings.Join(opts.Extra, "\n"),
		"",
	}, "\n")
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// Await returns once the server answers, however long it loads. When it ends
// before that, the error holds its last words.
func (s *Server) Await(ctx context.Context) error {
	socket := &target{opt: &redis.Options{Network: "unix", Addr: s.opts.Socket}}
	err := awaitPing(ctx, socket, 10*time.Second, s.done)
	if err == nil {
		return nil
	}
	select {
	case <-s.done:
		return fmt.Errorf("it ended (%s): %s", s.Ending(), s.log.lastWords())
	default:
		return err
	}
}

// PID is the process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Done is closed when the process has ended and was waited for.
func (s *Server) Done() <-chan struct{} { return s.done }

// Ending says how the process ended, such as "signal: killed". Call it after Done.
func (s *Server) Ending() string { return s.cmd.ProcessState.String() }

// Signal sends a signal to the process, and nothing when it has ended.
func (s *Server) Signal(sig syscall.Signal) { _ = s.cmd.Process.Signal(sig) }

// Stop asks the server to write out what it holds and end, waits for it and
// removes its socket. It is killed when ctx ends, or after five seconds.
func (s *Server) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	s.log.expectEnd()
	s.Signal(syscall.SIGTERM)
	var err error
	select {
	case <-s.done:
	case <-ctx.Done():
		err = fmt.Errorf("redis-server (process %d) did not end when asked and was killed", s.PID())
		s.Signal(syscall.SIGKILL)
		<-s.done
	}
	_ = os.Remove(s.opts.Socket)
	return err
}

// SocketPath chooses where a server in dir listens: in dir itself, or, where the
// path would be longer than the kernel takes, in a new short directory. cleanup
// removes what was made.
func SocketPath(dir string) (path string, cleanup func(), err error) {
	const limit = 100 // 108 on Linux, 104 elsewhere, and a byte for the end
	path = filepath.Join(dir, "redis.sock")
	if len(path) <= limit {
		return path, func() {}, nil
	}
	short, err := os.MkdirTemp("", "waybill-")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(short, "redis.sock")
	if len(path) > limit {
		_ = os.Remove(short)
		return "", nil, fmt.Errorf("no place for a socket: both %s and the temporary directory have paths that are too long", dir)
	}
	return path, func() { _ = os.RemoveAll(short) }, nil
}
