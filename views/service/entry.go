package service

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"waybill/store"
	"waybill/views/ui"
)

// entry tells one event in plain words: what happened, who did it and why.
func entry(e store.Event, o store.Order, scene Scene) Entry {
	what, kind := tell(e, o, scene)
	return Entry{
		ID: "v-" + strconv.Itoa(e.Version), Kind: kind, What: what, Who: e.Who.Words(), Why: sentence(e.Why),
		At: scene.moment(e.At),
	}
}

func tell(e store.Event, o store.Order, scene Scene) (what, kind string) {
	town := func(id string) string { return scene.Directory.WarehouseName(cmp.Or(id, o.Warehouse)) }
	switch e.Type {
	case store.EventType(store.Received):
		return "Received", "status"
	case store.EventType(store.Placed):
		if before(e, o) == store.Ready {
			return "Taken back: being assembled again", "status"
		}
		return "Placed: being assembled in " + town(e.Data["warehouse"]), "status"
	case store.EventType(store.Backordered):
		if missing := e.Lines("missing"); missing != nil {
			return "Waits for stock: nobody else has " + scene.Directory.Goods(missing), "status"
		}
		return "Waits for stock", "status"
	case store.EventType(store.Ready):
		return "Packed and ready for the courier in " + town(e.Data["warehouse"]), "status"
	case store.EventType(store.Sent):
		return "Picked up: on its way to the recipient", "status"
	case store.EventType(store.Delivered):
		if at, err := time.Parse(time.RFC3339Nano, e.Data["phone"]); err == nil {
			return "Delivered " + scene.moment(at).Text + " by the courier’s phone, which had no signal", "status"
		}
		return "Delivered", "status"
	case store.EventType(store.Cancelled):
		return "Cancelled", "status"
	case store.EventType(store.Returned):
		return cameBack(e, town), "status"
	case store.EventAdopted:
		return "Taken over from an outside program", "note"
	case store.EventTakenOver:
		return "An outside program made it “" + e.Status.Words() + "”", "alert"
	case store.EventUndone:
		return "A status from outside made no sense and was put back to “" + e.Status.Words() + "”", "alert"
	case store.EventGaveWay:
		return "Gave way to a count in " + town(e.Data["from"]) + ": lost " + scene.Directory.Goods(e.Lines("missing")), "alert"
	case store.EventMerged:
		return merged(e, o, scene), "alert"
	case store.EventRerouted:
		return rerouted(e, scene), "alert"
	case store.EventNotDelivered:
		return "Could not be delivered: " + store.DeliveryProblem(e.Data["problem"]).Words(), "alert"
	case store.EventEdited:
		return editedWords(e, scene), "note"
	case store.EventInspected:
		return inspected(e, town), "note"
	case store.EventPutBack:
		return "What was packed is on its shelf again", "packed"
	case store.EventPacked:
		return packed(e, scene), "packed"
	case store.EventExpected:
		return expected(e.Data["expected_at"], scene), "note"
	case store.EventStillWaits:
		return "Waits for " + productNames(e.Data["products"], scene) + " too: sold out meanwhile", "note"
	case store.EventAskedAgain:
		return "Asked for again: " + productNames(e.Data["products"], scene) + " from " + towns(e.Data["from"], scene), "note"
	case store.EventPrioritized:
		return "Moved in the queue: priority " + e.Data["from"] + " → " + e.Data["to"], "note"
	}
	if text := travelled(e, o, scene); text != "" {
		return text, "transfer"
	}
	return string(e.Type), "note"
}

// merged tells a step that the records had forgotten, and that something else was done meanwhile.
func merged(e store.Event, o store.Order, scene Scene) string {
	was := e
	was.Type = store.EventType(e.Data["event"])
	what := "a step"
	if was.Type != "" && was.Type != store.EventMerged {
		what, _ = tell(was, o, scene)
	}
	return "Done before our records were set back: “" + what + "”. It is “" + e.Status.Words() + "” now"
}

// rerouted tells where missing units come from instead, and what that does to the date.
func rerouted(e store.Event, scene Scene) string {
	from := towns(e.Data["sources"], scene)
	text := "Re-routed: " + scene.Directory.Goods(e.Lines("missing")) + " from " + from + " instead of " + scene.Directory.WarehouseName(e.Data["from"])
	if e.Data["sources"] == e.Data["from"] {
		text = "Asked for again: " + scene.Directory.Goods(e.Lines("missing")) + " from " + from
	}
	old, _ := time.Parse(time.RFC3339Nano, e.Data["old"])
	promised, _ := time.Parse(time.RFC3339Nano, e.Data["promised_at"])
	switch {
	case promised.IsZero():
		return text
	case old.IsZero() || old.Equal(promised):
		return text + ", promised for " + scene.day(promised)
	}
	return text + ", promised for " + scene.day(promised) + ", was " + scene.day(old)
}

