package warehouse

import (
	"fmt"
	"slices"
	"strings"

	"waybill/store"
	"waybill/views/ui"
)

// lanes groups what is to be sent by where it goes. The lane that is due first comes first.
func lanes(toSend []store.Transfer, scene Scene) []Lane {
	var list []Lane
	orders := map[string]map[store.Number]bool{}
	for _, t := range slices.SortedStableFunc(slices.Values(toSend), store.ByDue) {
		i := slices.IndexFunc(list, func(l Lane) bool { return l.To == t.To })
		if i < 0 {
			i, list = len(list), append(list, Lane{To: t.To, Place: scene.Directory.WarehouseName(t.To)})
			orders[t.To] = map[store.Number]bool{}
		}
		lane := &list[i]
		lane.Moves = append(lane.Moves, sending(t, scene))
		lane.Units += store.Units(t.Lines)
		if lane.Shelf = lane.Shelf || t.Fills(); !t.Fills() {
			orders[t.To][t.Order] = true
		}
		lane.Orders = len(orders[t.To])
		lane.IDs = strings.TrimPrefix(lane.IDs+","+t.ID, ",")
	}
	return list
}

// Says is what one press sends: "Send 6 units to Gdańsk for 3 orders".
func (l Lane) Says() string {
	text := fmt.Sprintf("Send %s to %s", ui.Units(l.Units), l.Place)
	switch {
	case l.Orders == 0:
		return text + " for the shelf"
	case l.Shelf:
		return text + " for " + ui.Count(l.Orders, "order") + " and the shelf"
	}
	return text + " for " + ui.Count(l.Orders, "order")
}

// Travelling tells of transfers that are on their way, between any two warehouses.
func Travelling(transfers []store.Transfer, scene Scene) []Travel {
	var list []Travel
	for _, t := range transfers {
		if t.State != store.TransferSent {
			continue
		}
		list = append(list, Travel{
			ID: t.ID, From: scene.Directory.WarehouseName(t.From), To: scene.Directory.WarehouseName(t.To),
			Goods: scene.Directory.Goods(t.Lines), Units: store.Units(t.Lines), Order: served(t),
			Since: Due{ISO: ui.ISO(t.At), Text: ui.BriefMoment(t.At.In(scene.Zone), scene.Now.In(scene.Zone))},
			Due:   due(t.DueAt, scene.Now, scene.Zone),
		})
	}
	return list
}

func sending(t store.Transfer, scene Scene) Move {
	m := move(t, t.To, scene)
	m.Can = t.State == store.TransferRequested
	return m
}

// says is where a transfer is, in front of when it is due. What a clerk is to send stands under that title.
func (m Move) says() string {
	if m.Word != "" && m.Due.ISO != "" {
		return m.Word + ","
	}
	return m.Word
}

func receiving(t store.Transfer, scene Scene) Move {
	m := move(t, t.From, scene)
	m.Word, m.Can = "asked for", t.State == store.TransferSent
	if t.Unclaimed {
		m.NoOrder, m.Word = true, "on its way, for no order any more: it joins the free stock"
	}
	m.Back = t.Fills() && t.State == store.TransferRequested
	if m.Can {
		m.Word = "on its way"
	}
	return m
}

func move(t store.Transfer, other string, scene Scene) Move {
	return Move{
		ID: t.ID, Order: served(t), Goods: scene.Directory.Goods(t.Lines), Units: store.Units(t.Lines),
		Place: scene.Directory.WarehouseName(other), State: string(t.State),
		Due: due(t.DueAt, scene.Now, scene.Zone),
	}
}

// served is the number of the order that a transfer serves, "" when it fills a shelf.
func served(t store.Transfer) string {
	if t.Fills() {
		return ""
	}
	return t.Order.String()
}
