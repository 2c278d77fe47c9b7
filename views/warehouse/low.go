package warehouse

import (
	"fmt"

	"waybill/store"
)

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

// says is how low it is: "2 free, low below 10, 8 on the way".
func (r LowRow) says() string {
	text := fmt.Sprintf("%d free, low below %d", r.Free, r.Threshold)
	if r.Come > 0 {
		text += fmt.Sprintf(", %d asked for", r.Come)
	}
	return text
}

// advice is where to take it from: "Take 20 from Warszawa, which has 80 free and needs 30 itself."
func (r LowRow) advice() string {
	switch {
	case r.From == "" && r.Free+r.Come >= r.Threshold:
		return "Enough is coming."
	case r.From == "":
		return "No other warehouse has plenty of it."
	case r.Needs > 0:
		return fmt.Sprintf("Take %d from %s, which has %d free and needs %d itself.", r.Units, r.FromPlace, r.FromFree, r.Needs)
	}
	return fmt.Sprintf("Take %d from %s, which has %d free.", r.Units, r.FromPlace, r.FromFree)
}
