package supply

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/store"
	"waybill/views/ui"
)

// WaitingRow is a product that orders wait for.
type WaitingRow struct {
	Product, Name, Href string
	Orders, Units, Free int
	Next                string // the next announced delivery, in words
}

// NewWaiting draws up the list of products that orders wait for.
func NewWaiting(list []store.Waited, scene Scene) []WaitingRow {
	rows := make([]WaitingRow, len(list))
	for i, w := range list {
		rows[i] = WaitingRow{
			Product: w.Product.ID, Name: w.Product.Name, Href: "/waiting/" + w.Product.ID,
			Orders: w.Orders, Units: w.Units, Free: w.Free, Next: "nothing is announced",
		}
		if len(w.Arriving) > 0 {
			rows[i].Next = arrival(w.Arriving[0], scene)
		}
	}
	return rows
}

func arrival(a store.Arrival, scene Scene) string {
	text := ui.Units(a.Units) + ", " + scene.day(a.At).Text
	if scene.Now.After(a.At) {
		text += ", late"
	}
	return text
}

// QueueModel is who waits for one product.
type QueueModel struct {
	Product, Name, Path string
	Orders, Units, Free int
	Terms               string
	Arrivals            []ArrivalLink
	Arriving            int // units that are thought to arrive, for the preview
	Rows                []QueueRow
	Left                int // units that nobody waits for then
}

// ArrivalLink is an announced delivery whose units one can try out.
type ArrivalLink struct{ Text, Href string }

// QueueRow is one order of the queue.
type QueueRow struct {
	ID, Number, Href string
	Place            int
	Units            int
	Since, Expected  Day
	Priority         string
	State            string // goes, part or waits
	Barred           bool   // what is free was refused to it, and may be asked for again
	Gets             string
	Order            string // plain digits
}

// MoveForm is what was typed to move an order in the queue, and what was wrong with it.
type MoveForm struct {
	Order, Move, Why, Error string
	Arriving, ArrivingError string
}

// NewQueue draws up the queue of a product, and who would get what if so many units arrived.
func NewQueue(q store.Queue, arriving int, scene Scene) QueueModel {
	m := QueueModel{
		Product: q.Product.ID, Name: q.Product.Name, Path: "/waiting/" + q.Product.ID,
		Orders: q.Orders, Units: q.Units, Free: q.Free, Terms: terms(q.Product.Terms, q.Units, scene), Arriving: arriving,
		Left: max(0, q.Free+arriving-q.Units),
	}
	if q.Product.Terms.Unreleased(scene.Now) {
		m.Left = 0
	}
	for _, a := range q.Arriving {
		m.Arrivals = append(m.Arrivals, ArrivalLink{Text: arrival(a, scene), Href: m.Path + "?arriving=" + strconv.Itoa(a.Units)})
	}
	for i, share := range q.Shares {
		m.Rows = append(m.Rows, queueRow(i+1, share, q, scene))
	}
	return m
}

func queueRow(place int, share store.Share, q store.Queue, scene Scene) QueueRow {
	n := share.Order.String()
	r := QueueRow{
		ID: "order-" + n, Number: ui.OrderNumber(n), Order: n, Place: place, Units: share.Units,
		Since: scene.day(share.Since), Expected: scene.day(q.Dates[share.Order]),
	}
	if scene.Tells {
		r.Href = "/service/orders/" + n
	}
	if share.Priority != 0 {
		r.Priority = fmt.Sprintf("%+d", share.Priority)
	}
	var lacks []string
	for _, product := range share.Lacks {
		lacks = append(lacks, scene.Directory.ProductName(product))
	}
	r.Barred = share.Barred > 0
	switch {
	case r.Barred:
		r.State, r.Gets = "waits", "waits: who has it could not send it to this order"
	case share.Goes:
		r.State, r.Gets = "goes", "gets all "+strconv.Itoa(share.Units)+" and goes on"
		if share.Units == 1 {
			r.Gets = "gets it and goes on"
		}
	case share.Gets == share.Units:
		r.State, r.Gets = "part", fmt.Sprintf("%d set aside; waits for %s too", share.Gets, strings.Join(lacks, ", "))
	case share.Gets > 0:
		r.State, r.Gets = "part", fmt.Sprintf("%d set aside, %d missing", share.Gets, share.Units-share.Gets)
	default:
		r.State, r.Gets = "waits", "waits"
	}
	return r
}

func terms(t store.Terms, waiting int, scene Scene) string {
	words := "No new orders may wait for it."
	switch t.Kind {
	case store.TermsBackorder:
		words = "Orders may wait for it."
	case store.TermsPreOrder:
		words = "It is sent from " + scene.day(t.Release).Text + " on; orders may wait for it."
	}
	if t.MayWait() && t.Cap > 0 {
		words += fmt.Sprintf(" %d of %d places are taken.", waiting, t.Cap)
	}
	return words
}
