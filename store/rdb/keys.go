package rdb

import (
	"fmt"
	"hash/fnv"
	"strings"

	"waybill/store"
)

// The names of all keys and channels; nothing else in the package spells one out. On one Redis they are
// the names that outside programs know: `order:123`, `placed.orders`, `warehouse1:product_list`.
//
// On Redis Cluster the same functions put a hash tag into the same names, so that all that changes in one
// atomic step lies in one slot:
//
//   - orders, transfers, deliveries and the queues of products are spread over a number of partitions, and
//     the lists, sets and streams that change with them are cut into as many: `order:123{p11}`,
//     `placed.orders{p11}`, `warehouse1:placed.orders{p11}`, `events{p11}`. An order's partition is its
//     number modulo the count of partitions; a transfer's is that of its order, and whatever has no number
//     goes by a hash of its ID.
//   - a warehouse's shelves are a part of their own: `{warehouse1}:stock`, `events{warehouse1}`.
//   - products and their terms, accounts and files of counts are one part each: `products{catalogue}`.
//
// One partition without a tag is the layout of a single Redis. The count of partitions never changes in a
// shop's life (see layout.go). Channels have no tags: a message reaches every node of a cluster.

// keys makes the names, for a number of partitions.
type keys struct{ all []part }

// part is what the keys of one slot have in common: the tag in their names, "" without a cluster.
type part string

func newKeys(partitions int) keys {
	if partitions <= 1 {
		return keys{all: []part{""}}
	}
	k := keys{all: make([]part, partitions)}
	for i := range k.all {
		k.all[i] = part(fmt.Sprintf("{p%02d}", i))
	}
	return k
}

// tagged tells whether names bear tags.
func (k keys) tagged() bool { return len(k.all) > 1 }

// parts are all partitions: whoever reads what is spread over them asks each, and merges.
func (k keys) parts() []part { return k.all }

// part is the partition of an order.
func (k keys) part(n store.Number) part { return k.all[uint64(n)%uint64(len(k.all))] }

// partOf is the partition of something that has no number.
func (k keys) partOf(id string) part {
	if !k.tagged() {
		return k.all[0]
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(id)) // it never fails
	return k.all[sum.Sum32()%uint32(len(k.all))]
}

// partOfMember is the partition of what stands in an order's lists, be it an order or not.
func (k keys) partOfMember(member string) part {
	if n, ok := orderOf(member); ok {
		return k.part(n)
	}
	return k.partOf(member)
}

// partOfTransfer is the partition of a transfer: that of the order it serves, by whose number its id begins.
func (k keys) partOfTransfer(id string) part {
	head, _, _ := strings.Cut(id, "-")
	if n, ok := store.ParseNumber(head); ok {
		return k.part(n)
	}
	return k.partOf(id)
}

// at is the part of a warehouse's shelves.
func (k keys) at(warehouse string) part { return k.own(warehouse) }

// own is a part by its name.
func (k keys) own(name string) part {
	if !k.tagged() {
		return ""
	}
	return part("{" + name + "}")
}

// Parts that are no partition.
const (
	catalogue = "catalogue" // products and their terms
	accounts  = "accounts"
	imports   = "imports" // files of counts
)

// Keys that stand alone: nothing else changes in one step with them.
const (
	keyShop        = "shop"            // hash: id, key (secret of this shop), partitions, done:…
	keyNumbers     = "numbers"         // string: the last order number leased to a node
	keyWarehouses  = "warehouses"      // set: IDs
	keyAPIKeys     = "api.keys"        // hash: SHA-256 of a key → whose it is, JSON
	keyMended      = "mended"          // list: what was put right last, JSON
	keyCourierTalk = "courier.channel" // channel: parcels that are ready
)

func keyIdempotency(uid string) string { return "idem:" + uid }
func keyTrack(token string) string     { return "track:" + token }
func keyAlias(n store.Number) string   { return "alias:" + n.String() } // a number that was told for an order that bears another

// Orders. A name is how lists, ledgers and people call an order; its key may bear a tag.

func orderName(n store.Number) string { return "order:" + n.String() }
func orderTalk(n store.Number) string { return orderName(n) + ".channel" }

func (k keys) ofOrder(n store.Number, what string) string {
	return "order:" + n.String() + what + string(k.part(n))
}

