package customer

import (
	"fmt"
	"time"

	"waybill/store"
)

// Step is one step of the order's way: done, current, todo or stopped. At is zero for one that
// has not been taken, or of which nobody knows when. Parts are the steps within it.
type Step struct {
	ID, State, Icon, Name, Note string
	At                          time.Time
	Parts                       []Step
}

// steps lists the way of this order, done and to come. The first step that is not done is
// the current one.
func (t telling) steps() []Step {
	steps := []Step{t.step("placed", "inbox", "Order placed", true, t.order.PlacedAt)}
	if t.order.Status == store.Received {
		steps[0].Name = "Order written down"
		aside := t.step("aside", "inbox", "Products set aside for you", false, time.Time{})
		aside.Note = "As soon as we can look at our shelves again."
		steps = append(steps, aside)
	}
	if at := t.reached[store.Backordered]; !at.IsZero() {
		steps = append(steps, t.waitingStep(at))
	}
	steps = append(steps, t.assembledStep(), t.sentStep(), t.deliveredStep())
	if t.order.Status == store.Cancelled || t.order.Status == store.Returned {
		return t.stopped(steps)
	}
	current := false
	for i := range steps {
		if steps[i].State != "done" && !current {
			steps[i].State, current = "current", true
		}
	}
	return steps
}

// past tells whether the order has come as far as a status.
func (t telling) past(status store.Status) bool {
	order := map[store.Status]int{store.Placed: 1, store.Ready: 2, store.Sent: 3, store.Delivered: 4, store.Returned: 4}
	if t.order.Status == store.Cancelled {
		return !t.reached[status].IsZero()
	}
	return order[t.order.Status] >= order[status]
}

func (t telling) step(id, icon, name string, done bool, at time.Time) Step {
	s := Step{ID: "step-" + id, State: "todo", Icon: icon, Name: name}
	if done {
		s.State, s.Icon = "done", "check"
		if !at.IsZero() {
			s.At = t.local(at)
		}
	}
	return s
}

func (t telling) waitingStep(since time.Time) Step {
	done := t.order.Status != store.Backordered
	if done {
		return t.step("waiting", "clock", "Everything in stock", true, t.reached[store.Placed])
	}
	s := t.step("waiting", "clock", "Waiting for stock", false, since)
	s.Note = "Since " + t.day(since)
	return s
}

func (t telling) assembledStep() Step {
	if t.past(store.Ready) {
		s := t.step("assembled", "box", "Packed and ready", true, t.reached[store.Ready])
		s.Note, s.Parts = capital(in(t.place())), t.transferSteps()
		return s
	}
	s := t.step("assembled", "box", "Being assembled", false, time.Time{})
	if t.order.Status == store.Placed {
		packed := 0
		for _, units := range t.order.Packed {
			packed += units
		}
		s.Note = capital(in(t.place()))
		if all := store.Units(t.order.Lines); packed > 0 {
			s.Note += fmt.Sprintf(" · %d of %d packed", packed, all)
		}
	}
	s.Parts = t.transferSteps()
	return s
}

// transferSteps are the ways of what comes from other warehouses.
func (t telling) transferSteps() []Step {
	var steps []Step
	for _, transfer := range t.order.Transfers {
		from, to := t.dir.WarehouseName(transfer.From), t.dir.WarehouseName(transfer.To)
		if len(transfer.Lines) == 0 { // nothing of it came: the story says why
			continue
		}
		things := t.things(transfer.Lines)
		s := Step{ID: "step-" + transfer.ID, State: "todo", Icon: "truck"}
		switch transfer.State {
		case store.TransferRequested:
			s.Name = fmt.Sprintf("%s to come from %s", things, from)
			if !transfer.DueAt.IsZero() {
				s.Note = "by " + t.day(transfer.DueAt)
			}
		case store.TransferSent:
			s.State, s.At = "current", t.local(transfer.At)
			s.Name = fmt.Sprintf("%s left %s for %s", things, from, to)
		case store.TransferDelivered:
			s.State, s.Icon, s.At = "done", "check", t.local(transfer.At)
			s.Name = fmt.Sprintf("%s came from %s", things, from)
		default:
			continue
		}
		steps = append(steps, s)
	}
	return steps
}

func (t telling) sentStep() Step {
	if t.past(store.Sent) {
		return t.step("sent", "truck", "With the courier", true, t.reached[store.Sent])
	}
	s := t.step("sent", "truck", "The courier picks it up", false, time.Time{})
	if t.order.Status == store.Ready {
		s.Note = "Waits" + in(t.place())
	}
	return s
}

func (t telling) deliveredStep() Step {
	if t.past(store.Delivered) {
		return t.step("delivered", "home", "Delivered", true, t.reached[store.Delivered])
	}
	s := t.step("delivered", "home", "At your door", false, time.Time{})
	if due := t.order.PromisedAt; due.After(t.now) && t.order.Status.Open() {
		s.Note = t.day(due)
	}
	return s
}

// stopped keeps the steps that were taken and ends with the one that ended it.
func (t telling) stopped(steps []Step) []Step {
	var kept []Step
	for _, s := range steps {
		if s.State == "done" && (s.ID != "step-delivered" || !t.reached[store.Delivered].IsZero()) {
			kept = append(kept, s)
		}
	}
	last := Step{ID: "step-stopped", State: "stopped", Icon: "x", Name: "Cancelled"}
	if t.order.WhyNotMade() != "" {
		last.Name = "Could not be sent"
	}
	if t.order.Status == store.Returned {
		last.Name, last.Icon = "Came back to us", "return"
	}
	if at := t.reached[t.order.Status]; !at.IsZero() {
		last.At = t.local(at)
	}
	return append(kept, last)
}
