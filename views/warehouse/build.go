package warehouse

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// Scene is the moment and the person that a board is drawn for.
type Scene struct {
	Now       time.Time
	Zone      *time.Location
	Directory store.Directory
	Country   ui.Names // names of countries; nil where only letters are at hand
	Role      store.Role
}

// acts tells who works at a warehouse; tells, who sees an order's whole story.
func (s Scene) acts() bool { return s.Role == store.Clerk || s.Role == store.Admin }
func (s Scene) asks() bool { return s.Role == store.Owner || s.Role == store.Admin }
func (s Scene) tells() bool {
	return s.Role == store.Service || s.Role == store.Owner || s.Role == store.Admin
}

// New draws up the board.
func New(b store.Board, scene Scene) Board {
	board := Board{
		ID: b.Warehouse.ID, Name: b.Warehouse.Name, Path: "/warehouses/" + b.Warehouse.ID,
		Acts: scene.acts(), Tells: scene.tells(), More: b.More, MoreReady: b.MoreReady, Partly: b.Partly,
	}
	for _, order := range ByPromise(b.ToAssemble) {
		board.Cards = append(board.Cards, card(order, b.ToReceive, scene))
	}
	for _, order := range ByPromise(b.Ready) {
		board.Ready = append(board.Ready, Parcel{
			Number: order.Number.String(), To: to(order), Units: store.Units(order.Lines),
			Due: due(order.PromisedAt, scene.Now, scene.Zone),
		})
	}
	board.Lanes = lanes(b.ToSend, scene)
	board.Transit = Travelling(from(b.InTransit, b.Warehouse.ID), scene) // what comes here stands among what to receive
	for _, order := range b.ToInspect {
		board.Returned = append(board.Returned, came(order, scene))
	}
	for _, order := range b.PutBack {
		board.PutBack = append(board.PutBack, putBack(order, scene))
	}
	for _, transfer := range b.ToReceive {
		board.ToGet = append(board.ToGet, receiving(transfer, scene))
	}
	board.Low = lowList(b.Low, scene, false)
	for _, heard := range slices.Backward(b.Messages) {
		board.Said = append(board.Said, sentence(heard, scene))
	}
	number(board.Said)
	for _, p := range b.Proposals {
		board.Hints = append(board.Hints, Hint{
			Product: p.Product, Name: scene.Directory.ProductName(p.Product), Present: p.Present,
			At: ui.BriefMoment(p.At.In(scene.Zone), scene.Now.In(scene.Zone)),
		})
	}
	return board
}

// ByPromise puts what was promised first first; what has no date comes last.
func ByPromise(orders []store.Order) []store.Order {
	sorted := slices.Clone(orders)
	slices.SortStableFunc(sorted, func(a, b store.Order) int {
		if a.PromisedAt.IsZero() != b.PromisedAt.IsZero() {
			return cmp.Compare(btoi(a.PromisedAt.IsZero()), btoi(b.PromisedAt.IsZero()))
		}
		return cmp.Or(a.PromisedAt.Compare(b.PromisedAt), cmp.Compare(a.Number, b.Number))
	})
	return sorted
}

// from keeps what has left one warehouse.
func from(transfers []store.Transfer, warehouse string) []store.Transfer {
	return slices.DeleteFunc(slices.Clone(transfers), func(t store.Transfer) bool { return t.From != warehouse })
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// to says who an order is for: the name and the town, and no more.
func to(o store.Order) string {
	parts := []string{cmp.Or(o.Recipient.Name, "No name")}
	if city := o.Recipient.Address.City; city != "" {
		parts = append(parts, city)
	}
	return strings.Join(parts, " · ")
}

// putBack lists what lies in the box of a cancelled order.
func putBack(o store.Order, scene Scene) PutBack {
	var packed []store.Line
	for _, line := range o.Lines {
		if n := o.Packed[line.Product]; n > 0 {
			packed = append(packed, store.Line{Product: line.Product, Quantity: n})
		}
	}
	return PutBack{Number: o.Number.String(), Goods: scene.Directory.Goods(packed)}
}