// towns names some warehouses.
func towns(ids string, scene Scene) string {
	var names []string
	for _, id := range strings.Split(ids, ",") {
		names = append(names, scene.Directory.WarehouseName(id))
	}
	return strings.Join(names, " and ")
}

// expected says when what is missing is expected.
func expected(stamp string, scene Scene) string {
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return "No date is known any more for what is missing"
	}
	return "What is missing is expected " + scene.day(at)
}

// productNames says products by their names; ids stand with spaces between them.
func productNames(ids string, scene Scene) string {
	var words []string
	for _, id := range strings.Fields(ids) {
		words = append(words, scene.Directory.ProductName(id))
	}
	return strings.Join(words, ", ")
}

// sentence begins a reason with a capital letter.
func sentence(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + text[size:]
}

// before is the status that the order had before an event, "" for the first one.
func before(e store.Event, o store.Order) store.Status {
	for _, earlier := range o.History {
		if earlier.Version == e.Version-1 {
			return earlier.Status
		}
	}
	return ""
}

func packed(e store.Event, scene Scene) string {
	name := scene.Directory.ProductName(e.Data["product"])
	units, err := strconv.Atoi(e.Data["units"])
	switch {
	case e.Data["product"] == "" || err != nil:
		return "The box was packed further"
	case units == 0:
		return name + " was taken out of the box"
	}
	return ui.Units(units) + " of " + name + " in the box"
}

// travelled tells of a transfer; "" if the event is not of one.
func travelled(e store.Event, o store.Order, scene Scene) string {
	text := map[store.EventType]string{
		store.EventTransferSent: "sent", store.EventTransferUnsent: "not sent after all",
		store.EventTransferDelivered: "arrived", store.EventTransferUndone: "not arrived after all",
		store.EventTransferRefused: "refused", store.EventTransferLost: "lost on the way",
	}[e.Type]
	if text == "" {
		return ""
	}
	for _, t := range o.Transfers {
		if t.ID == e.Data["transfer"] {
			lines, missing := e.Lines("lines"), e.Lines("missing")
			switch {
			case lines == nil && missing != nil:
				if lines, missing = missing, nil; e.Type == store.EventTransferDelivered {
					text = "arrived, and nothing of it in good order"
				}
			case lines == nil:
				lines = t.Lines
			}
			if missing != nil {
				text += ", without " + scene.Directory.Goods(missing)
			}
			return scene.Directory.Goods(lines) + ", " + scene.Directory.WarehouseName(t.From) + " to " + scene.Directory.WarehouseName(t.To) + ": " + text
		}
	}
	return "A transfer: " + text
}

// cameBack says where a parcel comes back to, and why if the courier said so.
func cameBack(e store.Event, town func(string) string) string {
	text := "Came back"
	if w := e.Data["warehouse"]; w != "" {
		text = "Comes back to " + town(w)
	}
	if problem := e.Data["problem"]; problem != "" {
		text += ": " + store.DeliveryProblem(problem).Words()
	}
	return text
}

// inspected says what was found in a parcel that came back.
func inspected(e store.Event, town func(string) string) string {
	text := "Looked into in " + town(e.Data["warehouse"])
	for _, part := range []struct{ key, words string }{{"sellable", "back on the shelf"}, {"damaged", "damaged"}, {"missing", "missing"}} {
		if n, err := strconv.Atoi(e.Data[part.key]); err == nil && n > 0 {
			text += ", " + ui.Units(n) + " " + part.words
		}
	}
	return text
}

// editedWords says what a change of the order changed.
func editedWords(e store.Event, scene Scene) string {
	text := "Changed: " + strings.ReplaceAll(cmp.Or(e.Data["changed"], "nothing"), ",", ", ")
	text = strings.Replace(text, "lines", "products", 1)
	for _, c := range store.ParseLineChanges(e.Data["lines"]) {
		text += fmt.Sprintf("; %s %d → %d", scene.Directory.ProductName(c.Product), c.Before, c.After)
	}
	before, _ := time.Parse(time.RFC3339Nano, e.Data["old"])
	after, _ := time.Parse(time.RFC3339Nano, e.Data["promised_at"])
	if !before.IsZero() && !after.IsZero() && !before.Equal(after) {
		text += "; arrives " + scene.day(after) + ", was " + scene.day(before)
	}
	return text
}
