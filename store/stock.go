package store

import "fmt"

import "time"

// Level is what one warehouse holds of one product, in units. Reserved units are
// still on the shelf but promised to an order.
type Level struct{ OnHand, Reserved int }

// Free is what is available to promise: on hand and not reserved.
func (l Level) Free() int { return max(0, l.OnHand-l.Reserved) }

// Product is something that the shop sells. Its ID is the seed's "prod1".
type Product struct {
	ID          string
	Name        string
	Description string
	Picture     string // name of a picture under static/products, "" for the plain box
	GTIN        string // the 8, 12, 13 or 14 digits of its barcode, "" if it has none
	Terms       Terms  // whether it may be ordered when there is none to send
	Withdrawn   bool   // not sold any more: the orders that have it go on
	Limit       int    // most units in one order, 0 for the usual limit
}

// PictureFile is the product's picture among the static files; the plain box if it has none.
func (p Product) PictureFile() string {
	if !ValidID(p.Picture) {
		return "products/none.svg"
	}
	return "products/" + p.Picture + ".svg"
}

// Check says what is wrong with a product that somebody wants to add; Invalid.
func (p Product) Check() error {
	fields := map[string]string{}
	if !ValidID(p.ID) || p.ID == string(None) { // "no" begins a sentence of the warehouses
		fields["id"] = "Use letters, digits, dots and dashes, 64 at the most."
	}
	if !ValidText(p.Name, 1, 120) {
		fields["name"] = "Give the product a name of at most 120 characters."
	}
	if !ValidText(p.Description, 0, 500) {
		fields["description"] = "Keep the description under 500 characters."
	}
	if p.GTIN != "" && !ValidGTIN(p.GTIN) {
		fields["gtin"] = "This is not a valid barcode number: its check digit does not fit."
	}
	p.Terms.check(fields)
	if p.Limit < 0 || p.Limit > MaxQuantity {
		fields["limit"] = fmt.Sprintf("Give a number of units up to %d, or nothing.", MaxQuantity)
	}
	return invalid(fields)
}

// ValidGTIN checks the length and the check digit of a GTIN, by the GS1 General
// Specifications, section 7.9: weights 3 and 1 from the right, sum a multiple of 10.
func ValidGTIN(code string) bool {
	switch len(code) {
	case 8, 12, 13, 14:
	default:
		return false
	}
	sum := 0
	for i := range len(code) {
		digit := int(code[len(code)-1-i]) - '0'
		if digit < 0 || digit > 9 {
			return false
		}
		sum += digit * (1 + 2*(i%2))
	}
	return sum%10 == 0
}

// MovementKind says why units moved. Movements are never changed; one is undone by
// its counterpart.
type MovementKind string

// The kinds of movement in a warehouse's ledger. OnHand and Reserved of the entry
// say by how many units each counter changed.
const (
	MoveReceived   MovementKind = "received"   // goods came in from outside
	MoveReserved   MovementKind = "reserved"   // promised to an order, or to a transfer that fills a shelf
	MoveReleased   MovementKind = "released"   // a promise taken back
	MoveShipped    MovementKind = "shipped"    // left with the courier
	MoveSent       MovementKind = "sent"       // left for another warehouse
	MoveDelivered  MovementKind = "delivered"  // came from another warehouse
	MoveCounted    MovementKind = "counted"    // a count corrected the books
	MoveUnsent     MovementKind = "unsent"     // a sending was undone
	MoveReturned   MovementKind = "returned"   // came back from a customer
	MoveUnreceived MovementKind = "unreceived" // a receipt of a transfer was undone
	MoveDamaged    MovementKind = "damaged"    // broken, spoilt or lost
	MoveLost       MovementKind = "lost"       // sent, and never arrived: it moves no counter, for the sending has
	MoveAdjusted   MovementKind = "adjusted"   // the books were wrong, and a person said why
	MoveCorrected  MovementKind = "corrected"  // the audit made the ledger agree with the reservations
)

// MovementKinds lists them in the order in which people look for them.
func MovementKinds() []MovementKind {
	return []MovementKind{
		MoveReceived, MoveReserved, MoveReleased, MoveShipped, MoveSent, MoveUnsent, MoveDelivered, MoveUnreceived, MoveLost,
		MoveReturned, MoveCounted, MoveAdjusted, MoveDamaged, MoveCorrected,
	}
}

// Movement is one entry of a warehouse's ledger. The sum of OnHand over all entries
// of a product is what is on hand; the sum of Reserved is what is reserved.
type Movement struct {
	ID        string // its place in the ledger: later entries have greater ones
	At        time.Time
	Kind      MovementKind
	Product   string
	OnHand    int // change of units on hand
	Reserved  int // change of units reserved
	Reference string
	Who       string
	Why       string
}