func (k keys) keyOrder(n store.Number) string      { return k.ofOrder(n, "") }
func (k keys) keyStatus(n store.Number) string     { return k.ofOrder(n, ":status") }
func (k keys) keyLines(n store.Number) string      { return k.ofOrder(n, ":products") }
func (k keys) keyQuantities(n store.Number) string { return k.ofOrder(n, ":quantities") }
func (k keys) keyHistory(n store.Number) string    { return k.ofOrder(n, ":history") }
func (k keys) keyPacked(n store.Number) string     { return k.ofOrder(n, ":packed") }
func (k keys) keyMoving(n store.Number) string     { return k.ofOrder(n, ":transfers") }
func (k keys) keyFence(n store.Number) string      { return k.ofOrder(n, ":fence") }

// orderOf reads the number out of a list's member, "order:123".
func orderOf(member string) (store.Number, bool) {
	digits, ok := strings.CutPrefix(member, "order:")
	if !ok {
		return 0, false
	}
	return store.ParseNumber(digits)
}

// What changes with an order or a transfer, and is cut into partitions.

// keyQueue is the list of the orders in a status: placed.orders.
func keyQueue(p part, s store.Status) string { return string(s) + ".orders" + string(p) }

// keyEvents is a stream of events: of orders in the partitions, of stock in the warehouses' parts. Without
// tags they are one stream.
func keyEvents(p part) string              { return "events" + string(p) }
func keyUnsettled(p part) string           { return "unsettled.orders" + string(p) }   // sorted set: order → version whose effects on stock are due
func keyUnsettledMove(p part) string       { return "unsettled.transfer" + string(p) } // sorted set: transfer → version likewise
func keyUnsettledDelivery(p part) string   { return "unsettled.delivery" + string(p) } // sorted set: delivery → version likewise
func keyAttention(p part) string           { return "attention" + string(p) }          // hash: order → why it cannot go on, JSON
func keyNeeds(p part) string               { return "attention:waiting" + string(p) }  // hash: what a person has to see to on orders of ours, JSON
func keyWaiting(p part) string             { return "waiting.products" + string(p) }   // set: products that some order waits for
func keyRun(p part, courier string) string { return "courier:" + courier + ":run" + string(p) }

func keyLoad(p part, w string) string       { return w + ":load" + string(p) } // hash: day → orders promised to leave
func keyToAssemble(p part, w string) string { return w + ":placed.orders" + string(p) }
func keyToPickUp(p part, w string) string   { return w + ":ready.orders" + string(p) }
func keyToInspect(p part, w string) string  { return w + ":returned.orders" + string(p) }
func keyPutBack(p part, w string) string    { return w + ":put_back" + string(p) }
func keyToSend(p part, w string) string     { return w + ":to_send" + string(p) }
func keyToReceive(p part, w string) string  { return w + ":to_receive" + string(p) }
func keyInTransit(p part, w string) string  { return w + ":in_transit" + string(p) }

// keyDeliveries are the deliveries that a warehouse expects, by the day on which they are due.
func keyDeliveries(p part, w string) string       { return w + ":deliveries" + string(p) }
func keyClosedDeliveries(p part, w string) string { return w + ":deliveries:closed" + string(p) }

// nobody is the courier of a parcel that an outside program has sent: all couriers see it.
const nobody = ""

func transferName(id string) string { return "transfer:" + id }

func (k keys) keyTransfer(id string) string {
	return transferName(id) + string(k.partOfTransfer(id))
}

func (k keys) keyTransferHistory(id string) string {
	return transferName(id) + ":history" + string(k.partOfTransfer(id))
}

func deliveryName(id string) string { return "delivery:" + id }

func (k keys) keyDelivery(id string) string { return deliveryName(id) + string(k.partOf(id)) }
func (k keys) keyDeliveryHistory(id string) string {
	return deliveryName(id) + ":history" + string(k.partOf(id))
}

// keyCounted is what has been scanned of a delivery and not been booked yet: product → units.
func (k keys) keyCounted(id string) string {
	return deliveryName(id) + ":counted" + string(k.partOf(id))
}

func productName(p string) string { return "product:" + p }

func (k keys) keyProductWaiting(p string) string {
	return productName(p) + ":waiting" + string(k.partOf(p))
}

// keyProductUnits holds how many units each order of the product's queue waits for; '#' is their sum.
func (k keys) keyProductUnits(p string) string {
	return productName(p) + ":waiting:units" + string(k.partOf(p))
}

// A warehouse's shelves.

func (k keys) ofWarehouse(w, what string) string {
	if k.tagged() {
		w = "{" + w + "}"
	}
	return w + what
}

