package store

import (
	"strings"
	"testing"
)

// TestCheckEditLines: whoever cannot change the products of an order any more reads what has happened to it.
func TestCheckEditLines(t *testing.T) {
	order := func(state TransferState, version int) Order {
		return Order{Status: Placed, Lines: []Line{{"prod1", 2}}, Transfers: []Transfer{{State: state, Version: version}}}
	}
	for name, c := range map[string]struct {
		order Order
		why   string // part of it; "" when it can be changed
	}{
		"asked for":            {order(TransferRequested, 1), ""},
		"sent":                 {order(TransferSent, 2), "has left"},
		"arrived":              {order(TransferDelivered, 3), "has left"},
		"refused":              {order(TransferRefused, 2), "rearranged"},
		"sent, and taken back": {order(TransferRequested, 3), "rearranged"},
		"packed":               {Order{Status: Placed, Lines: []Line{{"prod1", 2}}, Packed: map[string]int{"prod1": 1}}, "packed"},
		"set aside in part":    {Order{Status: Backordered, Warehouse: "warehouse1", Lines: []Line{{"prod1", 2}}}, "set aside"},
	} {
		err := c.order.CheckEditLines()
		if c.why == "" && err != nil || c.why != "" && (KindOf(err) != Conflict || !strings.Contains(err.Error(), c.why)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
