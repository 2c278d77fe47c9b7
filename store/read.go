package store

import (
	"strconv"
	"strings"
	"time"
)

// Directory holds what hardly ever changes: the products and the warehouses, by ID, and
// their IDs in order. Whoever has one shares it: it is never written to.
type Directory struct {
	Products     map[string]Product
	Warehouses   map[string]Warehouse
	ProductIDs   []string
	WarehouseIDs []string
	Arriving     map[string][]Arrival // units of each product that suppliers have announced, the earliest first
	Served       []Country            // where the shop sends to, by name; none means everywhere
}

// ProductName is what people call a product; its ID if nobody knows it.
func (d Directory) ProductName(id string) string {
	if p, ok := d.Products[id]; ok {
		return p.Name
	}
	return id
}

// Goods names products and how many of each: "2 × Enamel mug, 1 × Kettle".
func (d Directory) Goods(lines []Line) string {
	words := make([]string, len(lines))
	for i, line := range lines {
		words[i] = strconv.Itoa(line.Quantity) + " × " + d.ProductName(line.Product)
	}
	return strings.Join(words, ", ")
}

// WarehouseName is the town that people say; the ID if nobody knows it.
func (d Directory) WarehouseName(id string) string {
	if w, ok := d.Warehouses[id]; ok {
		return w.Name
	}
	return id
}

// ProductByCode finds a product by its ID, however its letters are cased, or by its barcode,
// however many zeros stand before it.
func (d Directory) ProductByCode(code string) (string, bool) {
	if _, ok := d.Products[code]; ok {
		return code, true
	}
	digits := strings.TrimLeft(code, "0")
	for _, id := range d.ProductIDs {
		gtin := d.Products[id].GTIN
		if strings.EqualFold(id, code) || ValidGTIN(code) && gtin != "" && strings.TrimLeft(gtin, "0") == digits {
			return id, true
		}
	}
	return "", false
}

// Offer is a product as a customer sees it. Free is how many units could be promised now,
// over all warehouses: the same figure by which Place decides.
type Offer struct {
	Product  Product
	Free     int
	Full     bool      // so many orders wait for it that none may join them
	Expected time.Time // when a unit ordered now could be sent, if it has to wait; zero if nobody knows
	AsOf     time.Time // when that was so, while nobody can look now; zero for now
}

// Waits tells whether more of it may be ordered than is free, and waited for.
func (o Offer) Waits() bool { return o.Product.Terms.MayWait() && !o.Full }

// Quote is what a speed would mean for a draft: the promised date, or what is short.
type Quote struct {
	Speed      Speed
	PromisedAt time.Time
	Waits      bool      // part of it has to be waited for: there is no promise yet
	Expected   time.Time // when all that is waited for can be sent; zero if nobody knows
	NowAt      time.Time // when what is there now would arrive, if the rest came later; zero if nothing is there
	Short      []Shortage
	WhyNot     string // why this speed cannot be kept for this order, "" if it can
}

// Outcome is what would be decided for an order that nobody places: a plan, or what is short.
// NotToday says why it, or what there is of it, could not come on the same day, where that was asked for.
type Outcome struct {
	Plan     Plan
	Short    []Shortage
	NotToday string
}

// Waited is a product that orders wait for.
type Waited struct {
	Product  Product
	Orders   int
	Units    int       // that they wait for
	Free     int       // that no order holds: they are set aside for the first of them
	Arriving []Arrival // announced, the earliest first
}

// Queue is the queue of one product, as of one moment.
type Queue struct {
	Waited
	Shares []Share              // who would get what, in the order in which they are served
	Dates  map[Number]time.Time // when each order is expected to have all that it waits for; not those of which that is unknown
}

// Shelf is one product at one warehouse. Below Threshold free units it runs low; 0 is no threshold.
type Shelf struct {
	Product   Product
	Level     Level
	Threshold int
}

// Proposal is what an outside program wrote to a warehouse's product_list: that a product
// is there, or that it is not. Stock does not move by it; a clerk books it or drops it.
type Proposal struct {
	Product string    `json:"product"`
	Present bool      `json:"present"`
	At      time.Time `json:"at"`
}

// Board is all that a clerk's page shows, as of one moment.
type Board struct {
	Warehouse  Warehouse
	ToAssemble []Order    // placed, by the time they were promised for
	Ready      []Order    // packed, waiting for a courier
	ToInspect  []Order    // parcels that came back, to be looked into
	PutBack    []Order    // cancelled with something in the box, which has to go back on the shelf
	ToSend     []Transfer // asked of this warehouse
	ToReceive  []Transfer // on their way here, or asked for
	Low        LowList    // of what it runs low, and what to do about it
	InTransit  []Transfer // left one warehouse and not yet at the other, from here or to here
	Messages   []Heard    // newest last
	Proposals  []Proposal
	More       int  // orders to assemble beyond those shown
	MoreReady  int  // parcels for the courier beyond those shown
	Partly     bool // something is not shown, because a part of the records cannot be read
}

// Rounds is all that a courier's page shows: what can be picked up, warehouse by warehouse,
// and what is on board.
type Rounds struct {
	Ready  []Pickup
	Run    []Order
	Partly bool // something is not shown, because a part of the records cannot be read
}

// Pickup is the parcels that wait at one warehouse.
type Pickup struct {
	Warehouse string
	Orders    []Order
}

// Mending is something that was not as it had to be, because of a crash or of another program, and that was put
// right without anybody asking.
type Mending struct {
	At      time.Time // UTC
	Subject string    // "order:126", "warehouse2"
	What    string    // "put back where a placed order stands"
}

// Attention is an order that cannot go on by itself, and why; for staff.
type Attention struct {
	Order  Number    `json:"order"`
	Member string    `json:"member"` // how it is written in Redis; a list may name what is no order number
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Account is a person of the staff. Login is unique; Hash is an argon2id hash. Warehouse is
// where a clerk works, empty for the other roles.
type Account struct {
	Login     string
	Name      string
	Role      Role
	Warehouse string
	Hash      string
}

// Actor gives the person as they stand in histories and ledgers.
func (a Account) Actor() Actor { return Actor{Role: a.Role, ID: a.Login, Name: a.Name} }

// Placement is one wish to place an order. Caller and Key together name the wish: the same
// pair always leads to the same order, however often it is asked for.
type Placement struct {
	Caller string // who asks: "shop", or the API key's name
	Key    string // their idempotency key, 1 to 255 characters
	Number Number // zero for a new one; the demo's orders bear the seed's numbers
	Token  string // of the customer's link, where it has been told already; empty for a new one
	Who    Actor
	Draft  Draft
	To     *Point // where the address is, nil if it could not be found
}

// CheckKey says what is wrong with the idempotency key; Invalid.
func (p Placement) CheckKey() error {
	if len(p.Key) >= 1 && len(p.Key) <= 255 {
		return nil
	}
	return &Error{Kind: Invalid, Message: "The idempotency key must have 1 to 255 characters.", Fields: map[string]string{"idempotency_key": "Send 1 to 255 characters."}}
}

// Proof is how a courier shows that a parcel was delivered: who took it at the door, and when it was
// handed over by the clock of the courier's phone, if that was kept until there was a signal again.
type Proof struct {
	ReceivedBy string
	At         time.Time // UTC; zero when it was told at once
}
