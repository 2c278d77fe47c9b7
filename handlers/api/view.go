package api

import (
	"time"

	"waybill/store"
)

// orderView is an order as the answer to placing it shows it.
type orderView struct {
	Number      string         `json:"number" pattern:"^[1-9][0-9]*$" example:"100123" doc:"The order's number, in decimal digits"`
	Reference   *string        `json:"reference" doc:"Leads to the order on every node from the moment at which it is received, wherever its number does. Go on with the one in the latest answer: it tells every node that the order is to be cancelled. Null for an order that another program has written"`
	Status      store.Status   `json:"status" enum:"received,backordered,placed,ready,sent,delivered,cancelled,returned"`
	Warehouse   *string        `json:"warehouse" example:"warehouse2" doc:"Where it is assembled; null while that is open"`
	PromisedAt  *time.Time     `json:"promised_at" doc:"By when it is promised to be at the door; null while there is no date, and of a cancelled order"`
	TrackingURL *string        `json:"tracking_url" doc:"The recipient's page. Whoever has the link can follow the order; null if the order has none"`
	ExpectedAt  *time.Time     `json:"expected_at,omitempty" doc:"When what it waits for is expected; absent if it does not wait, or nobody knows"`
	Waits       []store.Line   `json:"waits,omitempty" doc:"What it waits for"`
	AskedAt     *time.Time     `json:"cancel_asked_at,omitempty" doc:"When it was asked to be cancelled, of an order that cannot be looked up now: that is safely written down. Absent otherwise, and once the order is cancelled"`
	Rest        *string        `json:"rest,omitempty" doc:"The number of the order that holds the rest of this one, if it is sent in parts"`
	RestOf      *string        `json:"rest_of,omitempty" doc:"The number of the order of which this is the rest"`
	Lines       []store.Line   `json:"lines"`
	Transfers   []transferView `json:"transfers" doc:"What travels between warehouses so that the order can be assembled in one place"`
}

// storyView is an order with all that has happened to it.
type storyView struct {
	Number      string         `json:"number" pattern:"^[1-9][0-9]*$" example:"100123" doc:"The order's number, in decimal digits"`
	Reference   *string        `json:"reference" doc:"Leads to the order on every node from the moment at which it is received, wherever its number does. Go on with the one in the latest answer: it tells every node that the order is to be cancelled. Null for an order that another program has written"`
	Status      store.Status   `json:"status" enum:"received,backordered,placed,ready,sent,delivered,cancelled,returned"`
	Partial     bool           `json:"partial,omitempty" doc:"True while only the reference tells of the order, because our records do not have it yet or cannot be read: then it may have come further, and lines may be missing"`
	Version     int            `json:"version" doc:"One more with every change; also the ETag"`
	Speed       store.Speed    `json:"speed" enum:"standard,express,same_day"`
	Warehouse   *string        `json:"warehouse" example:"warehouse2" doc:"Where it is assembled; null while that is open"`
	PlacedAt    *time.Time     `json:"placed_at"`
	PromisedAt  *time.Time     `json:"promised_at" doc:"By when it is promised to be at the door; null while there is no date, and of a cancelled order"`
	TrackingURL *string        `json:"tracking_url" doc:"The recipient's page. Whoever has the link can follow the order; null if the order has none"`
	ExpectedAt  *time.Time     `json:"expected_at,omitempty" doc:"When what it waits for is expected; absent if it does not wait, or nobody knows"`
	Waits       []store.Line   `json:"waits,omitempty" doc:"What it waits for"`
	AskedAt     *time.Time     `json:"cancel_asked_at,omitempty" doc:"When it was asked to be cancelled, of an order that cannot be looked up now: that is safely written down. Absent otherwise, and once the order is cancelled"`
	Rest        *string        `json:"rest,omitempty" doc:"The number of the order that holds the rest of this one, if it is sent in parts"`
	RestOf      *string        `json:"rest_of,omitempty" doc:"The number of the order of which this is the rest"`
	Lines       []store.Line   `json:"lines"`
	Transfers   []transferView `json:"transfers"`
	History     []eventView    `json:"history" doc:"Oldest first"`
}

