package store

import (
	"fmt"
	"strings"
	"time"
)

// MessageKind is what a warehouse's agent says about a product.
type MessageKind string

// The five sentences of the warehouses' language.
const (
	Needed      MessageKind = "needed"    // prod1 needed in warehouse2
	None        MessageKind = "no"        // no prod1 in warehouse1
	Available   MessageKind = "available" // prod1 available in warehouse3
	SentTo      MessageKind = "sent"      // prod1 sent to warehouse2
	DeliveredTo MessageKind = "delivered" // prod1 delivered to warehouse2
)

// Message is one sentence on a warehouse's channel. It is advice for people and a
// reason to look at the stock: it never moves stock by itself. Warehouse is the one
// that the sentence names.
type Message struct {
	Kind      MessageKind
	Product   string
	Warehouse string
}

// String gives the sentence.
func (m Message) String() string {
	switch m.Kind {
	case None:
		return fmt.Sprintf("no %s in %s", m.Product, m.Warehouse)
	case Needed, Available:
		return fmt.Sprintf("%s %s in %s", m.Product, m.Kind, m.Warehouse)
	default:
		return fmt.Sprintf("%s %s to %s", m.Product, m.Kind, m.Warehouse)
	}
}

// ParseMessage reads a sentence. It takes exactly the five forms, with single spaces
// and well-formed names, and nothing else.
func ParseMessage(text string) (Message, bool) {
	if len(text) > 160 {
		return Message{}, false
	}
	words := strings.Split(text, " ")
	if len(words) != 4 {
		return Message{}, false
	}
	m := Message{Kind: MessageKind(words[1]), Product: words[0], Warehouse: words[3]}
	if words[0] == "no" {
		m.Kind, m.Product = None, words[1]
	}
	if m.String() != text || !ValidID(m.Product) || !ValidID(m.Warehouse) {
		return Message{}, false
	}
	switch m.Kind {
	case Needed, None, Available, SentTo, DeliveredTo:
		return m, true
	}
	return Message{}, false
}

// Heard is a sentence that was heard on a warehouse's channel, and when.
type Heard struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}
