package customer

import (
	"fmt"
	"strconv"
	"time"

	"waybill/store"
)

// StoryEntry is one thing that happened, in the customer's words.
type StoryEntry struct {
	ID, Kind, What string
	At             time.Time
}

// story tells everything that happened to the order, from the beginning. What only concerns
// the shop's own books is left out.
func (t telling) story() []StoryEntry {
	var entries []StoryEntry
	var before store.Status
	for _, event := range t.order.History {
		kind, what := t.tell(event, before)
		before = event.Status
		if what != "" {
			entries = append(entries, StoryEntry{ID: "story-" + strconv.Itoa(event.Version), Kind: kind, What: what, At: t.local(event.At)})
		}
	}
	return entries
}

// tell says one event. Of a change of status it matters what the status was before.
func (t telling) tell(event store.Event, before store.Status) (kind, what string) {
	switch event.Type {
	case store.EventPacked:
		return "packed", t.tellPacked(event.Data)
	case store.EventTransferSent, store.EventTransferUnsent, store.EventTransferDelivered, store.EventTransferUndone:
		text := t.tellTransfer(event)
		if len(event.Lines("missing")) > 0 {
			text = sentences(text, t.tellTrouble(event))
		}
		return "transfer", text
	case store.EventTransferRefused, store.EventTransferLost, store.EventGaveWay:
		return "transfer", t.tellTrouble(event)
	case store.EventRerouted:
		return "transfer", t.tellRerouted(event)
	case store.EventNotDelivered:
		return "alert", fmt.Sprintf("The courier was there, but %s. They come again.", store.DeliveryProblem(event.Data["problem"]).Words())
	case store.EventEdited:
		return "status", t.tellEdited(event)
	case store.EventUndone, store.EventAskedAgain: // what comes of it is told
		return "", ""
	case store.EventAdopted:
		return "status", "We took up your order."
	case store.EventExpected:
		return "status", t.tellExpected(event.Data["expected_at"])
	case store.EventStillWaits:
		return "status", "Something else in your order has run out meanwhile. We wait for that too."
	}
	if event.Status == before {
		return "", ""
	}
	if event.Status == store.Backordered && before == store.Placed {
		return "status", "Nobody else has it in stock now. We keep the rest for you and wait for it."
	}
	if event.Status == store.Cancelled && event.Data[store.RefusedDetail] != "" {
		return "alert", "It could not be sent. " + event.Why
	}
	return "status", t.tellStatus(event.Status, before)
}

func (t telling) tellStatus(now, before store.Status) string {
	switch now {
	case store.Received:
		return "You placed the order. We wrote it down."
	case store.Backordered:
		return "Not everything is in stock. We wait for the rest."
	case store.Placed:
		switch before {
		case store.Ready:
			return "The parcel was opened again, to put something right."
		case store.Backordered:
			return "Everything is in stock now. We begin to pack."
		case store.Received:
			return "Everything in it is set aside for you."
		}
		return "You placed the order. Everything in it is set aside for you."
	case store.Ready:
		return fmt.Sprintf("Your parcel is packed%s and waits for the courier.", in(t.place()))
	case store.Sent:
		return "The courier picked your parcel up."
	case store.Delivered:
		if t.order.ReceivedBy != "" {
			return fmt.Sprintf("Delivered, taken by %s.", t.order.ReceivedBy)
		}
		return "Delivered."
	case store.Cancelled:
		return "The order was cancelled."
	case store.Returned:
		return "The parcel came back to us."
	}
	return ""
}

// tellExpected says the day on which what is missing is expected, or that nobody knows one any more.
func (t telling) tellExpected(stamp string) string {
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return "There is no date any more for what is missing. We ask for a new one."
	}
	return fmt.Sprintf("What is missing is expected on %s.", t.day(at))
}

func (t telling) tellPacked(data map[string]string) string {
	product, units := data["product"], data["units"]
	if product == "" {
		return ""
	}
	name := t.dir.ProductName(product)
	switch units {
	case "":
		return name + " was packed."
	case "0":
		return name + " was taken out of the box again."
	}
	return fmt.Sprintf("In the box: %s × %s.", units, name)
}

// tellTransfer says what became of a transfer; the event names it, the order has it.
func (t telling) tellTransfer(event store.Event) string {
	for _, transfer := range t.order.Transfers {
		if transfer.ID != event.Data["transfer"] {
			continue
		}
		lines := event.Lines("lines")
		if lines == nil {
			if lines = transfer.Lines; event.Data["missing"] != "" {
				return ""
			}
		}
		things := t.things(lines)
		from, to := t.dir.WarehouseName(transfer.From), t.dir.WarehouseName(transfer.To)
		switch event.Type {
		case store.EventTransferSent:
			return fmt.Sprintf("%s left %s for %s.", things, from, to)
		case store.EventTransferUnsent:
			return fmt.Sprintf("A slip: %s did not leave %s yet.", things, from)
		case store.EventTransferDelivered:
			return fmt.Sprintf("%s arrived in %s.", things, to)
		default:
			return fmt.Sprintf("A slip: %s did not reach %s yet.", things, to)
		}
	}
	return ""
}
