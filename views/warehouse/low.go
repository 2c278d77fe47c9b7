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
