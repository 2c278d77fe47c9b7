package rdb

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/store"
)

// An order's hash holds the fields that outside programs know (recipient, order_date,
// product_list, status) and ours beside them. Times are RFC 3339 in UTC.

const (
	productList = "products"  // what the field product_list says in every order
	unclaimed   = "unclaimed" // field of a transfer in transit whose order does not want it any more
	leaving     = "leaving:"  // head of the fields that say which transfers were on their way
	noted       = "noted:"    // head of the fields that say which version of a transfer is in the history
	stands      = "stands:"   // head of the fields that say which undo of a transfer's receipt was refused
)

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func unstamp(s string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, s)
	return t
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own plain structs come here
	}
	return string(b)
}

// orderFields lays out a new order's hash.
func orderFields(o store.Order, body string) map[string]any {
	r, a := o.Recipient, o.Recipient.Address
	fields := map[string]any{
		"recipient": r.Name, "order_date": o.PlacedAt.UTC().Format(time.DateOnly), "product_list": productList,
		"email": r.Email, "phone": r.Phone,
		"line1": a.Line1, "line2": a.Line2, "city": a.City, "postal_code": a.PostalCode, "country": a.Country,
		"speed": string(o.Speed), "backorder": strconv.FormatBool(o.Backorder),
		"uid": o.UID, "body": body, "token": o.Token, "outside": strconv.FormatBool(o.Outside),
		"placed_at": stamp(o.PlacedAt), "problem": o.Problem,
	}
	if len(o.Waits) > 0 {
		fields["waits"], fields["expected_at"] = encode(o.Waits), stamp(o.ExpectedAt)
	}
	if o.Parent.Number != 0 {
		fields["parent"], fields["parent_token"] = o.Parent.Number.String(), o.Parent.Token
	}
	if o.Child.Number != 0 {
		fields["child"], fields["child_token"], fields["rest"] = o.Child.Number.String(), o.Child.Token, encode(o.Rest)
	}
	if o.At != nil {
		fields["latitude"], fields["longitude"] = o.At.Lat, o.At.Lon
	}
	return fields
}

// candidatesKept is how many warehouses an order remembers the reasons of, the best first.
const candidatesKept = 20

// planFields are the fields that a routing decision sets.
func planFields(plan store.Plan, attempt int, firstDate time.Time) map[string]any {
	if firstDate.IsZero() {
		firstDate = plan.PromisedAt
	}
	plan.Candidates = plan.Candidates[:min(len(plan.Candidates), candidatesKept)]
	return map[string]any{
		"warehouse": plan.Assembly, "promised_at": stamp(plan.PromisedAt), "first_date": stamp(firstDate),
		"attempt": attempt, "plan": encode(plan), leavesOn: string(plan.LeavesOn),
	}
}

// decodeOrder reads an order's hash and its products. The status is the caller's to set: its
// truth is a key of its own.
func decodeOrder(n store.Number, h map[string]string, lines []store.Line) store.Order {
	o := store.Order{
		Number: n, UID: h["uid"], Token: h["token"], Lines: lines,
		Recipient: store.Recipient{
			Name: h["recipient"], Email: h["email"], Phone: h["phone"],
			Address: store.Address{Line1: h["line1"], Line2: h["line2"], City: h["city"], PostalCode: h["postal_code"], Country: h["country"]},
		},
		Speed: store.Speed(h["speed"]), Backorder: h["backorder"] == "true", Outside: h["outside"] == "true",
		PlacedAt: unstamp(h["placed_at"]), PromisedAt: unstamp(h["promised_at"]), FirstDate: unstamp(h["first_date"]),
		Warehouse: h["warehouse"], Courier: h["courier"], CourierName: h["courier_name"],
		ReceivedBy: h["received_by"], Problem: h["problem"], Status: store.Status(h["status"]),
		ExpectedAt: unstamp(h["expected_at"]),
	}
	if o.UID != "" { // else an outside program wrote it, whatever version it claims
		o.Version, _ = strconv.Atoi(h["version"])
	}
	o.Failures, _ = strconv.Atoi(h["failures"])
	o.Failed, o.ReturnTo = store.DeliveryProblem(h["failed"]), h["return_to"]
	_ = json.Unmarshal([]byte(h["inspection"]), &o.Inspection) // empty until it is inspected
	o.Priority, _ = strconv.Atoi(h["priority"])
	o.Parent.Number, _ = store.ParseNumber(h["parent"])
	o.Child.Number, _ = store.ParseNumber(h["child"])
	o.Parent.Token, o.Child.Token = h["parent_token"], h["child_token"]
	_ = json.Unmarshal([]byte(h["rest"]), &o.Rest) // empty unless it is sent in parts
	o.Turn, _ = strconv.Atoi(h["turn"])
	_ = json.Unmarshal([]byte(h["waits"]), &o.Waits) // empty until it has to wait
	o.Attempt, _ = strconv.Atoi(h["attempt"])
	_ = json.Unmarshal([]byte(h["plan"]), &o.Plan) // empty until the order is routed
	o.Refused = decodeRefused(h[refusedField])
	o.Edits, _ = strconv.Atoi(h["edits"])
	o.Edited = h["edited"]
	_ = json.Unmarshal([]byte(h["given"]), &o.Given)          // empty until it gives way to a count
	_ = json.Unmarshal([]byte(h[restoredField]), &o.Restored) // empty unless it was put back
	for field, text := range h {
		if id, ok := strings.CutPrefix(field, leaving); ok {
			if o.Leaving == nil {
				o.Leaving = map[string]bool{}
			}
			o.Leaving[id] = true
		}
		if id, ok := strings.CutPrefix(field, noted); ok {
			if o.Noted == nil {
				o.Noted = map[string]int{}
			}
			o.Noted[id], _ = strconv.Atoi(text)
		}
		if id, ok := strings.CutPrefix(field, stands); ok {
			if o.Stands == nil {
				o.Stands = map[string]int{}
			}
			o.Stands[id], _ = strconv.Atoi(text)
		}
	}
	if h["latitude"] != "" {
		o.At = &store.Point{}
		o.At.Lat, _ = strconv.ParseFloat(h["latitude"], 64)
		o.At.Lon, _ = strconv.ParseFloat(h["longitude"], 64)
	}
	if o.PlacedAt.IsZero() {
		o.PlacedAt, _ = time.Parse(time.DateOnly, h["order_date"])
	}
	return o
}

