package intake

import (
	"context"
	"errors"
	"time"

	"waybill/store"
	"waybill/store/journal"
)

const (
	replayWindow = 256                    // entries of the journal looked at in one go
	replayWithin = 15 * time.Second       // all that Redis has for one of them
	replayEvery  = time.Second            // between two looks when nobody asks for one
	settling     = 300 * time.Millisecond // an entry so young is still with whoever accepted it
	troubleFirst = 500 * time.Millisecond
	troubleMost  = time.Minute
)

// trouble is an order that could not be made for a reason of its own, and when it is tried again.
type trouble struct {
	why   string
	tries int
	until time.Time
}

// replay makes what was accepted and not made, as often as the gate opens, when asked to, and now and then.
func (i *Intake) replay(ctx context.Context) error {
	for {
		open, changed := i.gate.state()
		if open {
			i.replayAll(ctx)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-i.nudge:
		case <-time.After(replayEvery):
		}
	}
}

// replayAll goes once through all that is pending, in the order of acceptance, as far as the gate stays open.
func (i *Intake) replayAll(ctx context.Context) {
	lanes := lanes{going: map[store.Number][]string{}}
	landed := make(chan store.Number)
	after, more := uint64(0), true
	for {
		if more && len(lanes.waiting) < replayWindow/2 {
			entries := i.Journal.Pending(after, replayWindow)
			if more = len(entries) == replayWindow; len(entries) > 0 {
				after = entries[len(entries)-1].Seq
			}
			for _, e := range entries {
				if i.due(e) {
					lanes.waiting = append(lanes.waiting, e)
				}
			}
		}
		if ctx.Err() != nil || !i.gate.open() {
			lanes.waiting, more = nil, false
		}
		atOnce, pause := i.pace.room(i.Within)
		if len(lanes.going) < atOnce {
			if e, ok := lanes.next(); ok {
				go func() {
					i.replayOne(context.WithoutCancel(ctx), e)
					landed <- e.Number
				}()
				if pause > 0 {
					time.Sleep(pause)
				}
				continue
			}
		}
		if len(lanes.going) > 0 {
			lanes.done(<-landed)
		} else if len(lanes.waiting) == 0 && !more {
			return
		}
	}
}

// due tells whether an entry may be tried now.
func (i *Intake) due(e journal.Entry) bool {
	now := i.Now()
	if age := now.Sub(e.At); age >= 0 && age < settling || i.flights.up(e.Number) {
		return false
	}
	i.mu.Lock()
	alias, finished := i.finished[e.Number]
	until := i.troubles[e.Number].until
	i.mu.Unlock()
	if finished && e.Cancelled == nil {
		i.finish(e, alias)
		return false
	}
	return !now.Before(until)
}

// replayOne makes one accepted order, as it was promised.
func (i *Intake) replayOne(ctx context.Context, e journal.Entry) {
	land := i.flights.begin(e.Number)
	defer land()
	now, ok := i.Journal.Entry(e.Number)
	if !ok || now.State != journal.Pending {
		return
	}
	e = now
	e.Told = true
	making, cancel := context.WithTimeout(ctx, replayWithin)
	defer cancel()
	order, _, err := i.Patient.Fulfil(making, e.Acceptance)
	switch {
	case err == nil:
		i.made(e, order)
	case store.KindOf(err) == store.Unavailable, errors.Is(err, context.DeadlineExceeded):
		if i.partly() {
			i.putOff(e, err)
		} else {
			i.shut(err) // it is asked again when Redis answers
		}
	default:
		i.troubled(e, err)
	}
}

// made notes that an order is in Redis now.
func (i *Intake) made(e journal.Entry, order store.Order) {
	i.mu.Lock()
	delete(i.troubles, e.Number)
	i.mu.Unlock()
	i.replayed.Add(1)
	if order.WhyNotMade() != "" {
		i.refused.Add(1)
		i.Log.Warn("an order that was promised cannot be sent", "order", order.Number, "why", order.WhyNotMade())
	}
	i.finish(e, alias(e, order))
}

// putOff leaves an order alone for a moment: it needs the part of a cluster that is away.
func (i *Intake) putOff(e journal.Entry, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.troubles[e.Number] = trouble{why: err.Error(), tries: i.troubles[e.Number].tries + 1, until: i.Now().Add(replayEvery)}
}

// troubled notes that an order could not be made, and puts it off: longer each time.
func (i *Intake) troubled(e journal.Entry, err error) {
	i.mu.Lock()
	t := i.troubles[e.Number]
	t.why, t.tries = err.Error(), t.tries+1
	t.until = i.Now().Add(min(troubleMost, troubleFirst<<min(t.tries-1, 8)))
	i.troubles[e.Number] = t
	i.mu.Unlock()
	if t.tries == 1 || t.tries%10 == 0 {
		i.Journal.Troubled(e.Number, t.why)
	}
	switch {
	case errors.Is(err, store.ErrBusy):
		i.Log.Debug("an accepted order has to wait", "order", e.Number, "error", err)
	case t.tries == 1:
		i.Log.Error("an accepted order could not be made, and is tried again", "order", e.Number, "error", err)
	}
}
