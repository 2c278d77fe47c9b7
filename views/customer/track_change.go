package customer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// trouble is the last event that told of missing units, while the order is still being put together.
func (t telling) trouble() (store.Event, bool) {
	if t.order.Status != store.Placed && t.order.Status != store.Backordered {
		return store.Event{}, false
	}
	for _, event := range slices.Backward(t.order.History) {
		if len(event.Lines("missing")) > 0 {
			return event, true
		}
	}
	return store.Event{}, false
}

// tellTrouble says in the customer's words what is missing and why.
func (t telling) tellTrouble(event store.Event) string {
	things, from := t.things(event.Lines("missing")), t.dir.WarehouseName(event.Data["from"])
	switch store.Cause(event.Data["reason"]) {
	case store.CauseGone:
		return fmt.Sprintf("%s turned out not to be in %s.", things, from)
	case store.CauseDamaged:
		return fmt.Sprintf("%s from %s turned out to be damaged.", things, from)
	case store.CauseLost:
		return fmt.Sprintf("%s got lost on the way from %s.", things, from)
	case store.CauseSold:
		return fmt.Sprintf("By a mistake of ours, %s in %s had been promised to somebody else too.", things, from)
	}
	return fmt.Sprintf("%s cannot leave %s at the moment.", things, from)
}

// tellRerouted says where what is missing comes from instead, and when all arrives.
func (t telling) tellRerouted(event store.Event) string {
	var words []string
	for _, id := range strings.Split(event.Data["sources"], ",") {
		if id != "" {
			words = append(words, t.dir.WarehouseName(id))
		}
	}
	text := "We found it elsewhere."
	switch {
	case event.Data["sources"] == event.Data["from"] && len(words) > 0:
		text = fmt.Sprintf("We send it again from %s.", join(words))
	case len(words) > 0:
		text = fmt.Sprintf("It comes from %s instead.", join(words))
	}
	old, promised := dateOf(event, "old"), dateOf(event, "promised_at")
	calendar := store.Calendar{Zone: t.now.Location()}
	switch {
	case promised.IsZero():
		return text
	case !old.IsZero() && calendar.SameDay(old, promised):
		return text + " The date stays."
	}
	return text + fmt.Sprintf(" The new date is %s.", ui.Day(t.local(promised)))
}

// change says why the date or the way has changed; "" when nothing has.
func (t telling) change() string {
	event, troubled := t.trouble()
	if !troubled {
		return ""
	}
	text := t.tellTrouble(event)
	if event.Type == store.EventRerouted {
		text += " " + t.tellRerouted(event)
	}
	return text
}

// waitingAgain answers for an order that was promised once, lost something of what it had, and waits for
// it: that comes first, then why, then what is known of the date.
func (t telling) waitingAgain(trouble string) (state, line, why string) {
	line, next := "Later than we said: we wait for stock", "The new date appears here as soon as we know it."
	if at := t.order.ExpectedAt; at.After(t.now) {
		line = "Later than we said: expected in stock on " + t.day(at)
		next = "When it comes in, we pack your order, and the day on which it arrives appears here."
	}
	first := ""
	if !t.order.FirstDate.IsZero() {
		first = fmt.Sprintf("We first said %s.", t.day(t.order.FirstDate))
	}
	return "late", line, sentences(trouble, "Nobody else has it in stock now, so we wait for it.", first, "All the rest is set aside for you.", next, "We are sorry that you have to wait.")
}

func dateOf(event store.Event, detail string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, event.Data[detail])
	return at
}
