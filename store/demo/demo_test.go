package demo

import "testing"

// A barcode whose check digit is wrong, or a product that the shop would refuse, must not reach the
// newcomer's first screen.
func TestTheCatalogueIsValid(t *testing.T) {
	for _, p := range products() {
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
	for _, w := range warehouses() {
		if err := w.Check(); err != nil {
			t.Errorf("%s: %v", w.ID, err)
		}
	}
}