func (k keys) keyWarehouse(w string) string   { return k.ofWarehouse(w, "") }
func (k keys) keyStock(w string) string       { return k.ofWarehouse(w, ":stock") }
func (k keys) keyReserved(w string) string    { return k.ofWarehouse(w, ":reserved") }
func (k keys) keyProductList(w string) string { return k.ofWarehouse(w, ":product_list") }
func (k keys) keyMovements(w string) string   { return k.ofWarehouse(w, ":movements") }
func (k keys) keyOpen(w string) string        { return k.ofWarehouse(w, ":open") }
func (k keys) keyMessages(w string) string    { return k.ofWarehouse(w, ":messages") }
func (k keys) keyProposals(w string) string   { return k.ofWarehouse(w, ":proposals") }
func (k keys) keyThresholds(w string) string  { return k.ofWarehouse(w, ":thresholds") } // hash: product → units below which it runs low
func (k keys) keyLow(w string) string         { return k.ofWarehouse(w, ":low") }        // sorted set: what it runs low of → free units less the threshold
func (k keys) keyHolders(w string) string     { return k.ofWarehouse(w, ":holders") }    // set: keys of the reservations that hold something
func (k keys) keyAudit(w string) string       { return k.ofWarehouse(w, ":audit") }      // hash: sums of the ledger up to an entry
func (k keys) keyRepairs(w string) string     { return k.ofWarehouse(w, ":repairs") }    // stream: what the audit has repaired
func warehouseTalk(w string) string           { return w + ".channel" }

// warehouseOfSet reads the warehouse out of the key of a product_list.
func (k keys) warehouseOfSet(key string) (string, bool) {
	head, tail, _ := strings.Cut(k.keyProductList("*"), "*")
	name, ok := strings.CutPrefix(key, head)
	name, whole := strings.CutSuffix(name, tail)
	return name, ok && whole && store.ValidID(name)
}

// keyReservation is what somebody holds at a warehouse: an order by its number, or a transfer that
// serves no order by its id.
func (k keys) keyReservation(w, holder string) string {
	return k.ofWarehouse(w, ":reservation:"+holder)
}

// keyStep marks a step of a transfer as done at a warehouse.
func (k keys) keyStep(w, step string) string { return k.ofWarehouse(w, ":step:"+step) }

// keyRebooked are the bookings by hand that Redis had forgotten and that were booked again: the first entry
// in the ledger that each had → 1.
func (k keys) keyRebooked(w string) string { return k.ofWarehouse(w, ":rebooked") }

// keyCorrecting is which correction makes others give up units of a product: product → its id.
func (k keys) keyCorrecting(w string) string { return k.ofWarehouse(w, ":correcting") }

// keyCorrection is one such correction, JSON. It is kept for a week after it is done.
func (k keys) keyCorrection(w, id string) string { return k.ofWarehouse(w, ":correction:"+id) }

// keyImportDone is what has been done of a file of counts at a warehouse: piece → by how much its rows differed.
func (k keys) keyImportDone(w, id string) string { return k.ofWarehouse(w, ":import:"+id) }

// The house: products, accounts, files of counts, leases.

func (k keys) keyProducts() string            { return "products" + string(k.own(catalogue)) } // set: IDs
func (k keys) keyProduct(p string) string     { return productName(p) + string(k.own(catalogue)) }
func (k keys) keyAccounts() string            { return "accounts" + string(k.own(accounts)) } // set: logins
func (k keys) keyAccount(login string) string { return "account:" + login + string(k.own(accounts)) }
func (k keys) keyImports() string             { return "imports" + string(k.own(imports)) }     // list: the newest files of counts, newest first
func (k keys) keyImportsDue() string          { return "imports.due" + string(k.own(imports)) } // list: confirmed files that are not booked yet
func (k keys) keyImport(id string) string     { return "import:" + id + string(k.own(imports)) }
func (k keys) keyImportRows(id string) string {
	return "import:" + id + ":rows" + string(k.own(imports))
}                                          // list: rows in pieces, JSON
func (k keys) keyLease(name string) string { return "lease:" + name + string(k.own(name)) }

// Live channels: see hints.go for who listens to them.

const (
	liveCourier   = "courier"
	liveCatalogue = "catalogue"
	liveAttention = "attention"
	liveWaiting   = "waiting"
)

// talkDirectory is the channel on which nodes hear that products, warehouses or announced goods have changed.
const talkDirectory = "directory.changed"

// liveLink and a token is the channel of a link whose order may get another number than it tells.
const liveLink = "link:"

func liveOrder(n store.Number) string { return orderName(n) }
func liveWarehouse(w string) string   { return "warehouse:" + w }
func liveTalk(live string) string     { return "live:" + live }

// keyRevision counts the changes of what a live channel is about, as far as one part has made them. What
// has changed is told by all parts together (see revision.go).
func keyRevision(p part, live string) string { return "live:" + live + ":rev" + string(p) }
