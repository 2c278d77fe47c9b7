package rdb

import (
	"strings"

	"waybill/store"
)

// A dump names keys as a single Redis does, so that it fits every layout: plainName takes the tags off,
// and a destination says where what is in a key belongs.

// plainName is what a key is called on a single Redis.
func (k keys) plainName(key string) string {
	if !k.tagged() {
		return key
	}
	if rest, ok := strings.CutPrefix(key, "{"); ok { // a warehouse's shelves
		if w, what, closed := strings.Cut(rest, "}"); closed {
			return w + what
		}
	}
	if i := strings.LastIndexByte(key, '{'); i > 0 && strings.HasSuffix(key, "}") {
		return key[:i]
	}
	return key
}

// destination tells to which key a member, a field or an entry belongs.
type destination func(member string) string

func one(key string) destination { return func(string) string { return key } }

// destinations finds where things lie in a layout.
type destinations struct {
	keys
	warehouses map[string]bool
}

// left are the names of what is made anew: how often open pages have changed, who leads, and what is counted
// from the orders.
func (d destinations) left(name string) bool {
	w, what, _ := strings.Cut(name, ":")
	return strings.HasPrefix(name, "live:") || strings.HasPrefix(name, "lease:") || name == "events" || d.warehouses[w] && what == "load"
}

// of is the destination of what has a plain name.
func (d destinations) of(name string) destination {
	head, rest, has := strings.Cut(name, ":")
	what := ""
	if has {
		what = ":" + rest
	}
	if to := d.ofList(name); to != nil {
		return to
	}
	id, tail, _ := strings.Cut(rest, ":")
	if tail != "" {
		tail = ":" + tail
	}
	switch n, number := store.ParseNumber(id); {
	case head == "order" && number:
		return one(d.ofOrder(n, tail))
	case head == "transfer" && store.ValidID(id):
		return one(name + string(d.partOfTransfer(id)))
	case head == "delivery" && store.ValidID(id):
		return one(name + string(d.partOf(id)))
	case head == "product" && tail == "":
		return one(d.keyProduct(id))
	case head == "product":
		return one(name + string(d.partOf(id)))
	case head == "courier" && tail == ":run":
		return func(member string) string { return keyRun(d.partOfMember(member), id) }
	case head == "account":
		return one(d.keyAccount(rest))
	case head == "import":
		return one(name + string(d.own(imports)))
	case d.warehouses[head], what == ":product_list" && store.ValidID(head):
		return d.ofShelves(head, what)
	}
	return one(name)
}

// ofList is the destination of lists and sets that belong to no single thing; nil for other names.
func (d destinations) ofList(name string) destination {
	for _, status := range store.Statuses() {
		if name == keyQueue("", status) {
			return func(member string) string { return keyQueue(d.partOfMember(member), status) }
		}
	}
	switch name {
	case keyUnsettled(""):
		return func(member string) string { return keyUnsettled(d.partOfMember(member)) }
	case keyUnsettledMove(""):
		return func(id string) string { return keyUnsettledMove(d.partOfTransfer(id)) }
	case keyUnsettledDelivery(""):
		return func(id string) string { return keyUnsettledDelivery(d.partOf(id)) }
	case keyAttention(""):
		return func(member string) string { return keyAttention(d.partOfMember(member)) }
	case keyNeeds(""):
		return func(field string) string { return keyNeeds(d.partOfMember(strings.TrimSuffix(field, overdue))) }
	case keyWaiting(""):
		return func(product string) string { return keyWaiting(d.partOf(product)) }
	case "products", "accounts", "imports", "imports.due":
		group := map[string]string{"products": catalogue, "accounts": accounts}[name]
		if group == "" {
			group = imports
		}
		return one(name + string(d.own(group)))
	}
	return nil
}

// ofShelves is the destination of what begins with a warehouse's name: work lists lie with the orders and
// transfers, all else with the shelves. Holders are named by their keys.
func (d destinations) ofShelves(w, what string) destination {
	switch what {
	case ":placed.orders", ":ready.orders", ":returned.orders", ":put_back":
		return func(member string) string { return w + what + string(d.partOfMember(member)) }
	case ":to_send", ":to_receive", ":in_transit":
		return func(id string) string { return w + what + string(d.partOfTransfer(id)) }
	case ":deliveries", ":deliveries:closed":
		return func(id string) string { return w + what + string(d.partOf(id)) }
	}
	return one(d.ofWarehouse(w, what))
}

// plainMember is what a member of a set is called on a single Redis, and member what it is called here: only
// holders are named by keys.
func (k keys) plainMember(name, member string) string {
	if strings.HasSuffix(name, ":holders") {
		return k.plainName(member)
	}
	return member
}

func (d destinations) member(name, member string) string {
	if w, ok := strings.CutSuffix(name, ":holders"); ok {
		if what, ok := strings.CutPrefix(member, w+":"); ok {
			return d.ofWarehouse(w, ":"+what)
		}
	}
	return member
}

// ofEvent is the stream to which an event belongs: the order's, or the warehouse's.
func (d destinations) ofEvent(fields map[string]any) string {
	if n, ok := store.ParseNumber(text(fields["order"])); ok {
		return keyEvents(d.part(n))
	}
	if w := text(fields["warehouse"]); w != "" {
		return keyEvents(d.at(w))
	}
	return keyEvents(d.parts()[0])
}
