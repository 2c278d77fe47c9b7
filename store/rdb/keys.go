package rdb

import (
	"strings"

	"waybill/store"
)

// The names of all keys and channels. Orders, their lists and the warehouses' product
// lists bear the names that outside programs know; nothing else in the package spells a
// key out.

const (
	keyShop              = "shop"               // hash: id, key (secret of this shop)
	keyNumbers           = "numbers"            // string: the last order number leased to a node
	keyEvents            = "events"             // stream: every order event, and stock events beside them (see lua/prelude.lua)
	keyProducts          = "products"           // set: IDs
	keyWarehouses        = "warehouses"         // set: IDs
	keyAccounts          = "accounts"           // set: logins
	keyUnsettled         = "unsettled.orders"   // sorted set: order → version whose effects on stock are due
	keyUnsettledMove     = "unsettled.transfer" // sorted set: transfer → version likewise
	keyAttention         = "attention"          // hash: order → why it cannot go on, JSON
	keyWaiting           = "waiting.products"   // set: products that some order waits for
	keyImports           = "imports"            // list: the newest files of counts, newest first
	keyImportsDue        = "imports.due"        // list: confirmed files that are not booked yet
	keyAPIKeys           = "api.keys"           // hash: SHA-256 of a key → whose it is, JSON
	keyCourierTalk       = "courier.channel"    // channel: parcels that are ready
	liveCourier          = "courier"
	liveCatalogue        = "catalogue"
	liveAttention        = "attention"
	keyUnsettledDelivery = "unsettled.delivery" // sorted set: delivery → version likewise
	keyNeeds             = "attention:waiting"  // hash: what a person has to see to on orders of ours, JSON
	liveWaiting          = "waiting"
)

func keyOrder(n store.Number) string      { return "order:" + n.String() }
func keyStatus(n store.Number) string     { return keyOrder(n) + ":status" }
func keyLines(n store.Number) string      { return keyOrder(n) + ":products" }
func keyQuantities(n store.Number) string { return keyOrder(n) + ":quantities" }
func keyHistory(n store.Number) string    { return keyOrder(n) + ":history" }
func keyPacked(n store.Number) string     { return keyOrder(n) + ":packed" }
func keyMoving(n store.Number) string     { return keyOrder(n) + ":transfers" }
func keyFence(n store.Number) string      { return keyOrder(n) + ":fence" }
func orderTalk(n store.Number) string     { return keyOrder(n) + ".channel" }

// orderOf reads the number out of a list's member, "order:123".
func orderOf(member string) (store.Number, bool) {
	digits, ok := strings.CutPrefix(member, "order:")
	if !ok {
		return 0, false
	}
	return store.ParseNumber(digits)
}

// keyQueue is the list of the orders in a status: placed.orders.
func keyQueue(s store.Status) string { return string(s) + ".orders" }

func keyWarehouse(w string) string   { return w }
func keyStock(w string) string       { return w + ":stock" }
func keyReserved(w string) string    { return w + ":reserved" }
func keyProductList(w string) string { return w + ":product_list" }
func keyMovements(w string) string   { return w + ":movements" }
func keyOpen(w string) string        { return w + ":open" }
func keyMessages(w string) string    { return w + ":messages" }
func keyLoad(w string) string        { return w + ":load" } // hash: day → orders promised to leave
func keyProposals(w string) string   { return w + ":proposals" }
func keyToAssemble(w string) string  { return w + ":placed.orders" }
func keyToPickUp(w string) string    { return w + ":ready.orders" }
func keyToInspect(w string) string   { return w + ":returned.orders" }
func keyPutBack(w string) string     { return w + ":put_back" }
func keyToSend(w string) string      { return w + ":to_send" }
func keyToReceive(w string) string   { return w + ":to_receive" }
func keyInTransit(w string) string   { return w + ":in_transit" }
func keyThresholds(w string) string  { return w + ":thresholds" } // hash: product → units below which it runs low
func keyLow(w string) string         { return w + ":low" }        // set: products whose running low has been told
func warehouseTalk(w string) string  { return w + ".channel" }

func keyHolders(w string) string { return w + ":holders" } // set: keys of the reservations that hold something
func keyAudit(w string) string   { return w + ":audit" }   // hash: sums of the ledger up to an entry
func keyRecount(w string) string { return w + ":audit:recount" }
func keyRepairs(w string) string { return w + ":repairs" } // stream: what the audit has repaired

// keyReservation is what somebody holds at a warehouse: an order by its number, or a transfer that
// serves no order by its id.
func keyReservation(w, holder string) string { return w + ":reservation:" + holder }

// keyStep marks a step of a transfer as done at a warehouse.
func keyStep(w, step string) string { return w + ":step:" + step }

func keyImport(id string) string     { return "import:" + id }
func keyImportRows(id string) string { return "import:" + id + ":rows" } // list: rows in pieces, JSON

func keyTransfer(id string) string        { return "transfer:" + id }
func keyTransferHistory(id string) string { return "transfer:" + id + ":history" }

func keyDelivery(id string) string        { return "delivery:" + id }
func keyDeliveryHistory(id string) string { return "delivery:" + id + ":history" }

// keyCounted is what has been scanned of a delivery and not been booked yet: product → units.
func keyCounted(id string) string { return "delivery:" + id + ":counted" }

// keyDeliveries are the deliveries that a warehouse expects, by the day on which they are due.
func keyDeliveries(w string) string       { return w + ":deliveries" }
func keyClosedDeliveries(w string) string { return w + ":deliveries:closed" }

func keyProduct(p string) string        { return "product:" + p }
func keyProductWaiting(p string) string { return "product:" + p + ":waiting" }

// keyProductUnits holds how many units each order of the product's queue waits for; '#' is their sum.
func keyProductUnits(p string) string { return "product:" + p + ":waiting:units" }

func keyIdempotency(uid string) string { return "idem:" + uid }
func keyTrack(token string) string     { return "track:" + token }
func keyAccount(login string) string   { return "account:" + login }
func keyRun(courier string) string     { return "courier:" + courier + ":run" }
func keyLease(name string) string      { return "lease:" + name }

// nobody is the courier of a parcel that an outside program has sent: all couriers see it.
const nobody = ""

// Live channels: see hints.go for who listens to them.
func liveOrder(n store.Number) string { return keyOrder(n) }
func liveWarehouse(w string) string   { return "warehouse:" + w }
func keyRevision(live string) string  { return "live:" + live + ":rev" }
func liveTalk(live string) string     { return "live:" + live }
