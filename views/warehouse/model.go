// Package warehouse draws a clerk's pages: the board of one warehouse, and the list of
// warehouses to choose from. It builds its models from the domain's types and does no
// input or output.
package warehouse

import (
	"time"

	"waybill/views/ui"
)

// Board is what the live part of the board shows. It is the same for everybody with the
// same role, so nothing personal and nothing typed is in it.
type Board struct {
	ID, Name  string
	Path      string // the board's own address, to which all forms below it belong
	Acts      bool   // whether buttons are shown: clerks and administrators only
	Tells     bool   // whether numbers lead to the order's whole story
	Cards     []Card
	More      int  // orders to assemble beyond those shown
	MoreReady int  // parcels for the courier beyond those shown
	Partly    bool // something is not shown, because a part of the records cannot be read
	Ready     []Parcel
	Lanes     []Lane // what others asked of this warehouse, by where it goes
	Returned  []Came
	PutBack   []PutBack
	ToGet     []Move
	Transit   []Travel
	Low       LowList
	Said      []Sentence
	Hints     []Hint
}

// Card is an order to assemble.
type Card struct {
	Number    string // plain digits
	To        string // the recipient's name and town; no more is a clerk's business
	Due       Due
	Hurry     string
	NoAddress bool
	Checks    []Check
	Packed    int // units in the box
	Units     int // units in the order
	Complete  bool
}

// Due is a time by which something is promised. Without one it says so.
type Due struct {
	ISO, Text string
	Late      bool
}

// Check is one line of a card's check-list.
type Check struct {
	Product, Name string
	Units, Packed int
	Set           int    // what a press makes of Packed
	State         string // here, travelling, missing or packed
	Where         string // the state in words
	Can           bool   // whether there is anything to pack or to take out
}

// Parcel is an order that is packed and waits for the courier.
type Parcel struct {
	Number, To string
	Due        Due
	Units      int
}

// Came is a parcel that came back and has to be looked into. From says from whom, and why if the
// courier knows.
type Came struct{ Number, From, Goods string }

// PutBack is a cancelled order with something in its box: the units are still on hand, and have
// to go back to where the next clerk looks for them.
type PutBack struct{ Number, Goods string }

// Move is a transfer that this warehouse sends or receives.
type Move struct {
	ID, Order   string // Order is "" for one that fills a shelf
	Goods       string // "2 × Enamel mug, 1 × Kettle"
	Units       int
	Place       string // the town at the other end
	Due         Due
	State, Word string
	Can         bool // whether the next step is this warehouse's
	Back        bool // whether this warehouse may take back that it has asked
	NoOrder     bool // the order that it was for is cancelled
}

// Lane is all that is to be sent to one warehouse.
type Lane struct {
	To, Place string // the warehouse's ID and town
	Moves     []Move
	Units     int
	Orders    int    // how many orders it serves
	Shelf     bool   // some of it fills a shelf
	IDs       string // of all its transfers, joined by commas
}

// Travel is a transfer that has left one warehouse and not reached the other.
type Travel struct {
	ID, From, To, Goods, Order string
	Since, Due                 Due
	Units                      int
}

// LowList is what warehouses run low of: the most urgent, and where the others stand.
type LowList struct {
	Rows  []LowRow
	Count int
	Rest  []LowRest
}

// LowPage is a page of all that one warehouse runs low of.
type LowPage struct {
	Board, Name      string // the address of the board, the name of the warehouse
	Rows             []LowRow
	Count            int
	Asks             bool
	Earlier, Further string // addresses of the pages beside it, "" where there is none
}

// LowRest leads to all that one warehouse runs low of.
type LowRest struct{ Words, Path string }

// LowRow is a product of which a warehouse runs low, and what to do about it.
type LowRow struct {
	ID, Warehouse, Place   string
	Product, Name          string
	Free, Threshold, Come  int
	From, FromPlace        string // "" when there is nothing to suggest
	Units, FromFree, Needs int
	Revision               string // goes along with the form, so that pressing twice is one wish
}

// Choice is something to choose from.
type Choice struct{ ID, Name string }

// Sentence is what was said on the warehouse's channel, in people's words and as it was.
type Sentence struct {
	ID, Words, Text, At, ISO string
}

// Hint is a change of the shelf that an outside program reports.
type Hint struct {
	Product, Name string
	Present       bool
	At            string
}

// Forms is what a person has typed and what is wrong with it, for a form that could not be
// taken. The empty Forms is the untouched page.
type Forms struct {
	Selected string // the order that was asked for, to be marked
	Inspect  InspectForm
	Say      SayForm
	Places   []Choice // warehouses to name in a message
	Products []Choice // products to name in a message
}

// SayForm is a message that was not said.
type SayForm struct {
	Product, Kind, Warehouse string
	Errors                   map[string]string // by field
}

// Place is a warehouse in the list.
type Place struct{ ID, Name, Address string }

// due says a promised time by the shop's clock.
func due(t, now time.Time, zone *time.Location) Due {
	if t.IsZero() {
		return Due{Text: "no date promised"}
	}
	return Due{ISO: ui.ISO(t), Text: ui.BriefMoment(t.In(zone), now.In(zone)), Late: t.Before(now)}
}
