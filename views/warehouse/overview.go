package warehouse

import "waybill/store"

// Overview is what those see who look after all warehouses.
type Overview struct {
	Places  []Place
	Transit []Travel
	Low     LowList
	Asks    bool // whether buttons are shown that ask one warehouse for what another lacks
	Tells   bool // whether numbers lead to the order's whole story
}

// NewOverview draws up the page of all warehouses.
func NewOverview(travelling []store.Transfer, low store.LowList, scene Scene) Overview {
	o := Overview{Transit: Travelling(travelling, scene), Tells: scene.tells(), Low: lowList(low, scene, true), Asks: scene.asks()}
	for _, id := range scene.Directory.WarehouseIDs {
		w := scene.Directory.Warehouses[id]
		o.Places = append(o.Places, Place{ID: id, Name: w.Name, Address: w.Address})
	}
	return o
}
