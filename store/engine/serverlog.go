package engine

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// serverLog takes a server's output line by line and passes it on. Redis marks
// advice and the ordinary words of starting and stopping as warnings too, so
// only what it warns of in between counts as one.
type serverLog struct {
	out *slog.Logger

	mu      sync.Mutex
	partial []byte
	recent  []string
	running bool
}

// Write takes the next piece of output; lines may be cut anywhere.
func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, p...)
	for {
		line, rest, found := bytes.Cut(l.partial, []byte("\n"))
		if !found {
			break
		}
		l.line(strings.TrimSpace(string(line)))
		l.partial = rest
	}
	if len(l.partial) > 64<<10 { // not a log line
		l.partial = nil
	}
	return len(p), nil
}

func (l *serverLog) line(line string) {
	if line == "" {
		return
	}
	level, msg := slog.LevelDebug, line
	// 4711:M 09 Nov 2024 12:00:00.123 * Ready to accept connections
	if f := strings.SplitN(line, " ", 7); len(f) == 7 && strings.Contains(".-*#", f[5]) {
		msg = f[6]
		if f[5] == "#" && l.running {
			level = slog.LevelWarn
		}
	}
	if strings.HasPrefix(msg, "Ready to accept connections") {
		l.running = true
	}
	l.recent = append(l.recent, msg)
	l.recent = l.recent[max(0, len(l.recent)-6):]
	if l.out != nil {
		l.out.Log(context.Background(), level, "redis-server: "+msg)
	}
}

// expectEnd says that what follows are words of stopping.
func (l *serverLog) expectEnd() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = false
}

// lastWords are the last lines, for an error.
func (l *serverLog) lastWords() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.recent, "; ")
}
