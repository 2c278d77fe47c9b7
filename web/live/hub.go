// Package live keeps open pages equal to the truth. A page shows a topic, which
// depends on channels; when one of them changes, the hub renders the topic once
// and sends the same bytes to everybody who looks at it. What is sent is always
// the present state, never a difference, so that anything may be lost on the
// way and the next frame still puts it right.
package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Options are the hub's settings. Each zero value stands for the default.
type Options struct {
	Log          *slog.Logger
	MinInterval  time.Duration // rest of a topic after a render: 50 ms
	Sweep        time.Duration // between two comparisons of all revisions: 1 s
	Recheck      time.Duration // between two looks whether viewers may still look: 700 ms
	Refresh      time.Duration // a topic is rendered at least so often, for what changes with time alone: 1 min
	Heartbeat    time.Duration // between two signs of life to a page: 1 s
	RenderLimit  time.Duration // one render may take so long: 1 s
	WriteLimit   time.Duration // one frame may take so long to leave: 5 s
	PongLimit    time.Duration // a page that gave no sign for so long is gone: 25 s
	Workers      int           // renders at once: 8
	MaxSockets   int           // in total: 20,000
	MaxPerSource int           // of one viewer: 100
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	orTime := func(v *time.Duration, standard time.Duration) {
		if *v <= 0 {
			*v = standard
		}
	}
	orTime(&o.MinInterval, 50*time.Millisecond)
	orTime(&o.Sweep, time.Second)
	orTime(&o.Recheck, 700*time.Millisecond)
	orTime(&o.Refresh, time.Minute)
	orTime(&o.Heartbeat, time.Second)
	orTime(&o.RenderLimit, time.Second)
	orTime(&o.WriteLimit, 5*time.Second)
	orTime(&o.PongLimit, 25*time.Second)
	orNumber := func(v *int, standard int) {
		if *v <= 0 {
			*v = standard
		}
	}
	orNumber(&o.Workers, 8)
	orNumber(&o.MaxSockets, 20_000)
	orNumber(&o.MaxPerSource, 100)
	return o
}

// Hub knows who looks at what on this node. Make it with NewHub, run it with
// Run, and give it sockets with Serve. All methods may be called at once.
type Hub struct {
	hints    Hints
	opt      Options
	count    counters
	upgrader websocket.Upgrader
	beats    map[bool]*websocket.PreparedMessage // by "this page is live"
	sweepNow chan struct{}
	open     sync.WaitGroup // the goroutines of all clients

	mu       sync.Mutex
	closing  bool
	heard    bool // the subscription stands
	read     bool // the last read of revisions succeeded
	sockets  int  // with those being opened
	feeds    map[string]*feed
	channels map[string]map[*feed]struct{}
	clients  map[*client]struct{}
	sources  map[string]int
	queue    []*feed
	work     *sync.Cond // the queue has grown, or closing
}

// NewHub makes a hub that hears of changes through hints.
func NewHub(hints Hints, opt Options) *Hub {
	h := &Hub{
		hints:    hints,
		opt:      opt.withDefaults(),
		upgrader: newUpgrader(),
		beats:    map[bool]*websocket.PreparedMessage{},
		sweepNow: make(chan struct{}, 1),
		feeds:    map[string]*feed{},
		channels: map[string]map[*feed]struct{}{},
		clients:  map[*client]struct{}{},
		sources:  map[string]int{},
	}
	h.work = sync.NewCond(&h.mu)
	h.beats[true] = prepare([]byte("."))
	h.beats[false] = prepare([]byte("!"))
	return h
}

// Run keeps pages live until ctx ends. Then it tells every page to come back
// (close code 1012) and returns when the last socket and goroutine is gone. A
// hub runs once.
func (h *Hub) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var own sync.WaitGroup
	var heard error
	own.Go(func() {
		heard = h.hints.Listen(ctx, h.changed, h.standing, h.reachable)
		stop() // without hints there is no hub
	})
	for range h.opt.Workers {
		own.Go(func() { h.renderLoop(ctx) })
	}
	own.Go(func() { h.sweepLoop(ctx) })
	own.Go(func() { h.recheckLoop(ctx) })

	<-ctx.Done()
	h.closeAll()
	own.Wait()
	h.open.Wait()
	return heard
}

func (h *Hub) closeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closing = true
	h.work.Broadcast()
	for c := range h.clients {
		c.end(websocket.CloseServiceRestart, "come back")
	}
}

// CloseSession closes every socket of a session at once (code 4401): it was
// signed out. Other nodes notice by Viewer.Allowed.
func (h *Hub) CloseSession(session string) {
	if session == "" {
		return
	}
	h.closeWhere(func(c *client) bool { return c.viewer.Session == session })
}

func (h *Hub) closeWhere(refused func(*client) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if refused(c) {
			c.end(closeSignedOut, "signed out")
		}
	}
}

// changed is told of each hint.
func (h *Hub) changed(channel string) {
	h.count.hints.Add(1)
	h.demandAll(channel, mustRender)
}

// standing is told that hints of a channel come from now on; what came before
// may have been missed.
func (h *Hub) standing(channel string) { h.demandAll(channel, mustCheck) }

func (h *Hub) demandAll(channel string, n need) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for f := range h.channels[channel] {
		h.demand(f, n)
	}
}

// reachable is told when the subscription stands and when it is lost.
func (h *Hub) reachable(up bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.heard == up {
		return
	}
	h.heard = up
	h.gap("subscription", up)
	if up {
		h.sweepSoon()
	}
}

// readable notes whether revisions could be read.
func (h *Hub) readable(ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.read == ok {
		return
	}
	h.read = ok
	h.gap("reading", ok)
}

// gap marks all that is shown as doubtful: every page says that it is
// reconnecting until its fragment was rendered and sent again. The caller holds mu.
func (h *Hub) gap(what string, up bool) {
	h.count.gaps.Add(1)
	h.opt.Log.Info("live pages: the connection to the store changed", "what", what, "up", up, "topics", len(h.feeds))
	for _, f := range h.feeds {
		f.doubt()
		h.demand(f, mustSend)
	}
}

func (h *Hub) sweepSoon() {
	select {
	case h.sweepNow <- struct{}{}:
	default:
	}
}

// prepare makes one frame of text that many sockets can share. Encoding text
// for a server's socket cannot fail.
func prepare(text []byte) *websocket.PreparedMessage {
	frame, err := websocket.NewPreparedMessage(websocket.TextMessage, text)
	if err != nil {
		panic(err)
	}
	return frame
}
