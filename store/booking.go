package store

// Adjustment changes what is on hand of one product by hand. Key names the wish: the same one
// changes nothing a second time.
type Adjustment struct {
	Warehouse string
	Product   string
	Kind      MovementKind // MoveAdjusted, or MoveDamaged for units that are gone
	Change    int          // units more, or fewer when negative
	Reason    string
	Key       string
}

// Counted is one line of a count sheet. Seen is what the books said when the difference was
// shown: if they have moved on since, nothing is booked.
type Counted struct {
	Product string
	Units   int
	Seen    int
}

// Receipt is goods that came in from outside. Caller and Key together name it: the same pair
// adds its units once, however often it is sent.
type Receipt struct {
	Warehouse string
	Reference string // the delivery note's number, or what the sender calls it
	Lines     []Line
	Reason    string
	Caller    string
	Key       string
}

// MaxOnHand bounds the units of one product at one warehouse.
const MaxOnHand = 1_000_000_000

// MaxThreshold bounds below how many free units a warehouse runs low of a product.
const MaxThreshold = 1_000_000
