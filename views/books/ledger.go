package books

import (
	"net/url"

	"waybill/store"
	"waybill/views/ui"
)

// Ledger is a page of a warehouse's ledger.
type Ledger struct {
	Warehouse, Name string
	Filter          LedgerFilter
	Rows            []Entry
	Older           string // address of the next page, "" at the end
	Newest          string // address of the first page, "" when this is it
	Products, Kinds []ui.Option
}

// LedgerFilter is what was asked for, as it was typed.
type LedgerFilter struct {
	Product, Order, Kind string
	Before               string
	Problem              string // what is wrong with the order's number
}

// Entry is one line of the ledger.
type Entry struct {
	ID               string
	At               Moment
	What             string
	Product, Name    string
	OnHand, Reserved string
	About, Href      string // what it was for, and the page about that, "" if there is none to see
	Who              Who
	Why              string
}

// NewLedger draws up a page of a ledger.
func NewLedger(w store.Warehouse, page store.LedgerPage, filter LedgerFilter, scene Scene) Ledger {
	l := Ledger{
		Warehouse: w.ID, Name: w.Name, Filter: filter,
		Products: []ui.Option{{Label: "All products"}}, Kinds: []ui.Option{{Label: "Everything"}},
	}
	for _, id := range scene.Directory.ProductIDs {
		l.Products = append(l.Products, ui.Option{Value: id, Label: scene.Directory.ProductName(id)})
	}
	for _, kind := range store.MovementKinds() {
		l.Kinds = append(l.Kinds, ui.Option{Value: string(kind), Label: KindWords(kind)})
	}
	for _, m := range page.Entries {
		text, href := about(m.Reference, w.ID, scene.Tells)
		l.Rows = append(l.Rows, Entry{
			ID: m.ID, At: scene.moment(m.At), What: movementWords(m), Product: m.Product, Name: scene.Directory.ProductName(m.Product),
			OnHand: signed(m.OnHand), Reserved: signed(m.Reserved), About: text, Href: href, Who: scene.who(m.Who), Why: m.Why,
		})
	}
	if page.Older != "" {
		l.Older = filter.address(w.ID, page.Older)
	}
	if filter.Before != "" {
		l.Newest = filter.address(w.ID, "")
	}
	return l
}

// address is that of a page of the ledger with the same filter.
func (f LedgerFilter) address(warehouse, before string) string {
	query := url.Values{}
	for name, value := range map[string]string{"product": f.Product, "order": f.Order, "kind": f.Kind, "before": before} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return "/warehouses/" + warehouse + "/ledger"
	}
	return "/warehouses/" + warehouse + "/ledger?" + query.Encode()
}

func (f LedgerFilter) empty() bool { return f.Product == "" && f.Order == "" && f.Kind == "" }

func (f LedgerFilter) problems() []ui.FieldError {
	if f.Problem == "" {
		return nil
	}
	return []ui.FieldError{{Field: ui.FieldID("order"), Message: f.Problem}}
}