// decodeLines reads the products of an order: units come from its quantities; an outside
// program writes none, and then each mention in the list is one unit.
func decodeLines(products []string, quantities map[string]string) []store.Line {
	var lines []store.Line
	if len(quantities) == 0 {
		for _, product := range products {
			lines = append(lines, store.Line{Product: product, Quantity: 1})
		}
		return store.Merge(lines)
	}
	seen := map[string]bool{}
	add := func(product string) {
		if n, err := strconv.Atoi(quantities[product]); err == nil && !seen[product] {
			lines = append(lines, store.Line{Product: product, Quantity: n})
			seen[product] = true
		}
	}
	for _, product := range products {
		add(product)
	}
	for _, product := range sortedKeys(quantities) {
		add(product)
	}
	return lines
}

func decodeEvents(entries []string) []store.Event {
	events := make([]store.Event, 0, len(entries))
	for _, entry := range entries {
		var e store.Event
		if json.Unmarshal([]byte(entry), &e) == nil {
			events = append(events, e)
		}
	}
	return events
}

func decodeUnits(h map[string]string) map[string]int {
	units := make(map[string]int, len(h))
	for product, text := range h {
		units[product], _ = strconv.Atoi(text)
	}
	return units
}

func transferFields(t store.Transfer) map[string]any {
	return map[string]any{
		"order": t.Order.String(), "uid": t.UID, "from": t.From, "to": t.To, "lines": encode(t.Lines),
		"state": string(t.State), "version": t.Version, "due_at": stamp(t.DueAt), "at": stamp(t.At), "why": t.Why,
		"missing": encode(t.Missing), "lost": encode(t.Lost), "damaged": encode(t.Damaged), "reason": string(t.Cause),
		"given": encode(t.Given),
	}
}

func decodeTransfer(id string, h map[string]string) store.Transfer {
	t := store.Transfer{
		ID: id, UID: h["uid"], From: h["from"], To: h["to"], State: store.TransferState(h["state"]),
		DueAt: unstamp(h["due_at"]), At: unstamp(h["at"]), Why: h["why"], Cause: store.Cause(h["reason"]),
	}
	t.Order, _ = store.ParseNumber(h["order"])
	t.Version, _ = strconv.Atoi(h["version"])
	for field, lines := range map[string]*[]store.Line{"lines": &t.Lines, "missing": &t.Missing, "lost": &t.Lost, "damaged": &t.Damaged} {
		_ = json.Unmarshal([]byte(h[field]), lines)
	}
	_ = json.Unmarshal([]byte(h["given"]), &t.Given)
	t.Unclaimed = h[unclaimed] != ""
	return t
}

// decodeAttention reads the hash of orders that need a person, oldest first.
func decodeAttention(entries map[string]string) []store.Attention {
	var list []store.Attention
	for _, entry := range entries {
		var a store.Attention
		if json.Unmarshal([]byte(entry), &a) == nil {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b store.Attention) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Order, b.Order))
	})
	return list
}

// refusedField is what the warehouses have on their books and do not give to an order.
const refusedField = "refused"

// decodeRefused reads it; none until a warehouse refuses something.
func decodeRefused(text string) map[string][]store.Line {
	var refused map[string][]store.Line
	_ = json.Unmarshal([]byte(text), &refused) // what somebody has spoilt refuses nothing
	return refused
}
