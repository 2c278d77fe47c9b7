package store

import (
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Number is an order's number: the N of the key order:N, in plain decimal digits,
// short enough to be read over the phone.
type Number uint64

// String gives the digits.
func (n Number) String() string { return strconv.FormatUint(uint64(n), 10) }

// ParseNumber reads an order's number: 1 to 18 digits, no sign, no leading zero.
// Whatever else it is given, there is no such order.
func ParseNumber(s string) (Number, bool) {
	if len(s) == 0 || len(s) > 18 || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return Number(n), err == nil
}

// Limits of one order.
const (
	MaxLines    = 200 // different products in one order
	MaxQuantity = 999 // units of one product in one order
)

// Line is a product and how many units of it.
type Line struct {
	Product  string `json:"product"`
	Quantity int    `json:"quantity"`
}

// Address is where an order goes. Country is ISO 3166-1 alpha-2.
type Address struct {
	Line1, Line2, City, PostalCode, Country string
}

// Missing tells that nobody has said where the order goes, as with one that an
// outside program wrote.
func (a Address) Missing() bool { return a.City == "" && a.Country == "" }

// Lines are the lines of a letter's address; country is how people name its country.
func (a Address) Lines(country string) []string {
	lines := []string{a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.City), country}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// Recipient is who gets the order. Phone is E.164 or empty.
type Recipient struct {
	Name, Email, Phone string
	Address            Address
}

// Speed is how fast the customer wants it.
type Speed string

// The speeds.
const (
	Standard Speed = "standard"
	Express  Speed = "express"
	SameDay  Speed = "same_day" // where a warehouse near the recipient can keep it: see sameday.go
)

// Speeds lists the speeds, slowest first.
func Speeds() []Speed { return []Speed{Standard, Express, SameDay} }

// Hurry says a speed in words where it is faster than usual: "express", "same day".
func (s Speed) Hurry() string {
	switch s {
	case Express, SameDay:
		return strings.ReplaceAll(string(s), "_", " ")
	}
	return ""
}

// Draft is what a customer asks for, before anything has been promised.
type Draft struct {
	Recipient Recipient
	Lines     []Line
	Speed     Speed
	Backorder bool // wait for what is not there now, where the product allows it
	Parts     bool `json:",omitempty"` // with Backorder: send what is there now, and only the rest waits
}

// Clean gives the draft in its tidy form: text without stray space, lines of the same
// product added up in the order in which they were first named, standard speed if none
// was said.
func (d Draft) Clean() Draft {
	r := &d.Recipient
	for _, s := range []*string{&r.Name, &r.Email, &r.Phone, &r.Address.Line1, &r.Address.Line2, &r.Address.City, &r.Address.PostalCode} {
		*s = tidy(*s)
	}
	r.Address.Country = strings.ToUpper(tidy(r.Address.Country))
	if d.Speed == "" {
		d.Speed = Standard
	}
	d.Lines = Merge(d.Lines)
	return d
}

// Merge adds up lines of the same product, keeping the order of first mention. A sum
// never wraps: past the limit it stays just above it, for Check to refuse.
func Merge(lines []Line) []Line {
	merged := make([]Line, 0, len(lines))
	for _, line := range lines {
		if i := slices.IndexFunc(merged, func(l Line) bool { return l.Product == line.Product }); i >= 0 {
			if line.Quantity < 1 || merged[i].Quantity < 1 {
				merged[i].Quantity = min(line.Quantity, merged[i].Quantity)
				continue
			}
			merged[i].Quantity = min(min(merged[i].Quantity, MaxQuantity)+min(line.Quantity, MaxQuantity), MaxQuantity+1)
			continue
		}
		merged = append(merged, line)
	}
	return merged
}

// Check says, field by field, what is wrong with a clean draft; Invalid. Whether the
// products exist and are in stock is not its question.
func (d Draft) Check() error {
	fields := map[string]string{}
	d.Recipient.check(fields)
	if !slices.Contains(Speeds(), d.Speed) {
		fields["speed"] = "Choose one of the speeds: standard, express or same day."
	}
	switch {
	case len(d.Lines) == 0:
		fields["lines"] = "Put at least one product in the basket."
	case len(d.Lines) > MaxLines:
		fields["lines"] = fmt.Sprintf("An order can hold at most %d different products.", MaxLines)
	}
	for i, line := range d.Lines[:min(len(d.Lines), MaxLines)] {
		if !ValidID(line.Product) {
			fields[fmt.Sprintf("lines[%d].product", i)] = noProduct
		}
		if line.Quantity < 1 || line.Quantity > MaxQuantity {
			fields[fmt.Sprintf("lines[%d].quantity", i)] = fmt.Sprintf("Order between 1 and %d units.", MaxQuantity)
		}
	}
	return invalid(fields)
}

// withoutPostalCodes are the countries in which letters go without a postal code.
const withoutPostalCodes = "AE AG AO AW BF BI BJ BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GM GQ GY HK KI KM KN ML MO MR NR NU QA RW SB SC SL SR ST SY TD TG TK TL TO TV UG VU YE ZW "

func (r Recipient) check(fields map[string]string) {
	need := func(field, value, message string, lo, hi int) {
		if !ValidText(value, lo, hi) {
			fields["recipient."+field] = message
		}
	}
	need("name", r.Name, "Tell us who the order is for, in at most 100 characters.", 1, 100)
	need("address.line1", r.Address.Line1, "Give the street and number, in at most 120 characters.", 1, 120)
	need("address.line2", r.Address.Line2, "Keep this under 120 characters.", 0, 120)
	need("address.city", r.Address.City, "Give the town, in at most 80 characters.", 1, 80)
	least := 1
	if len(r.Address.Country) == 2 && strings.Contains(withoutPostalCodes, r.Address.Country+" ") {
		least = 0
	}
	need("address.postal_code", r.Address.PostalCode, "Give the postal code.", least, 12)
	if len(r.Address.Country) != 2 || strings.Trim(r.Address.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		fields["recipient.address.country"] = "Choose the country."
	}
	if at, err := mail.ParseAddress(r.Email); err != nil || at.Address != r.Email || !ValidText(r.Email, 3, 254) {
		fields["recipient.email"] = "This e-mail address does not look right."
	}
	if r.Phone != "" && !ValidText(r.Phone, 5, 24) {
		fields["recipient.phone"] = "This phone number does not look right."
	}
}

// Source is what one warehouse gives to an order. Transfer is the id of the transfer
// that brings it to the place of assembly, empty at the place of assembly itself. A source
// whose transfer was refused has no lines any more.
type Source struct {
	Warehouse string `json:"warehouse"`
	Lines     []Line `json:"lines"`
	Transfer  string `json:"transfer,omitempty"`
	Held      string `json:"held,omitempty"` // the name under which a later source was reserved before the order knew of it
}

// Order is an order as it stands: what was asked for, what was decided, and how far
// it has come.
type Order struct {
	Number    Number
	UID       string // who asked, and by which idempotency key, as one opaque word
	Token     string // the unguessable part of the customer's link
	Recipient Recipient
	At        *Point // where the address is; nil when nobody knows
	Lines     []Line
	Speed     Speed
	Backorder bool
	Status    Status
	Version   int // one more with every entry of the history

	PlacedAt   time.Time
	PromisedAt time.Time // zero while nothing can be promised
	FirstDate  time.Time // the first promise ever made: punctuality is judged by it

	Waits      []Line    // what it waits for, or last waited for
	ExpectedAt time.Time // when that is expected, as its customer was told; zero if nobody knows
	Priority   int       // among waiting orders: higher is served earlier
	Parent     Part      // the order of which this is the rest, as its customer chose
	Child      Part      // the order with the rest of this one
	Rest       []Line    // what the child holds
	Turn       int       // how often placing it was begun after it had to wait: only the latest may finish

	Warehouse string // place of assembly
	Attempt   int    // which try at reserving holds the stock
	Plan      Plan   // where everything comes from, and why

	Packed    map[string]int    // product → units in the box
	Transfers []Transfer        // every transfer raised for it, in the order of its plan
	Moving    []string          // ids of the transfers that have not arrived
	Noted     map[string]int    // transfer id → its last version that the history tells of
	Stands    map[string]int    // transfer id → its last version that would have undone the receipt, and was refused
	Refused   map[string][]Line // warehouse → units that it has on its books and does not give to this order
	History   []Event

	Leaving map[string]bool // transfer id → it was on its way at least once
	Edits   int             // how often its lines were changed
	Edited  string          // the last edit, so that asking for it twice changes nothing
	Given   []Given         // what it has lost because less was there than was promised

	Courier     string // who has, or had, the parcel
	CourierName string
	ReceivedBy  string          // who took the parcel at the door
	Failures    int             // attempts to deliver that failed
	Failed      DeliveryProblem // why the last of them did
	ReturnTo    string          // where a returned parcel comes back to
	Inspection  []Inspected     // what was found in it; nil until somebody has looked
	Problem     string          // why the order cannot go on by itself, for staff
	Outside     bool            // an outside program wrote it
	Unlisted    int             // lines that are not told, of an order of which only the customer's link is known
	Unwanted    time.Time       // when its customer has asked to cancel it, UTC, of an order that cannot be looked up now; zero: never

	Restored Restored // when it was put back after Redis had forgotten it; zero when nothing of that is left to do
}

// Restored is a mark on what was put back after Redis had forgotten it, as long as stock and promises have
// not been brought into line with it.
type Restored struct {
	At    time.Time `json:"at"`              // UTC
	Sites []string  `json:"sites,omitempty"` // warehouses that may hold something for it by what Redis knew before
	Gone  bool      `json:"gone,omitempty"`  // by what Redis knew before it had not left the house yet, and it has
}

// Part leads to the other part of an order that is sent in parts; zero if there is none.
type Part struct {
	Number Number
	Token  string
}

// Split parts lines into what there is now and what is short.
func Split(lines []Line, short []Shortage) (now, rest []Line) {
	left := map[string]int{}
	for _, line := range lines {
		left[line.Product] = line.Quantity
	}
	for _, s := range short {
		left[s.Product] = min(s.Left, left[s.Product])
	}
	for _, line := range lines {
		if here := left[line.Product]; here > 0 {
			now = append(now, Line{line.Product, here})
		}
		if more := line.Quantity - left[line.Product]; more > 0 {
			rest = append(rest, Line{line.Product, more})
		}
	}
	return now, rest
}

// Units adds up the units of all lines.
func Units(lines []Line) int {
	sum := 0
	for _, line := range lines {
		sum += line.Quantity
	}
	return sum
}

// Quantity is how many units of a product the lines hold.
func Quantity(lines []Line, product string) int {
	for _, line := range lines {
		if line.Product == product {
			return line.Quantity
		}
	}
	return 0
}

// Travelling is how many units of a product have not reached the place of assembly.
func (o Order) Travelling(product string) int {
	sum := 0
	for _, source := range o.Plan.Sources {
		if source.Transfer != "" && slices.Contains(o.Moving, source.Transfer) {
			sum += Quantity(source.Lines, product)
		}
	}
	return sum
}

// Here is how many units of a product are at the place of assembly for this order.
func (o Order) Here(product string) int {
	if o.Warehouse == "" {
		return 0
	}
	return Quantity(o.Lines, product) - Quantity(o.Lacking(), product) - o.Travelling(product)
}

// Complete tells whether every unit is in the box.
func (o Order) Complete() bool {
	for _, line := range o.Lines {
		if o.Packed[line.Product] != line.Quantity {
			return false
		}
	}
	return len(o.Lines) > 0
}
