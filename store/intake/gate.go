package intake

import (
	"context"
	"sync"
	"time"
)

const (
	probeEvery  = 250 * time.Millisecond // between two looks whether Redis is back
	checkEvery  = time.Second            // between two looks whether it is still this shop's
	admitWithin = 800 * time.Millisecond // how long an order waits for others to be done with Redis
)

// gate stands between the orders and Redis. It closes with the first answer that did not come in time, and
// opens when Redis answers again: no customer waits for what another has just waited for in vain. It may be
// held closed for other reasons too.
type gate struct {
	mu      sync.Mutex
	away    error // why Redis is not asked; nil while it is
	holds   map[*string]bool
	changed chan struct{} // closed, and made anew, with each change
}

func newGate() *gate { return &gate{holds: map[*string]bool{}, changed: make(chan struct{})} }

// open tells whether Redis may be asked now.
func (g *gate) open() bool {
	open, _ := g.state()
	return open
}

// state tells whether Redis may be asked, and how to hear when that changes.
func (g *gate) state() (open bool, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.away == nil && len(g.holds) == 0, g.changed
}

// close says that Redis was asked and not heard. The first reason counts: fresh tells whether this is it.
func (g *gate) close(why error) (fresh bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.away != nil {
		return false
	}
	g.away = why
	g.tell()
	return true
}

// reopen says that Redis answers.
func (g *gate) reopen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.away != nil {
		g.away = nil
		g.tell()
	}
}

func (g *gate) tell() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// closed tells why Redis was not heard; nil if it was.
func (g *gate) closed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.away
}

// hold keeps the gate closed until it is let go.
func (g *gate) hold(why string) (release func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := &why
	g.holds[key] = true
	g.tell()
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.holds[key] {
			delete(g.holds, key)
			g.tell()
		}
	}
}

// reasons are why the gate is held, for people.
func (g *gate) reasons() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []string
	for why := range g.holds {
		all = append(all, *why)
	}
	return all
}

// Hold keeps orders away from Redis until release is called: they are accepted all the same, and made
// afterwards. Why is for the administrator, in a sentence.
func (i *Intake) Hold(why string) (release func()) { return i.gate.hold(why) }

// Away tells whether orders are kept on this node at this moment, for whatever reason: then Redis has nothing
// to say about this shop.
func (i *Intake) Away() bool { return !i.gate.open() }

// shut closes the gate because Redis was not heard. The log tells of each outage once, whoever notices it.
func (i *Intake) shut(why error) {
	if i.gate.close(why) {
		i.Log.Warn("redis is away: orders are taken and kept here", "error", why)
	}
}

// admit waits until there is room among the orders that are with Redis. Waiting there is load and not an
// outage: it does not count against the time that Redis has. False when there is no room in time, or when
// Redis is found to be away meanwhile.
func (i *Intake) admit(ctx context.Context) bool {
	select {
	case i.room <- struct{}{}:
		return true
	default:
	}
	late := time.NewTimer(admitWithin)
	defer late.Stop()
	for {
		open, changed := i.gate.state()
		if !open {
			return false
		}
		select {
		case i.room <- struct{}{}:
			return true
		case <-changed:
		case <-late.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// probe looks whether Redis is back while it is away, and whether it is this shop's.
func (i *Intake) probe(ctx context.Context) error {
	for every := time.Duration(0); ; every = probeEvery {
		_, changed := i.gate.state()
		wait := checkEvery
		if i.gate.closed() != nil {
			wait, changed = every, nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			continue
		case <-time.After(wait):
		}
		asking, cancel := context.WithTimeout(ctx, i.Within)
		err := i.Live.Ping(asking)
		if err == nil {
			err = i.Check(asking)
		}
		cancel()
		switch was := i.gate.closed(); {
		case ctx.Err() != nil:
		case i.away(err):
			i.shut(err)
		case err == nil && was != nil:
			i.comeBack(ctx)
			i.gate.reopen()
			i.Log.Warn("redis is back: what was taken meanwhile is made now", "pending", i.Journal.Stats().Pending)
			i.soon()
		}
	}
}

// Check compares the shop in Redis with the one that the journal belongs to, and holds the gate while they
// differ: what one shop promised must not get into another. A journal that belongs to none is tied to the
// one that it finds. An error says that Redis, or the disk, could not be asked.
func (i *Intake) Check(ctx context.Context) error {
	found, err := i.Live.IdentityInRedis(ctx)
	if err != nil {
		return err
	}
	i.checking.Lock()
	defer i.checking.Unlock()
	known := i.Journal.Shop()
	if known == "" && found.ID != "" {
		if err := i.Journal.Belong(ctx, found.ID); err != nil {
			return err
		}
		known = found.ID
	}
	switch {
	case known == found.ID && i.letGo != nil:
		i.letGo()
		i.letGo = nil
		i.Log.Warn("redis holds this shop again: what was taken meanwhile is made now", "pending", i.Journal.Stats().Pending)
	case known != found.ID && i.letGo == nil:
		why := "Redis holds another shop than the one whose orders this node keeps."
		if found.ID == "" {
			why = "Redis is empty, and this node keeps orders of a shop."
		}
		i.letGo = i.Hold(why + " Orders are taken and kept here, and nothing is put there. Bring the right Redis back; if what it held is lost, start Waybill with --restore.")
		i.Log.Error("nothing is put into this redis", "why", why, "pending", i.Journal.Stats().Pending)
	}
	return nil
}
