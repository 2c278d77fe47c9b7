package intake

import (
	"slices"

	"waybill/store"
	"waybill/store/journal"
)

// lanes choose which of the accepted orders may be made beside those that are being made: orders that want
// the same product are made one after the other, as they were accepted, so that the last unit goes to
// whoever was first.
type lanes struct {
	waiting []journal.Entry           // in the order of acceptance
	going   map[store.Number][]string // products of each order that is being made
}

// next takes the first order that may begin; false when all have to wait for those under way.
func (l *lanes) next() (journal.Entry, bool) {
	taken := map[string]bool{}
	for _, products := range l.going {
		for _, p := range products {
			taken[p] = true
		}
	}
	for at, e := range l.waiting {
		products := productsOf(e)
		if !slices.ContainsFunc(products, func(p string) bool { return taken[p] }) {
			l.waiting = slices.Delete(l.waiting, at, at+1)
			l.going[e.Number] = products
			return e, true
		}
		for _, p := range products { // nobody later gets ahead of it
			taken[p] = true
		}
	}
	return journal.Entry{}, false
}

// done frees the lane of an order.
func (l *lanes) done(n store.Number) { delete(l.going, n) }

func productsOf(e journal.Entry) []string {
	products := make([]string, len(e.Draft.Lines))
	for i, line := range e.Draft.Lines {
		products[i] = line.Product
	}
	return products
}
