package customer

import (
	"fmt"
	"strings"
	"time"

	"waybill/store"
)

// tellEdited says what a change of the order changed, and what that did to the date.
func (t telling) tellEdited(event store.Event) string {
	var parts []string
	for part := range strings.SplitSeq(event.Data["changed"], ",") {
		switch part {
		case "recipient":
			parts = append(parts, "who gets it")
		case "address":
			parts = append(parts, "the address")
		case "speed":
			parts = append(parts, "the speed")
		case "lines":
			parts = append(parts, "what is in it")
		}
	}
	text := "The order was changed"
	if len(parts) > 0 {
		text += ": " + join(parts)
	}
	text += "."
	if lines := t.tellLines(event.Data["lines"]); lines != "" {
		text += " " + lines + "."
	}
	before, after := moment(event.Data["old"]), moment(event.Data["promised_at"])
	if calendar := (store.Calendar{Zone: t.now.Location()}); !before.IsZero() && !after.IsZero() && !calendar.SameDay(before, after) {
		text += fmt.Sprintf(" It now arrives %s, not %s.", t.day(after), t.day(before))
	}
	return text
}

// tellLines says how quantities changed: "Enamel mug 2, now 3".
func (t telling) tellLines(data string) string {
	var words []string
	for _, change := range store.ParseLineChanges(data) {
		name := t.dir.ProductName(change.Product)
		switch {
		case change.Before == 0:
			words = append(words, fmt.Sprintf("%d × %s new", change.After, name))
		case change.After == 0:
			words = append(words, name+" left out")
		default:
			words = append(words, fmt.Sprintf("%s %d, now %d", name, change.Before, change.After))
		}
	}
	return strings.Join(words, "; ")
}

// moment reads a time from an event; zero if there is none.
func moment(text string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, text)
	return at
}
