package rdb

import (
	"testing"

	"waybill/store"
)

// What the shop takes is checked field by field, for new wishes only: one that has become an order
// leads to it ever after, and orders that are there go on.
func TestWhatTheShopTakes(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	wish := placement(line("prod1", 1))
	o, _, err := s.Place(ctx, wish)
	must(t, err)
	waits := placement(line("prod6", 40))
	waits.Draft.Backorder = true
	waiting, _, err := s.Place(ctx, waits)
	must(t, err)

	directory, err := s.Directory(ctx)
	must(t, err)
	change := func(id string, to func(*store.Product)) {
		product := directory.Products[id]
		to(&product)
		must(t, s.SaveProduct(ctx, product))
	}
	change("prod1", func(p *store.Product) { p.Withdrawn = true })
	change("prod2", func(p *store.Product) { p.Limit = 2 })
	change("prod6", func(p *store.Product) { p.Withdrawn = true })
	must(t, s.SaveServed(ctx, []store.Country{{Code: "DE", Name: "Germany"}, {Code: "CZ", Name: "Czechia"}}))

	_, _, err = s.Place(ctx, placement(line("prod1", 1), line("prod2", 3), line("prod3", 1)))
	e, ok := err.(*store.Error)
	if !ok || e.Kind != store.Invalid || len(e.Fields) != 3 {
		t.Fatalf("placed, or refused otherwise: %v", err)
	}
	for field, want := range map[string]string{
		"lines[0].product": "Enamel mug is not sold any more.", "lines[1].quantity": "One order can hold at most 2 of Wool blanket.",
		"recipient.address.country": "We do not send to this country. We send to Czechia and Germany.",
	} {
		if e.Fields[field] != want {
			t.Errorf("%s: %q, not %q", field, e.Fields[field], want)
		}
	}
	if again, created, err := s.Place(ctx, wish); err != nil || created || again.Number != o.Number {
		t.Errorf("the same wish again: order %v, created %v, %v", again.Number, created, err)
	}
	other := wish
	other.Draft = draft(line("prod1", 2))
	if again, _, err := s.Place(ctx, other); err == nil {
		t.Errorf("the same key for something else gave order %v", again.Number)
	}
	offers, err := s.Catalogue(ctx)
	must(t, err)
	for _, offer := range offers {
		if offer.Product.Withdrawn {
			t.Errorf("the shop still shows %s", offer.Product.ID)
		}
	}

	_, err = s.SetStock(ctx, clerk, "warehouse2", "prod6", 60, "delivery")
	must(t, err)
	if o := mustOrder(t, s, waiting.Number); o.Status != store.Placed {
		t.Errorf("the order that waited is %s", o.Status)
	}
	must(t, s.SaveServed(ctx, nil))
	_, _, err = s.Place(ctx, placement(line("prod5", 99)))
	if e, ok := err.(*store.Error); !ok || e.Kind != store.Conflict || e.Fields["lines[0].quantity"] != "Only 18 left." && e.Fields["lines[0].quantity"] != "Only 17 left." {
		t.Errorf("too many: %v", err)
	}
	check(t, s)
}
