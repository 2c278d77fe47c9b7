package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"waybill/store"
	"waybill/store/engine"
	"waybill/store/intake"
	"waybill/store/journal"
	"waybill/store/rdb"
	"waybill/store/standby"
)

// ground is what a running shop stands on: Redis, and this node's own disk.
type ground struct {
	redis   *engine.Engine
	journal *journal.Journal
}

// lay opens the data directory, then Redis. Redis may be away if this node has been in the shop before:
// then it knows enough to take orders.
func (c *serveCommand) lay(ctx context.Context, log *slog.Logger) (*ground, error) {
	g := &ground{}
	options := c.engine(log)
	known := false
	options.Prepare = func(kind engine.Kind) (bool, error) {
		var err error
		if g.journal, err = c.openJournal(kind); err != nil {
			return false, err
		}
		known = standby.Kept(g.journal)
		return known, nil
	}
	var err error
	if g.redis, err = engine.Open(ctx, options); err == nil {
		if advice := g.redis.Advice(ctx); advice != "" {
			log.Warn(advice)
		}
		return g, nil
	}
	if kept := g.journal; kept != nil {
		err = errors.Join(err, kept.Close())
		if !known && c.Redis != "" && c.Redis != inMemory && ctx.Err() == nil {
			err = fmt.Errorf("%w\n(Without Redis a node can take orders only if it has served this shop from its data directory before; %s knows of none.)", err, c.DataDir)
		}
	}
	return nil, err
}

// openJournal opens the node's journal. What is in memory only is not kept on the disk either.
func (c *serveCommand) openJournal(kind engine.Kind) (*journal.Journal, error) {
	if kind == engine.Memory {
		return journal.Temporary(time.Now)
	}
	return journal.Open(journal.Options{Path: filepath.Join(c.DataDir, "journal.db"), Now: time.Now})
}

// close gives everything back, after all that used it has ended.
func (g *ground) close(log *slog.Logger) {
	if err := g.journal.Close(); err != nil {
		log.Error("the journal did not end well", "error", err)
	}
	closeEngine(g.redis, log)
}

// join ties the journal to the shop in Redis, again while a busy machine keeps Redis from answering in time.
func (h *house) join(ctx context.Context) error {
	for try := 1; ; try++ {
		err := h.joinOnce(ctx)
		if store.KindOf(err) != store.Unavailable || try == joinTries || ctx.Err() != nil {
			return err
		}
		time.Sleep(joinPause)
	}
}

const (
	joinTries = 10
	joinPause = 500 * time.Millisecond
)

// copes tells whether an error is an outage in which this node can take orders.
func (h *house) copes(err error) bool {
	return store.KindOf(err) == store.Unavailable && h.standby.Ready()
}

// front is the shop as customers and programs meet it: what can be told without Redis is told from the
// node's own copies while Redis is away.
type front struct {
	*rdb.Store
	standby *standby.Standby
	intake  *intake.Intake
}

// Place takes an order, whether Redis is there or not.
func (f front) Place(ctx context.Context, p store.Placement) (store.Order, bool, error) {
	return f.intake.Place(ctx, p)
}

// Order gives an order whole, also one that is not in Redis yet.
func (f front) Order(ctx context.Context, n store.Number) (store.Order, error) {
	return f.intake.Order(ctx, n)
}

// OrderByToken finds the order that a customer's link leads to, also one that is not in Redis yet.
func (f front) OrderByToken(ctx context.Context, token string) (store.Order, error) {
	return f.intake.OrderByToken(ctx, token)
}

// Cancel ends an order that has not left yet, also one that is not in Redis yet.
func (f front) Cancel(ctx context.Context, who store.Actor, n store.Number, reason string) error {
	return f.intake.Cancel(ctx, who, n, reason)
}

// CancelByToken ends the order that a customer's link leads to, or writes down that it is to be ended.
func (f front) CancelByToken(ctx context.Context, who store.Actor, token, reason string) (store.Order, bool, error) {
	return f.intake.CancelByToken(ctx, who, token, reason)
}

// Directory gives the products and warehouses. Customers do not wait for what is sold now longer than for a
// part of what placing an order may take: then they get what was sold a moment ago; at once, while Redis is
// known to be away.
func (f front) Directory(ctx context.Context) (store.Directory, error) {
	if directory := f.standby.Copy(); len(directory.Products) > 0 && f.intake.Away() {
		return directory, nil
	}
	ctx, cancel := context.WithTimeout(ctx, f.intake.Within*2/5)
	defer cancel()
	return f.standby.Directory(ctx)
}

// Catalogue gives what is sold, and how much there is of it.
func (f front) Catalogue(ctx context.Context) ([]store.Offer, error) { return f.standby.Catalogue(ctx) }

// APIKey finds the key of a program.
func (f front) APIKey(ctx context.Context, sum string) (store.APIKey, error) {
	return f.standby.APIKey(ctx, sum)
}

// desk is the shop as those meet it who set it up: they see what they have just changed, whichever node they
// changed it on.
type desk struct{ *rdb.Store }

// Directory gives the products and warehouses as they are at this moment.
func (d desk) Directory(ctx context.Context) (store.Directory, error) { return d.FreshDirectory(ctx) }
