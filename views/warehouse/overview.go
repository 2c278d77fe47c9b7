package warehouse

import "waybill/store"

// Overview is what those see who look after all warehouses.
type Overview struct {
	Places  []Place
	Transit []Travel
	Tells   bool // whether numbers lead to the order's whole story
}

// NewOverview draws up the page of all warehouses.
func NewOverview(travelling []store.Transfer, scene Scene) Overview {
	o := Overview{Transit: Travelling(travelling, scene), Tells: scene.tells()}
	for _, id := range scene.Directory.WarehouseIDs {
		w := scene.Directory.Warehouses[id]
		o.Places = append(o.Places, Place{ID: id, Name: w.Name, Address: w.Address})
	}
	return o
}
