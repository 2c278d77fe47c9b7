package books

import (
	"fmt"
	"strings"

	"waybill/store"
	"waybill/views/ui"
)

// linesShown is how many products of one warehouse the audit lists. Those that drift come first.
const linesShown = 500

// Audit is the page on which all books are compared.
type Audit struct {
	At      Moment
	Books   []Book
	Repairs []Repair
}

// Book is the audit of one warehouse.
type Book struct {
	Warehouse, Name string
	Products        int
	Entries         string // "1,204 entries"
	Drifts          int
	Lost            string // says that entries of the ledger were removed; "" if none
	Lines           []AuditLine
	More            int // products that are not listed
}

// AuditLine is one product of one warehouse.
type AuditLine struct {
	Product, Name                                          string
	OnHand, LedgerOnHand, Reserved, LedgerReserved, Held   int
	Drifts, OnHandDrifts, LedgerReservedDrifts, HeldDrifts bool
	Says                                                   string // the drift in words
}

// Repair is an entry of the history of repairs.
type Repair struct {
	At                Moment
	Where, What       string
	Who               Who
	Product, Reserved string
}

// NewAudit draws up the page.
func NewAudit(audits []store.Audit, repairs []store.BookRepair, scene Scene) Audit {
	page := Audit{At: scene.moment(scene.Now)}
	for _, a := range audits {
		page.Books = append(page.Books, newBook(a, scene))
	}
	for _, r := range repairs {
		page.Repairs = append(page.Repairs, Repair{
			At: scene.moment(r.At), Where: scene.Directory.WarehouseName(r.Warehouse), Product: scene.Directory.ProductName(r.Product), Who: scene.who(r.Who),
			What: change("on hand", r.OnHandWas, r.OnHand), Reserved: change("reserved", r.ReservedWas, r.Reserved),
		})
	}
	return page
}

func newBook(a store.Audit, scene Scene) Book {
	b := Book{Warehouse: a.Warehouse, Name: scene.Directory.WarehouseName(a.Warehouse), Products: len(a.Lines), Entries: ui.Count(a.Entries, "entry")}
	if a.Entries != 1 {
		b.Entries = fmt.Sprintf("%d entries", a.Entries)
	}
	if a.Lost > 0 {
		b.Lost = fmt.Sprintf("Somebody with access to Redis has removed %d of them. Their sums are kept, so the figures below still hold.", a.Lost)
	}
	var even []AuditLine
	for _, l := range a.Lines {
		line := newLine(l, scene)
		if l.Drifts() || l.Short() > 0 {
			b.Drifts++
			b.Lines = append(b.Lines, line)
		} else {
			even = append(even, line)
		}
	}
	b.Lines = append(b.Lines, even...)
	if b.More = max(0, len(b.Lines)-linesShown); b.More > 0 {
		b.Lines = b.Lines[:linesShown]
	}
	return b
}

func newLine(l store.AuditLine, scene Scene) AuditLine {
	line := AuditLine{
		Product: l.Product, Name: scene.Directory.ProductName(l.Product),
		OnHand: l.OnHand, LedgerOnHand: l.LedgerOnHand, Reserved: l.Reserved, LedgerReserved: l.LedgerReserved, Held: l.Held,
		Drifts: l.Drifts() || l.Short() > 0, OnHandDrifts: l.OnHand != l.LedgerOnHand,
		LedgerReservedDrifts: l.Reserved != l.LedgerReserved, HeldDrifts: !l.Moving && l.Reserved != l.Held,
	}
	var says []string
	if line.OnHandDrifts {
		says = append(says, fmt.Sprintf("The counter says %s than the ledger.", more(l.OnHand-l.LedgerOnHand)))
	}
	if line.LedgerReservedDrifts {
		says = append(says, fmt.Sprintf("Reserved: %s than the ledger says.", more(l.Reserved-l.LedgerReserved)))
	}
	if line.HeldDrifts {
		says = append(says, fmt.Sprintf("Reserved: %s than orders hold.", more(l.Reserved-l.Held)))
	}
	if short := l.Short(); short > 0 {
		says = append(says, fmt.Sprintf("Orders hold %s more than there are. No repair can mend this: look for an order that can give way.", ui.Units(short)))
	}
	if l.Moving && len(says) == 0 {
		says = append(says, "moving at this moment")
	}
	line.Says = strings.Join(says, " ")
	return line
}

// more says a difference: "3 more", "2 fewer".
func more(units int) string {
	if units > 0 {
		return fmt.Sprintf("%d more", units)
	}
	return fmt.Sprintf("%d fewer", -units)
}

func change(what string, was, is int) string {
	if was == is {
		return ""
	}
	return fmt.Sprintf("%s %d → %d", what, was, is)
}