type transferView struct {
	ID    string              `json:"id"`
	From  string              `json:"from" example:"warehouse1"`
	To    string              `json:"to" example:"warehouse2"`
	State store.TransferState `json:"state" enum:"requested,sent,delivered,closed"`
	Lines []store.Line        `json:"lines"`
}

// eventView is an entry of the history. Of the person it shows no more than a partner
// needs in order to ask them.
type eventView struct {
	Version int             `json:"version"`
	Type    store.EventType `json:"type" example:"placed"`
	Status  store.Status    `json:"status" doc:"The order's status after it"`
	At      time.Time       `json:"at"`
	Who     whoView         `json:"who"`
}

type whoView struct {
	Role store.Role `json:"role" example:"clerk"`
	Name string     `json:"name,omitempty"`
}

// viewOrder makes an orderView; base begins the tracking link.
func viewOrder(o store.Order, base string) orderView {
	expected, waits := awaited(o)
	return orderView{
		ExpectedAt: expected, Waits: waits, AskedAt: when(o.Unwanted), Rest: part(o.Child), RestOf: part(o.Parent),
		Number: o.Number.String(), Reference: some(o.Token), Status: o.Status, Warehouse: some(o.Warehouse), PromisedAt: promised(o),
		TrackingURL: trackingURL(o, base), Lines: viewLines(o.Lines), Transfers: viewTransfers(o.Transfers),
	}
}

// viewStory makes a storyView; base begins the tracking link.
func viewStory(o store.Order, base string) storyView {
	expected, waits := awaited(o)
	view := storyView{
		ExpectedAt: expected, Waits: waits, AskedAt: when(o.Unwanted), Rest: part(o.Child), RestOf: part(o.Parent),
		Number: o.Number.String(), Reference: some(o.Token), Partial: o.Version == 0 && o.Token != "", Status: o.Status, Version: o.Version, Speed: o.Speed, Warehouse: some(o.Warehouse),
		PlacedAt: when(o.PlacedAt), PromisedAt: promised(o), TrackingURL: trackingURL(o, base),
		Lines: viewLines(o.Lines), Transfers: viewTransfers(o.Transfers), History: make([]eventView, len(o.History)),
	}
	if view.Speed == "" {
		view.Speed = store.Standard // an outside program's order says none
	}
	for i, e := range o.History {
		view.History[i] = eventView{Version: e.Version, Type: e.Type, Status: e.Status, At: e.At.UTC(), Who: whoView{e.Who.Role, e.Who.Name}}
		if e.Who.Role == store.Customer {
			view.History[i].Who.Name = ""
		}
	}
	return view
}

// awaited is what an order waits for, and until when; nothing once it does not wait.
func awaited(o store.Order) (*time.Time, []store.Line) {
	if o.Status != store.Backordered {
		return nil, nil
	}
	return when(o.ExpectedAt), o.Waits
}

// promised is by when an order is to be at the door; nobody promises that of one that is cancelled.
func promised(o store.Order) *time.Time {
	if o.Status == store.Cancelled {
		return nil
	}
	return when(o.PromisedAt)
}

func part(p store.Part) *string {
	if p.Number == 0 {
		return nil
	}
	return some(p.Number.String())
}

func viewTransfers(transfers []store.Transfer) []transferView {
	views := make([]transferView, len(transfers))
	for i, t := range transfers {
		views[i] = transferView{ID: t.ID, From: t.From, To: t.To, State: t.State, Lines: viewLines(t.Lines)}
	}
	return views
}

// viewLines makes sure that no lines are [] and never null.
func viewLines(lines []store.Line) []store.Line {
	if lines == nil {
		return []store.Line{}
	}
	return lines
}

func trackingURL(o store.Order, base string) *string {
	if o.Token == "" {
		return nil
	}
	return some(base + "/track/" + o.Token)
}

func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
