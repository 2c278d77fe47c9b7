package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"waybill/store"
	"waybill/store/engine"
	"waybill/store/rdb"
	"waybill/store/recall"
	"waybill/web"
)

// serveCommand runs the shop until it is told to stop.
type serveCommand struct {
	common
	Addr string `default:"127.0.0.1:8080" help:"Address to listen on: ${default}. (WAYBILL_ADDR)"`
	URL  string `placeholder:"URL" help:"How people reach this shop, such as https://shop.example, where a proxy stands before it. (WAYBILL_URL)"`
	Demo bool   `help:"Set up a demo shop, with one-click sign-in. (WAYBILL_DEMO)"`

	Restore     bool          `help:"Put what this node has promised to customers, and what it knows of the shop, into a Redis that is empty or holds another shop. (WAYBILL_RESTORE)"`
	PlaceWithin time.Duration `default:"250ms" placeholder:"TIME" help:"How long Redis may take to place an order while its customer waits: ${default}. After that the order is kept here, and placed when Redis is well. (WAYBILL_PLACE_WITHIN)"`
	NumberBlock int           `default:"100000" placeholder:"COUNT" help:"How many order numbers this node keeps in hand: so many orders, at least, it can take while Redis is away. ${default} unless told. (WAYBILL_NUMBER_BLOCK)"`

	EventsKept time.Duration `default:"168h" placeholder:"TIME" help:"How long events stay in the event stream: ${default}. (WAYBILL_EVENTS_KEPT)"`
	EventsMost int64         `default:"1000000" placeholder:"COUNT" help:"How many events stay in it at the most: ${default}. What a consumer group has not read yet stays in any case. (WAYBILL_EVENTS_MOST)"`
}

// keepEvents says how much of the event stream is kept.
func (c *serveCommand) keepEvents(o *rdb.Options) {
	o.EventsKept, o.EventsMost = c.EventsKept, c.EventsMost
}

// patience is how long requests may take to finish when the shop is told to stop, and then the work in the
// background.
const patience = 5 * time.Second

// run looks first whether its address can be had, so that a taken port is told before anything else happens,
// then opens the data directory and Redis, then serves; it ends them in the opposite order.
func (c *serveCommand) run(ctx context.Context, apiKey string, stdout io.Writer) error {
	log, err := c.logger()
	if err != nil {
		return err
	}
	zone, err := c.zone()
	if err != nil {
		return err
	}
	if c.EventsKept < time.Minute || c.EventsMost < 1000 {
		return errors.New("--events-kept and --events-most: keep events for a minute, and a thousand of them, at the least")
	}
	engine.RouteLibraryLog(log)
	address, err := reserve(ctx, c.Addr)
	if err != nil {
		return err
	}
	defer address.leave()
	base, err := baseURL(c.URL, address.at)
	if err != nil {
		return err
	}
	ground, err := c.lay(ctx, log)
	if err != nil {
		return err
	}
	defer ground.close(log)
	partitions, err := ground.partitions(ctx)
	if err != nil {
		return err
	}
	memory := recall.New(recall.Options{Journal: ground.journal, Now: time.Now, Log: log})
	h := &house{
		command: c, log: log, zone: zone, base: base, ground: ground, recall: memory, exit: web.NewExit(), crowd: web.NewCrowd(),
		store: newStore(ground.redis, partitions, zone, log, c.keepEvents, ground.keeps, gated(memory)), apiKey: apiKey, started: time.Now(),
	}
	if err := h.moveIn(ctx); err != nil && store.KindOf(err) != store.Unavailable {
		return err
	}
	if err := h.furnish(); err != nil {
		return err
	}
	if err := h.join(ctx); err != nil {
		return err
	}
	listener, err := address.listen(ctx)
	if err != nil {
		return err
	}
	return h.open(ctx, listener, stdout)
}

// open serves until ctx ends or a part fails, and returns when all parts have ended.
//
// It leaves in this order: whoever sends people here is told to send no more; then nobody gets in, open pages
// are sent to another node and requests are finished; then the work in the background ends, and gives up its
// leases; then, by whoever called it, the journal is closed and Redis after it.
func (h *house) open(ctx context.Context, listener net.Listener, stdout io.Writer) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	server := web.NewServer(h.handler, h.log)
	parts := parts{stop: stop}
	background, endBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer endBackground()
	live, endLive := context.WithCancel(context.WithoutCancel(ctx))
	defer endLive()
	server.RegisterOnShutdown(endLive) // when nobody gets in any more: the pages come back elsewhere

	parts.start("the web server", func() error { return ignoreClosed(server.Serve(listener)) })
	parts.start("live pages", func() error { return h.hub.Run(live) })
	parts.start("the work in the background", func() error { return h.store.Run(background) })
	parts.start("what redis must not forget", func() error { return h.recall.Run(background) })
	parts.start("the intake of orders", func() error { return h.intake.Run(background) })
	parts.start("the look at the shelves", func() error { return h.awaitStock(background) })
	parts.start("the copies for an outage", func() error { return h.standby.Run(background) })
	parts.start("the layout", func() error { return h.sameLayout(background) })
	parts.start("the start", func() error { return h.welcome(ctx, stdout) })

	<-ctx.Done()
	h.exit.Announce()
	shutdown(server, h.log)
	endBackground()
	if !parts.wait(patience) {
		h.log.Error("not everything ended in time")
	}
	return parts.failure()
}

// shutdown lets requests finish for a while, then cuts them off. Sockets are the hub's.
func shutdown(server *http.Server, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Warn("some requests were cut off", "error", err)
		_ = server.Close()
	}
}

// parts are what runs at the same time. The first that fails stops all.
type parts struct {
	stop   context.CancelCauseFunc
	all    sync.WaitGroup
	failed atomic.Pointer[error]
}

func (p *parts) start(name string, work func() error) {
	p.all.Go(func() {
		if err := work(); err != nil && !errors.Is(err, context.Canceled) {
			err = fmt.Errorf("%s: %w", name, err)
			p.failed.CompareAndSwap(nil, &err)
			p.stop(err)
		}
	})
}

// wait tells whether all parts have ended within a while.
func (p *parts) wait(limit time.Duration) bool {
	ended := make(chan struct{})
	go func() {
		p.all.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-time.After(limit):
		return false
	}
}

// failure is why a part stopped all, nil if they were told to.
func (p *parts) failure() error {
	if err := p.failed.Load(); err != nil {
		return *err
	}
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
