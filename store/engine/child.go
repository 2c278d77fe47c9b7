package engine

import (
	"context"
	"time"
)

// Pauses between two starts of a server that keeps dying; the first is short,
// because a server that died once will most likely run.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
	livedWell  = 10 * time.Second // after this the next pause is the first again
)

// child looks after a private server: it starts it again whenever it dies, until close.
type child struct {
	opts    ServerOptions
	socket  string
	cleanup func()
	current *Server // owned by supervise until done is closed; nil between two runs
	stop    chan struct{}
	done    chan struct{}
}

// startChild returns once the server answers. A server that dies in its first
// start is not tried again: its last words are the error.
func startChild(ctx context.Context, opts ServerOptions) (*child, error) {
	socket, cleanup, err := SocketPath(opts.Dir)
	if err != nil {
		return nil, err
	}
	opts.Socket = socket
	first, err := StartServer(opts)
	if err != nil {
		cleanup()
		return nil, err
	}
	if err := first.Await(ctx); err != nil {
		_ = first.Stop(context.WithoutCancel(ctx))
		cleanup()
		return nil, err
	}
	c := &child{opts: opts, socket: socket, cleanup: cleanup, current: first,
		stop: make(chan struct{}), done: make(chan struct{})}
	go c.supervise()
	return c, nil
}

// supervise waits for the end of each run and starts the next one.
func (c *child) supervise() {
	defer close(c.done)
	pause := firstPause
	for started := time.Now(); ; started = time.Now() {
		if c.current != nil {
			select {
			case <-c.stop:
				return
			case <-c.current.Done():
			}
			c.opts.Log.Warn("redis-server ended; starting it again", "ending", c.current.Ending(), "pause", pause)
			c.current = nil
		}
		if time.Since(started) > livedWell {
			pause = firstPause
		}
		select {
		case <-c.stop:
			return
		case <-time.After(pause):
		}
		pause = min(pause*2, lastPause)
		next, err := StartServer(c.opts)
		if err != nil {
			c.opts.Log.Error("redis-server cannot be started", "error", err)
			continue
		}
		c.current = next
	}
}

// close ends supervision, then the server, and waits for both.
func (c *child) close(ctx context.Context) error {
	close(c.stop)
	<-c.done
	var err error
	if c.current != nil {
		err = c.current.Stop(ctx)
	}
	c.cleanup()
	return err
}
