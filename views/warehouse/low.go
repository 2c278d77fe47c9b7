package warehouse

import (
	"fmt"
	"strconv"

	"waybill/store"
)

// NewLowPage draws up a page of all that a warehouse runs low of, from so many on.
func NewLowPage(place store.Warehouse, low store.LowList, from int, scene Scene) LowPage {
	p := LowPage{Board: "/warehouses/" + place.ID, Name: place.Name, Rows: lowRows(low.Rows, scene), Count: low.Count(), Asks: scene.acts() || scene.asks()}
	at := func(from int) string { return p.Board + "/low?from=" + strconv.Itoa(max(from, 0)) }
	if from > 0 {
		p.Earlier = at(from - store.LowAtOnce)
	}
	if next := from + store.LowAtOnce; next < p.Count {
		p.Further = at(next)
	}
	return p
}

// lowList is what stands on a board, or with names on the list of all warehouses.
func lowList(low store.LowList, scene Scene, names bool) LowList {
	list := LowList{Rows: lowRows(low.Rows, scene), Count: low.Count()}
	shown := map[string]int{}
	for _, row := range low.Rows {
		shown[row.Warehouse]++
	}
	for _, id := range scene.Directory.WarehouseIDs {
		more := low.All[id] - shown[id]
		if more <= 0 {
			continue
		}
		words := strconv.Itoa(more) + " more"
		if names {
			words += " in " + scene.Directory.WarehouseName(id)
		}
		list.Rest = append(list.Rest, LowRest{Words: words, Path: "/warehouses/" + id + "/low"})
	}
	return list
}

// lowRows tells of what warehouses run low, and what can be done about it.
func lowRows(list []store.Low, scene Scene) []LowRow {
	rows := make([]LowRow, len(list))
	for i, low := range list {
		rows[i] = LowRow{
			ID: "low-" + low.Warehouse + "-" + low.Product, Warehouse: low.Warehouse, Place: scene.Directory.WarehouseName(low.Warehouse),
			Product: low.Product, Name: scene.Directory.ProductName(low.Product), Free: low.Free, Threshold: low.Threshold, Come: low.Coming, Revision: low.Revision,
		}
		if take := low.Take; take != nil {
			rows[i].From, rows[i].FromPlace = take.From, scene.Directory.WarehouseName(take.From)
			rows[i].Units, rows[i].FromFree, rows[i].Needs = take.Units, take.Free, take.Needs
		}
	}
	return rows
}

// says goes on after how many are free: ", low below 10, 8 asked for".
func (r LowRow) says() string {
	text := fmt.Sprintf(", low below %d", r.Threshold)
	if r.Come > 0 {
		text += fmt.Sprintf(", %d asked for", r.Come)
	}
	return text
}

// advice is where to take it from: "Take 20 from Warszawa, which has 80 free and needs 30 itself." Whoever
// asks reads how many on the button.
func (r LowRow) advice(asks bool) string {
	switch {
	case r.From == "" && r.Free+r.Come >= r.Threshold:
		return "Enough is coming."
	case r.From == "":
		return "No other warehouse has plenty of it."
	}
	has := fmt.Sprintf("has %d free", r.FromFree)
	if r.Needs > 0 {
		has += fmt.Sprintf(" and needs %d itself", r.Needs)
	}
	if asks {
		return r.FromPlace + " " + has + "."
	}
	return fmt.Sprintf("Take %d from %s, which %s.", r.Units, r.FromPlace, has)
}
