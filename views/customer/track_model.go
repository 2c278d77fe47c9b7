package customer

import (
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// TrackPage is the page on which a customer follows an order.
type TrackPage struct {
	ui.PageModel
	Track TrackModel
}

// TrackModel is an order in the customer's words, as of one moment. It names nobody of the
// staff, and says nothing that only they should know.
type TrackModel struct {
	Number, Plain string // in groups, for reading; in one piece, for copying
	Status        string
	State         string // ok, late, waiting, done or stopped
	Answer, Why   string
	Speed         string
	Steps         []Step
	Parcel        []ParcelLine
	Placed        time.Time
	Recipient     string
	Address       []string // from the street to the country, empty if nobody has said
	Parts         []PartLink
	Story         []StoryEntry
	StoryNow      time.Time
	Path          string // of this page, to which its forms belong
	Known         bool   // who gets it, and where, is known
	Unlisted      string // what the list of products leaves out, "" if nothing
	MayCancel     bool
	MayChange     bool
	NoChange      string // why not
	Cancel        CancelForm
}

// CancelForm is a wish to cancel that could not be taken; the empty one is untouched.
type CancelForm struct {
	Open            bool
	Reason, Problem string
}

// PartLink leads to the other part of an order that is sent in parts.
type PartLink struct{ Words, Number, Href string }

// parts lists the other parts of the order.
func (t telling) parts() []PartLink {
	var links []PartLink
	add := func(words string, part store.Part) {
		if part.Number != 0 {
			links = append(links, PartLink{Words: words, Number: ui.OrderNumber(part.Number.String()), Href: "/track/" + part.Token})
		}
	}
	add("The rest of what you ordered comes as order", t.order.Child)
	add("This is the rest of order", t.order.Parent)
	return links
}

// NewTrack tells an order to its customer. The zone of now is the one in which dates are said.
func NewTrack(o store.Order, dir store.Directory, now time.Time, asset func(string) string) TrackModel {
	t := telling{order: o, dir: dir, now: now, reached: reached(o)}
	m := TrackModel{
		Number: ui.OrderNumber(o.Number.String()), Plain: o.Number.String(), Status: string(o.Status),
		Speed: speedName(o.Speed), Steps: t.steps(), Parcel: t.parcel(asset),
		Placed: t.local(o.PlacedAt), Recipient: o.Recipient.Name, Address: addressLines(o.Recipient.Address), Story: t.story(), StoryNow: now, Parts: t.parts(),
		Path: "/track/" + o.Token, Known: o.Version > 0 || o.Recipient.Name != "",
		MayCancel: (o.Version > 0 || o.Token != "") && store.CheckCancel(o.Status, store.Customer) == nil,
	}
	if o.Unlisted > 0 {
		m.Unlisted = "and " + ui.Count(o.Unlisted, "more product")
	}
	if err := o.CheckEdit(store.Customer); err != nil {
		m.NoChange = store.MessageOf(err)
	} else {
		m.MayChange = o.Version > 0
	}
	m.State, m.Answer, m.Why = t.answer()
	if !o.Unwanted.IsZero() {
		m.askedToCancel(t.local(o.Unwanted))
	}
	return m
}

// askedToCancel tells a customer who comes back that the wish is not forgotten.
func (m *TrackModel) askedToCancel(at time.Time) {
	m.unsure()
	m.MayCancel = false
	when := ui.Moment(at, m.StoryNow)
	if ui.DaysBetween(at, m.StoryNow) == 0 {
		when = "at " + ui.Clock(at)
	}
	m.Answer = "Cancellation noted " + when
	m.Why = "You asked us to cancel this order. That is safely written down, and it will be carried out as soon as our records answer. Nothing will be sent, unless your parcel has left by then. You need do nothing."
}

// cancelTold is how long after an order was placed its customer may ask to cancel it without anybody knowing
// how far it has come.
const cancelTold = 24 * time.Hour

// NewTold tells a customer what their link itself says of an order that cannot be looked up now.
func NewTold(o store.Order, dir store.Directory, now time.Time, asset func(string) string) TrackModel {
	m := NewTrack(o, dir, now, asset)
	if !o.Unwanted.IsZero() {
		return m
	}
	m.unsure()
	m.MayCancel = m.MayCancel && now.Sub(o.PlacedAt) < cancelTold
	m.Answer, m.Why = "We have your order", "We cannot look up how far it has come just now: our records do not answer. Nothing is lost, and you need do nothing. This page shows it as soon as they answer."
	return m
}

// unsure leaves out how far the order has come.
func (m *TrackModel) unsure() {
	m.Status, m.Steps = "", nil
	for i := range m.Parcel {
		m.Parcel[i].Wheres = nil
	}
}

// cancelMeans says what cancelling does at this moment.
func (m TrackModel) cancelMeans() string {
	switch store.Status(m.Status) {
	case "":
		return "If your parcel has not left yet, nothing will be sent."
	case store.Received:
		return "Nothing will be sent."
	case store.Backordered:
		return "We stop waiting for the stock, and nothing will be sent."
	case store.Ready:
		return "We unpack your parcel, and nothing will be sent."
	}
	return "Nothing will be sent, and what we set aside for you goes to others."
}

// telling is what all parts of the page are told from.
type telling struct {
	order   store.Order
	dir     store.Directory
	now     time.Time
	reached map[store.Status]time.Time
}

// reached says when the order last came into each status that it has been in.
func reached(o store.Order) map[store.Status]time.Time {
	at := map[store.Status]time.Time{}
	var last store.Status
	for _, event := range o.History {
		if event.Status != last {
			at[event.Status], last = event.At, event.Status
		}
	}
	if at[store.Placed].IsZero() && at[store.Received].IsZero() {
		at[store.Received] = o.PlacedAt
	}
	return at
}

// local brings a time to the zone in which dates are said.
func (t telling) local(at time.Time) time.Time { return at.In(t.now.Location()) }

func (t telling) day(at time.Time) string { return ui.Day(t.local(at)) }

// place is the town where the order is assembled, "" while nobody has decided.
func (t telling) place() string {
	if t.order.Warehouse == "" {
		return ""
	}
	return t.dir.WarehouseName(t.order.Warehouse)
}

// in says where, with a word before it, or nothing.
func in(place string) string {
	if place == "" {
		return ""
	}
	return " in " + place
}

// open lists the transfers that have not arrived.
func (t telling) open() []store.Transfer {
	var list []store.Transfer
	for _, transfer := range t.order.Transfers {
		if transfer.State == store.TransferRequested || transfer.State == store.TransferSent {
			list = append(list, transfer)
		}
	}
	return list
}

// waits lists what the order waits for.
func (t telling) waits() []store.Line {
	if len(t.order.Waits) == 0 {
		return t.order.Lines
	}
	return t.order.Waits
}

// things names products: "Wool blanket", or "Wool blanket and 2 × Enamel mug".
func (t telling) things(lines []store.Line) string {
	names := make([]string, len(lines))
	for i, line := range lines {
		names[i] = t.dir.ProductName(line.Product)
		if line.Quantity > 1 {
			names[i] = times(line.Quantity) + names[i]
		}
	}
	return join(names)
}

func join(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func addressLines(a store.Address) []string {
	if a.Missing() {
		return nil
	}
	return a.Lines(a.Country)
}

// parcelTitle stands above the products.
func (m TrackModel) parcelTitle() string {
	if m.Status == "" {
		return "What you ordered"
	}
	return "In your parcel"
}

// addressTitle stands above the address.
func (m TrackModel) addressTitle() string {
	if !m.Known {
		return "Your order"
	}
	if store.Status(m.Status).Open() {
		return "Where it goes"
	}
	return "The address"
}
