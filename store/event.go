package store

import (
	"encoding/json"
	"time"
)

// EventType names what happened to an order. A change of status has the status's own
// name; the others are steps on the way.
type EventType string

// The events that are not a change of status.
const (
	EventAdopted           EventType = "adopted"            // an outside program's order became ours
	EventTakenOver         EventType = "taken_over"         // an outside program changed the status
	EventUndone            EventType = "undone"             // a status from outside made no sense and was put back
	EventPacked            EventType = "packed"             // units were put in, or taken out of, the box
	EventTransferSent      EventType = "transfer_sent"      // products left for the place of assembly
	EventTransferUnsent    EventType = "transfer_unsent"    // ... no, they did not
	EventTransferDelivered EventType = "transfer_delivered" // they arrived
	EventTransferUndone    EventType = "transfer_undone"    // ... no, they did not
	EventTransferRefused   EventType = "transfer_refused"   // a warehouse does not send them
	EventTransferLost      EventType = "transfer_lost"      // sent, and nothing of it arrived
	EventGaveWay           EventType = "gave_way"           // less was there than was promised, and this order lost some of it
	EventRerouted          EventType = "rerouted"           // what is missing comes from elsewhere
	EventEdited            EventType = "edited"             // address, speed, products or quantities were changed
	EventNotDelivered      EventType = "not_delivered"      // the courier could not hand the parcel over, and tries again
	EventInspected         EventType = "inspected"          // what came back was looked into
	EventPutBack           EventType = "put_back"           // what was packed for a cancelled order is on the shelf again
	EventStillWaits        EventType = "still_waits"        // something else of a waiting order has run out too
	EventExpected          EventType = "expected"           // what it waits for is expected on another day than before
	EventPrioritized       EventType = "prioritized"        // a person has moved it in the queue
	EventAskedAgain        EventType = "asked_again"        // a warehouse that did not send units is asked for them once more
	EventMerged            EventType = "merged"             // a step that Redis had forgotten, while others were taken: what weighs more holds
)

// Event is one entry of an order's history: the versions of an order's entries count
// up from 1 without a gap. Data holds details that the type needs ("product", "units",
// "transfer", "to"); it never holds personal data.
type Event struct {
	Order   Number            `json:"order"`
	Version int               `json:"version"`
	Type    EventType         `json:"type"`
	Status  Status            `json:"status"` // the order's status after it
	At      time.Time         `json:"at"`
	Who     Actor             `json:"who"`
	Why     string            `json:"why,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
}

// Lines reads products and units from the event's details: "lines" are those that it is about, "missing"
// those that do not come. None when the event has no such detail.
func (e Event) Lines(detail string) []Line {
	var lines []Line
	if json.Unmarshal([]byte(e.Data[detail]), &lines) != nil {
		return nil
	}
	return lines
}
