package engine

import (
	"context"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// servers knows the runs of Redis masters that connections have met. A run ends when the server does, or
// when it hands over to a replica; the next one may have forgotten what the last one had answered for.
type servers struct {
	mu   sync.Mutex
	met  map[string]bool
	tell func(run string)
}

// OnServer has somebody told, once, of every run of a Redis server that a connection meets, those met so
// far included. It is told before anything else goes over that connection, and must not block. It replaces
// whoever was told before. A Redis in memory ends with the process and is never told of.
func (e *Engine) OnServer(tell func(run string)) {
	s := &e.servers
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell = tell
	for run := range s.met {
		tell(run)
	}
}

// greet asks a new connection which run of which server it leads to. A server that does not say so is used
// all the same.
func (s *servers) greet(ctx context.Context, conn *redis.Conn) error {
	var server, replication *redis.StringCmd
	_, err := conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		server, replication = p.Info(ctx, "server"), p.Info(ctx, "replication")
		return nil
	})
	if err != nil {
		return nil //nolint:nilerr // what is wrong, the next command says
	}
	role, history := infoField(replication.Val(), "role"), infoField(replication.Val(), "master_replid")
	run := infoField(server.Val(), "run_id")
	if role == "slave" || run == "" {
		return nil
	}
	s.meet(run + ":" + history)
	return nil
}

func (s *servers) meet(run string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.met[run] {
		return
	}
	if s.met == nil {
		s.met = map[string]bool{}
	}
	s.met[run] = true
	if s.tell != nil {
		s.tell(run)
	}
}

// infoField reads a field of what INFO answers.
func infoField(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
